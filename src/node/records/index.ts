/** The door of `node/records`: where the node's records lie in its store. */
export { RecordKeys, nameBytes, numberOf, type RecordKind } from './keys.js'
export { Vault, type VaultView } from './vault.js'
