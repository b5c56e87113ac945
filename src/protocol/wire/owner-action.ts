/**
 * What a log's owner key can order, as signed records: opening, new keys, void, trim, erasing, terms.
 * Which of them a home takes, and how, is the home's part.
 */
import { decodeCbor, encodeCbor } from './cbor.js'
import { BadInputError } from './errors.js'
import { DIGEST_LENGTH, ENTRY_ID_LENGTH, LOG_ID_LENGTH, type Digest, type EntryId, type KeyBytes, type LogId } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { decodeCaps, encodeCaps, keyShape, type Caps } from './log.js'
import * as shape from './shape.js'
import { openRecord, signRecord } from './signed.js'
import type { Signer } from './signature.js'

/** An order of a log's owner. */
export type OwnerAction =
  /** Installs the first capability keys; comes with the genesis. */
  | { op: 'open', log: LogId, caps: Caps }
  /** Declares the commit at `seq` void and puts these (the previous) keys back. */
  | { op: 'void', log: LogId, seq: number, caps: Caps }
  /** Drops payloads up to and including `seq`; `hash` is the chain's hash there, the checkpoint. */
  | { op: 'trim', log: LogId, seq: number, hash: Digest }
  /** Removes the bytes of the entry with this id, which its author made so that they can be; handed over in place of a secret. */
  | { op: 'erase', log: LogId, id: EntryId }
  /**
   * Opens term `term` at `home`, which is reached at `addrs` (multiaddrs), after the last kept (seq, hash) of the term
   * before. It stands in the chain as control entry seq + 1: by agreement the old home's last entry, by takeover the new
   * one's first.
   */
  | { op: 'term', log: LogId, term: number, home: KeyBytes, addrs: string[], seq: number, hash: Digest, by: 'agreement' | 'takeover' }

const logId = shape.bytes(LOG_ID_LENGTH)
const digest = shape.bytes(DIGEST_LENGTH)
const caps: shape.Shape<Caps> = (value, path) => decodeCaps(shape.bytes({ max: LIMITS.leafBytes })(value, path))
const addrs = shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay)
const by: shape.Shape<'agreement' | 'takeover'> = (value, path) => {
  if (value !== 'agreement' && value !== 'takeover') throw new BadInputError(`${path}: expected agreement or takeover`)
  return value
}
const SHAPES = {
  open: shape.struct({ v: shape.literal(1), op: shape.literal('open'), log: logId, caps }),
  void: shape.struct({ v: shape.literal(1), op: shape.literal('void'), log: logId, seq: shape.uint(undefined, 1), caps }),
  trim: shape.struct({ v: shape.literal(1), op: shape.literal('trim'), log: logId, seq: shape.uint(undefined, 1), hash: digest }),
  erase: shape.struct({ v: shape.literal(1), op: shape.literal('erase'), log: logId, id: shape.bytes(ENTRY_ID_LENGTH) }),
  term: shape.struct({ v: shape.literal(1), op: shape.literal('term'), log: logId, term: shape.uint(undefined, 2), home: keyShape, addrs, seq: shape.uint(), hash: digest, by })
} as const

/** Signs an owner's order. */
export function signOwnerAction (action: OwnerAction, owner: Signer): Uint8Array {
  const body = 'caps' in action ? { ...action, caps: encodeCaps(action.caps) } : action
  return signRecord(LABELS.ownerAction, encodeCbor({ v: 1, ...body }), owner)
}

/**
 * Checks a signed order. The caller compares `signer` with the owner key in force.
 *
 * @throws BadInputError for an order this version does not know or that is malformed
 * @throws ProofError when the signature does not hold
 */
export function openOwnerAction (bytes: Uint8Array): { action: OwnerAction, signer: KeyBytes } {
  const record = openRecord(LABELS.ownerAction, bytes, LIMITS.recordBytes, 'an owner action')
  const value = decodeCbor(record.body, LIMITS.recordBytes)
  const op = typeof value === 'object' && value !== null && 'op' in value ? value.op : undefined
  if (typeof op !== 'string' || !Object.hasOwn(SHAPES, op)) throw new BadInputError('an owner action of an unknown kind')
  const { v: _v, unknown: _unknown, ...action } = SHAPES[op as keyof typeof SHAPES](value, 'owner action')
  return { action, signer: record.signer }
}
