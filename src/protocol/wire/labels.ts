/**
 * Every domain label in one place: what is signed or hashed for one purpose
 * can never be taken for another. The version in a label changes with the format.
 */
export const LABELS = {
  genesis: 'petrel/v1 genesis',
  chainStart: 'petrel/v1 chain start',
  chain: 'petrel/v1 chain',
  receipt: 'petrel/v1 receipt',
  receiptNode: 'petrel/v1 receipt node',
  receiptBatch: 'petrel/v1 receipt batch',
  ownerAction: 'petrel/v1 owner action',
  ownerHandover: 'petrel/v1 owner handover',
  capability: 'petrel/v1 capability',
  delegation: 'petrel/v1 delegation',
  manifest: 'petrel/v1 manifest',
  manifestHash: 'petrel/v1 manifest hash',
  generation: 'petrel/v1 generation',
  certificate: 'petrel/v1 device certificate',
  keyPackage: 'petrel/v1 key package',
  leafBinding: 'petrel/v1 leaf binding',
  message: 'petrel/v1 message',
  commit: 'petrel/v1 commit',
  inboxEntry: 'petrel/v1 inbox entry',
  inboxGrant: 'petrel/v1 inbox grant',
  vaultRecord: 'petrel/v1 vault record',
  vaultKey: 'petrel/v1 vault key',
  vaultKeyHash: 'petrel/v1 vault key hash',
  deviceCard: 'petrel/v1 device card',
  recoveryCard: 'petrel/v1 recovery card',
  linkCommitment: 'petrel/v1 link commitment',
  linkTranscript: 'petrel/v1 link transcript',
  linkAnswer: 'petrel/v1 link answer',
  linkReveal: 'petrel/v1 link reveal',
  linkWord: 'petrel/v1 link word',
  linkWelcome: 'petrel/v1 link welcome',
  accountDelete: 'petrel/v1 account delete',
  eraser: 'petrel/v1 eraser'
} as const
