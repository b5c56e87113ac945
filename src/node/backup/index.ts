/** The door of `node/backup`: one encrypted file of a home, written, checked, and made a home again. */
export { writeBackup, type BackupParts, type BackupPoint, type BackupWishes } from './write-backup.js'
export { restoreBackup, verifyBackup, type Restored, type RestoreOptions } from './restore-backup.js'
export { saveBackup, type SavedBackup } from './save-backup.js'
