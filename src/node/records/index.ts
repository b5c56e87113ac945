/** The door of `node/records`: where the node's records lie in its store. */
export { RecordKeys, SECRET_KINDS, nameBytes, numberOf, type RecordKind } from './keys.js'
export { Vault, type VaultChange, type VaultListener, type VaultMerge, type VaultTaken, type VaultView } from './vault.js'
export type { VaultSharing, VaultWaitOptions } from './vault-waits.js'
export { ensureSecret, renewSecret, secretOf } from './vault-secret.js'
