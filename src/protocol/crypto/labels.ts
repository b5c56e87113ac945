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
  sealedPq: 'petrel/v1 sealed pq secret',
  /** Expansions of an account's eraser seed, and of a log's owner key. */
  authorEraser: 'petrel/v1 author eraser',
  ownerEraser: 'petrel/v1 owner eraser',
  /** From an account's media secret: the key of one file. */
  fileKey: 'petrel/v1 file key',
  safetyNumber: 'petrel/v1 safety number'
} as const
