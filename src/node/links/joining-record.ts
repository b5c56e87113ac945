/** This account's own wish to join a group by somebody's link, as its vault keeps it. */
import type { JoinState } from '../../protocol/api/index.js'
import { BadInputError, keyShape, LIMITS, LOG_ID_LENGTH, shape, type Digest, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import { tokenText } from './link-record.js'

/** An own wish to join. */
export interface JoiningRecord {
  /** The link's secret. */
  seed: Uint8Array
  /** Who made the link. */
  account: KeyBytes
  state: JoinState
  /** Why it was refused, in words. */
  reason: string | null
  /** The group, once this account has come in. */
  chat: LogId | null
  createdAt: number
  unknown?: Record<string, unknown>
}

const STATES: readonly JoinState[] = ['sent', 'pending', 'joined', 'refused']
const state: shape.Shape<JoinState> = (value, path) => {
  const known = STATES.find(one => one === value)
  if (known === undefined) throw new BadInputError(`${path}: unknown state`)
  return known
}
const recordShape = shape.struct({
  v: shape.literal(1), seed: shape.bytes(32), account: keyShape, state, reason: shape.nullable(shape.text(LIMITS.noteBytes)), chat: shape.nullable(shape.bytes(LOG_ID_LENGTH)), createdAt: shape.uint()
})

/** A wish from its vault data. @throws BadInputError */
export function decodeJoining (data: unknown): JoiningRecord {
  const { v: _v, ...record } = recordShape(data, 'joining')
  return record
}

/** A wish's vault data. */
export function encodeJoining (record: JoiningRecord): unknown { return { v: 1, ...shape.open(record) } }

/** The vault name of a wish, by the link's name in letters. */
export function joiningName (token: Digest): string { return `joining/${tokenText(token)}` }
