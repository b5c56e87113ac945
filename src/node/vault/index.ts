/** The door of `node/vault`: the vault's log, through which the account's devices share its records. */
export { deviceRecord, deviceRecordName, freeName, type DeviceRecord } from './device-record.js'
export { PhraseVault, type PhraseVaultDeps } from './phrase-vault.js'
export { RECOVERY_RECORD, recoveryCard } from './recovery-record.js'
export { SharedVault, type RenewOptions, type SharedVaultStatus } from './shared-vault.js'
