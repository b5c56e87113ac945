/** Somebody's wish to join a group by a link, as the vault of who made the link keeps it. */
import { BadInputError, DIGEST_LENGTH, ENTRY_ID_LENGTH, keyShape, LIMITS, LOG_ID_LENGTH, peerIdText, shape, type Digest, type EntryId, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import { tokenText } from './link-record.js'

/** `pending` waits for a person; `wished`: a commit is to add it, and the link counts it; `admitted`: one did; `declined`: the person said no; `barred`: the group kept it out when it asked. */
export type JoinStep = 'pending' | 'wished' | 'admitted' | 'declined' | 'barred'

/** A wish to join. */
export interface JoinRecord {
  /** The link's name in letters. */
  token: Digest
  /** The link's id. */
  link: string
  chat: LogId
  account: KeyBytes
  name: string
  /** The letter's time: a repeat has none after it. */
  time: number
  receivedAt: number
  step: JoinStep
  /** The wish that adds it, while that goes on. */
  intent: EntryId | null
  /** What it is added with; null once that is done. */
  with: { manifest: Uint8Array, keyPackage: Uint8Array } | null
  unknown?: Record<string, unknown>
}

const STEPS: readonly JoinStep[] = ['pending', 'wished', 'admitted', 'declined', 'barred']
const step: shape.Shape<JoinStep> = (value, path) => {
  const known = STEPS.find(one => one === value)
  if (known === undefined) throw new BadInputError(`${path}: unknown step`)
  return known
}
const recordShape = shape.struct({
  v: shape.literal(1), token: shape.bytes(DIGEST_LENGTH), link: shape.text(64), chat: shape.bytes(LOG_ID_LENGTH), account: keyShape, name: shape.text(LIMITS.nameBytes), time: shape.uint(), receivedAt: shape.uint(),
  step, intent: shape.nullable(shape.bytes(ENTRY_ID_LENGTH)),
  with: shape.nullable(shape.struct({ manifest: shape.bytes({ max: LIMITS.manifestBytes + 256 }), keyPackage: shape.bytes({ max: LIMITS.keyPackageBytes + 1024 }) }))
})

/** A wish from its vault data. @throws BadInputError */
export function decodeJoin (data: unknown): JoinRecord {
  const { v: _v, ...record } = recordShape(data, 'join')
  return record
}

/** A wish's vault data. */
export function encodeJoin (record: JoinRecord): unknown { return { v: 1, ...shape.open(record) } }

/** The vault name of a wish. */
export function joinName (token: Digest, account: KeyBytes): string { return `join/${tokenText(token)}/${peerIdText(account)}` }
