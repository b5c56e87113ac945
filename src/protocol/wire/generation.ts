/**
 * The account key's word that opens a generation: from now on these devices speak, whatever was signed below it.
 * Every manifest of the generation carries it, so that who sees only one of them can tell that the account key has
 * spoken, and a device that was put out cannot come back with an old certificate. DESIGN section 2.
 */
import { decodeCbor, encodeCbor } from './cbor.js'
import { ProofError } from './errors.js'
import { sameBytes, type KeyBytes } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { keyShape } from './log.js'
import * as shape from './shape.js'
import { openRecord, signRecord } from './signed.js'
import type { Signer } from './signature.js'

/** Opens a generation, from 2 on; the first one needs no word beyond the devices' certificates. */
export interface GenerationRecord { v: 1, account: KeyBytes, generation: number, devices: KeyBytes[], time: number, unknown?: Record<string, unknown> }

const recordShape = shape.struct({
  v: shape.literal(1), account: keyShape, generation: shape.uint(undefined, 2), devices: shape.array(keyShape, LIMITS.devices), time: shape.uint()
})

/** Signs the opening of a generation with the account key. */
export function signGeneration (record: GenerationRecord, account: Signer): Uint8Array {
  return signRecord(LABELS.generation, encodeCbor(shape.open(record)), account)
}

/**
 * Opens the record that a manifest of this account and generation carries.
 *
 * @throws BadInputError for malformed bytes
 * @throws ProofError when it is another account's or generation's, or not signed by the account key
 */
export function openGeneration (bytes: Uint8Array, account: KeyBytes, generation: number): GenerationRecord {
  const signed = openRecord(LABELS.generation, bytes, LIMITS.recordBytes, 'a generation\'s opening')
  const record = recordShape(decodeCbor(signed.body, LIMITS.recordBytes), 'generation')
  if (!sameBytes(record.account, account) || record.generation !== generation || !sameBytes(signed.signer, account)) {
    throw new ProofError('the manifest\'s generation was not opened by the account key')
  }
  return record
}
