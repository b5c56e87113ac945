/** What stops a chat: who was caught at what, what proves it, and since when. Kept with the cursor. */
import { BadInputError, cutText, keyShape, LIMITS, ProofError, sameBytes, shape, type KeyBytes, type PetrelError } from '../../protocol/wire/index.js'
import { saidByPeer } from '../../relay/net/index.js'

/**
 * `fork`: the home signed two chains for one number. `rollback`: the log ends before what its home had signed.
 * `broken`: what came does not hold. `view`: a member says to have seen another history. `missing`: messages of a
 * member are not there. `device`: a device used one of its message numbers twice. `commit`: a member's commit does not
 * hold, and waits to be voided. `refused`: the relay says that this node is at fault.
 */
export type AlarmKind = 'fork' | 'rollback' | 'broken' | 'view' | 'missing' | 'device' | 'commit' | 'refused'

/** A standing alarm. */
export interface Alarm {
  kind: AlarmKind
  /** Words for the person. */
  message: string
  /** The number in the log that it is about, or null. */
  seq: number | null
  /** When it was raised, ms. */
  at: number
  /** Number of the kept evidence that proves it to anybody; null when there is none. */
  proof: number | null
  /** It is only the word of the relay or of a member: nobody can prove it. */
  claim: boolean
  /** The member of a group on whose word alone it is: it is told, and stops nothing. */
  by?: KeyBytes
}

/** What was found, without when. */
export type Finding = Pick<Alarm, 'kind' | 'message'> & Partial<Pick<Alarm, 'seq' | 'proof' | 'claim' | 'by'>> & { evidence?: Uint8Array, gap?: { from: number, to: number } }

const KINDS: readonly AlarmKind[] = ['fork', 'rollback', 'broken', 'view', 'missing', 'device', 'commit', 'refused']
/** A kind of alarm. */
export const kindShape: shape.Shape<AlarmKind> = (value, path) => {
  const known = KINDS.find(k => k === value)
  if (known === undefined) throw new BadInputError(`${path}: unknown kind of alarm`)
  return known
}
const words = shape.text(LIMITS.alarmBytes)
const struct = shape.struct({
  kind: kindShape, message: words, seq: shape.nullable(shape.uint()), at: shape.uint(), proof: shape.nullable(shape.uint()), claim: shape.bool, by: shape.optional(keyShape)
})

/** A kept alarm; one of an earlier version was words alone. */
export const alarmShape: shape.Shape<Alarm> = (value, path) => {
  if (typeof value === 'string') return { kind: 'broken', message: words(value, path), seq: null, at: 0, proof: null, claim: false }
  const { unknown: _unknown, ...alarm } = struct(value, path)
  return alarm
}

/** An alarm raised now (ms). What is kept can be read again, however long and odd the words are. */
export function alarmOf ({ kind, message, seq = null, proof = null, claim = false, by }: Finding, at: number): Alarm {
  return { kind, message: cutText(message, LIMITS.alarmBytes), seq, at, proof, claim, ...by === undefined || proof !== null ? {} : { by } }
}

/**
 * Whose word alone something is, when a message or commit of `account` says it: in a group (`isGroup`) a member could
 * silence all others by it. In a direct chat there is nobody else, and what a device of `me` does is the own account's trouble.
 */
export function wordOf (account: KeyBytes, me: KeyBytes | undefined, isGroup: boolean): Pick<Finding, 'by'> {
  return !isGroup || (me !== undefined && sameBytes(account, me)) ? {} : { by: account }
}

/** Whether an alarm stops sending: not one that a single member of a group could have made. */
export function stops (alarm: Alarm | null): boolean { return alarm !== null && alarm.by === undefined }

/** An alarm beside a standing one: what a second member says of the relay is no single one's word any more. */
export function joined (alarm: Alarm, standing: Alarm | null): Alarm {
  const { by, ...both } = alarm
  const isSecond = by !== undefined && standing?.by !== undefined && standing.kind !== 'device' && alarm.kind !== 'device' && !sameBytes(by, standing.by)
  return isSecond ? both : alarm
}

/** A ProofError that says what was found. */
export class CaughtError extends ProofError {
  readonly finding: Finding

  constructor (finding: Finding) {
    super(finding.message, finding.seq == null ? {} : { details: { seq: finding.seq } })
    this.finding = finding
  }
}

/** What an error is an alarm of: a relay's own ERR_PROOF is a claim, and told in our words. */
export function findingOf (error: PetrelError): Finding {
  if (error instanceof CaughtError) return error.finding
  if (saidByPeer(error)) return { kind: 'refused', claim: true, message: `the relay says that something this node showed it does not hold, and proves nothing by that: "${error.message}"` }
  const { seq, expected, got } = error.details
  const left = isNumber(expected) && isNumber(got) && got > expected ? { gap: { from: expected, to: got - 1 } } : {}
  return { kind: 'broken', message: error.message, seq: isNumber(seq) ? seq : null, ...left }
}

/** Whether an alarm may take the place of a standing one: what cannot be proved does not hide what can. */
export function isStronger (alarm: Alarm, standing: Alarm | null): boolean { return standing === null || strength(alarm) > strength(standing) }

/** What a single member says gives way to all; a commit that is to be voided ends by itself; what nobody can prove gives way to what was found here, and that to what is proved. */
function strength ({ kind, proof, claim, by }: Alarm): number {
  // What a member's device does says nothing of the relay, and must not hide what does.
  if (by !== undefined) return kind === 'device' ? -2 : -1
  if (proof !== null) return 3
  return kind === 'commit' ? 0 : claim ? 1 : 2
}

function isNumber (value: unknown): value is number { return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 }
