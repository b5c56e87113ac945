/** The door of `protocol/crypto`: what endpoints alone may see. Bytes to values and back; no I/O. */
export { systemRandom, type RandomBytes } from './random.js'
export { accountFromPhrase, newPhrase, normalizePhrase, type PhraseAccount } from './phrase.js'
export { membersTag } from './members-tag.js'
export { epochKeys, historyKeys, openLink, sealLink, type EpochKeys, type HistoryKeys } from './schedule.js'
export { openHandshake, openMessage, sealHandshake, sealMessage, type Place } from './seal.js'
export { newInboxKey, openInbox, sealInbox, type InboxAddress, type InboxKey } from './inbox.js'
export { openPipeFrame, pipeAddress, sealPipeFrame, type PipePlace } from './pipe.js'
export { openOwnerKey, sealOwnerKey, type OwnerKeyPlace } from './owner-key.js'
export { linkAddress, matchingWords, openLinkFrame, openLinkWelcome, sealLinkFrame, sealLinkWelcome, type LinkSide } from './linking.js'
export { newPqSecret, openPq, sealPq, XWING_PUBLIC_BYTES } from './pq.js'
export type { HpkeKeyPair } from './hpke.js'
export {
  newVaultKey, openVaultEntry, openVaultKey, openVaultSecret, sealVaultEntry, sealVaultKey, sealVaultSecret, VAULT_ENTRY_BYTES, vaultDeviceKeys, vaultKeys, vaultRecoveryKeys,
  type VaultKeys, type VaultPlace, type VaultReaderKeys
} from './vault.js'
export { safetyNumber } from './fingerprint.js'
export { eraserSecret } from './eraser.js'
export { recordCipher, type Cipher } from './keystore-cipher.js'
export { deriveKey, PASSWORD_COST, type PasswordCost } from './password.js'
export * from './mls/index.js'
export * from './media/index.js'
export * from './secret/index.js'
export * from './backup/index.js'
