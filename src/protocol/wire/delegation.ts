/** Delegations: a capability's key lends its right to the relay that mirrors the log. DESIGN section 3. */
import { decodeCbor, encodeCbor } from './cbor.js'
import { BadInputError } from './errors.js'
import { LOG_ID_LENGTH, type KeyBytes, type LogId } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { keyShape } from './log.js'
import { RIGHT, type Right } from './methods.js'
import * as shape from './shape.js'
import { openRecord, signRecord } from './signed.js'
import type { Signer } from './signature.js'

/** A right that can be lent: the owner's cannot. */
export type DelegatedRight = Exclude<Right, typeof RIGHT.owner>

/** One right on one log, for one relay at one home, until a time. */
export interface Delegation {
  v: 1
  log: LogId
  right: DelegatedRight
  /** PeerId key of the log's home; a later home honours it too. */
  home: KeyBytes
  /** PeerId key of the relay that may use it. */
  relay: KeyBytes
  /** Ends it, ms since 1970 by the home's clock; at most LIMITS.delegationMs ahead. */
  expires: number
  unknown?: Record<string, unknown>
}

const right: shape.Shape<DelegatedRight> = (value, path) => {
  if (value !== RIGHT.append && value !== RIGHT.read && value !== RIGHT.mirror) throw new BadInputError(`${path}: expected a right that can be lent`)
  return value
}
const delegationShape = shape.struct({ v: shape.literal(1), log: shape.bytes(LOG_ID_LENGTH), right, home: keyShape, relay: keyShape, expires: shape.uint() })

/** Lends the right of `capability`, which must be the key of that right. */
export function signDelegation (delegation: Delegation, capability: Signer): Uint8Array {
  return signRecord(LABELS.delegation, encodeCbor(shape.open(delegation)), capability)
}

/**
 * Opens a delegation. The caller checks that log, right, relay and time are the ones at hand, and that `key`, which
 * signed it, is the log's for that right.
 *
 * @throws BadInputError, TooLargeError for malformed bytes; ProofError when the signature does not hold
 */
export function openDelegation (bytes: Uint8Array): { delegation: Delegation, key: KeyBytes } {
  const record = openRecord(LABELS.delegation, bytes, LIMITS.delegationBytes - 256, 'a delegation')
  return { delegation: delegationShape(decodeCbor(record.body, LIMITS.delegationBytes - 256), 'delegation'), key: record.signer }
}
