/** Last words of an account: its deletion, signed so that a relay acts on nobody else's. */
import { decodeCbor, encodeCbor } from './cbor.js'
import type { KeyBytes } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { keyShape } from './log.js'
import * as shape from './shape.js'
import { openRecord, signRecord } from './signed.js'
import type { Signer } from './signature.js'

const deletionShape = shape.struct({ v: shape.literal(1), account: keyShape, relay: keyShape, time: shape.uint() })

/** Orders one relay to delete what it keeps for the account. Signed by a listed device or the account key. */
export function signAccountDeletion (deletion: { account: KeyBytes, relay: KeyBytes, time: number }, signer: Signer): Uint8Array {
  return signRecord(LABELS.accountDelete, encodeCbor({ v: 1, ...deletion }), signer)
}

/** Opens an account deletion. The caller checks account, relay and signer. @throws BadInputError, ProofError */
export function openAccountDeletion (bytes: Uint8Array): { account: KeyBytes, relay: KeyBytes, time: number, signer: KeyBytes } {
  const record = openRecord(LABELS.accountDelete, bytes, LIMITS.recordBytes, 'an account deletion')
  const { account, relay, time } = deletionShape(decodeCbor(record.body, LIMITS.recordBytes), 'account deletion')
  return { account, relay, time, signer: record.signer }
}
