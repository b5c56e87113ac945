/** The door of `crypto/backup`: one encrypted file of a node's home. */
export { BACKUP_PREFIX_BYTES, backupHeadLength, newBackupHead, openBackupHead, readBackupHead, type BackupHead, type BackupLock, type BackupUnlock, type NewBackup } from './header.js'
export { CHUNK_HEAD_BYTES, chunkLength, firstChunk, openBackupChunk, sealBackupChunk, type ChunkPlace } from './chunk.js'
export { afterContent, BACKUP_START, type BackupBlock, type BackupContent, type BackupHome, type BackupRecord, type BackupStanding } from './content.js'
