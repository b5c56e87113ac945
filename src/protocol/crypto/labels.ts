/**
 * The labels of what only endpoints seal and derive; `wire` holds the labels that relays see.
 * What is made for one purpose can never be taken for another. KEYS.md and CRYPTO.md list them.
 */
export const CRYPTO_LABELS = {
  /** Account key from the phrase. */
  accountKey: 'petrel/v1 account key',
  /** Recovery seed from the phrase. */
  recoveryKey: 'petrel/v1 recovery key',
  /** MLS exporter label of cloud chats (RFC 9420 section 8.5). */
  cloudExporter: 'petrel/cloud/v1',
  /** Prefix of every expansion of the epoch key schedule; the use follows. */
  schedule: 'petrel/v1 ',
  sealedMessage: 'petrel/v1 sealed message',
  sealedHandshake: 'petrel/v1 sealed handshake',
  sealedLink: 'petrel/v1 history link',
  sealedInbox: 'petrel/v1 sealed inbox entry',
  /** From an epoch's pipe secret: where an account listens, and the key of frames. */
  pipeAddress: 'petrel/v1 pipe address',
  pipeKey: 'petrel/v1 pipe key',
  sealedPipeFrame: 'petrel/v1 sealed pipe frame',
  /** Secret chats: the MLS exporter label of an epoch's pipe secret, and what follows from that. */
  secretExporter: 'petrel/secret/v1',
  /** From a key package: where a beginning that used it waits. */
  secretStart: 'petrel/v1 secret start',
  secretAddress: 'petrel/v1 secret address',
  secretPipeKey: 'petrel/v1 secret pipe key',
  secretCode: 'petrel/v1 secret code',
  secretEmoji: 'petrel/v1 secret emoji',
  sealedSecretFrame: 'petrel/v1 sealed secret frame',
  sealedPq: 'petrel/v1 sealed pq secret',
  sealedOwnerKey: 'petrel/v1 sealed owner key',
  /** From a device link's secret: where both sides listen, and the key of their frames. */
  linkAddress: 'petrel/v1 link address',
  linkFrameKey: 'petrel/v1 link frame key',
  sealedLinkFrame: 'petrel/v1 sealed link frame',
  sealedLinkWelcome: 'petrel/v1 sealed link welcome',
  /** From what two devices have seen of each other: the words that a person compares. */
  linkWords: 'petrel/v1 link words',
  /** Expansions of an account's eraser seed, and of a log's owner key. */
  authorEraser: 'petrel/v1 author eraser',
  ownerEraser: 'petrel/v1 owner eraser',
  /** From an account's media secret: the key of one file. */
  fileKey: 'petrel/v1 file key',
  safetyNumber: 'petrel/v1 safety number',
  /** From a device's seed and the phrase's recovery seed: the keys with which they read the vault. */
  vaultKem: 'petrel/v1 vault kem',
  vaultReader: 'petrel/v1 vault reader',
  /** From a vault key: the log's capabilities, the key of its entries, and of what a key entry seals. */
  vaultAppend: 'petrel/v1 vault append',
  vaultRead: 'petrel/v1 vault read',
  vaultContent: 'petrel/v1 vault content',
  vaultInner: 'petrel/v1 vault inner',
  sealedVaultKey: 'petrel/v1 sealed vault key',
  sealedVaultEntry: 'petrel/v1 sealed vault entry',
  sealedVaultOwner: 'petrel/v1 sealed vault owner',
  sealedVaultBack: 'petrel/v1 sealed vault back',
  /** A backup's file key under a passphrase's key, the same sealed to the phrase's; its head's hash, and its chunks. */
  backupPassphrase: 'petrel/v1 backup passphrase',
  backupPhrase: 'petrel/v1 backup phrase',
  backupHead: 'petrel/v1 backup head',
  backupChunk: 'petrel/v1 backup chunk'
} as const
