/**
 * What a takeover leaves behind comes again in the new term, from whoever has it; but nobody can bring what was erased
 * meanwhile. What that means for the messages of who wrote it. Pure.
 */
import type { Message } from '../../protocol/message/index.js'
import { LIMITS, type Leaf } from '../../protocol/wire/index.js'
import { isRival, type Cursor, type TermEnd } from './cursor.js'
import type { DeviceRun } from './runs.js'

/** The end of the last term from which the log was taken over. */
function lastLeft ({ tenure }: Pick<Cursor, 'tenure'>): TermEnd & { left: NonNullable<TermEnd['left']> } | undefined {
  const end = tenure?.ends.findLast(({ left }) => left !== undefined)
  return end?.left === undefined ? undefined : { ...end, left: end.left }
}

/** Whether a message was sealed before the last takeover, so that it may have stood in the log then. */
export function isAgain (cursor: Pick<Cursor, 'tenure'>, { seen }: Pick<Message, 'seen'>): boolean { return seen.term <= (lastLeft(cursor)?.term ?? 0) }

/**
 * Whether what is missing before a message, in its device's run, may have been left behind by a takeover: what comes
 * later in the new term has all of its device's before it.
 */
export function mayBeLeft (cursor: Pick<Cursor, 'term' | 'tenure'>, message: Pick<Message, 'seen'>, run: DeviceRun | undefined): boolean {
  const end = lastLeft(cursor)
  // What stood at the home that another order for the term named comes again as well.
  if (isRival(cursor, message.seen) || run?.again === true) return true
  if (end === undefined) return false
  return isAgain(cursor, message) || (run !== undefined && (run.at ?? Infinity) <= end.seq)
}

/**
 * When a message was said as slow mode counts, ms: by its leaf; of one that comes again its author says, within the time
 * that the takeover left behind. So all that counted there counts again, however fast it is brought, and no more than could have been said.
 */
export function saidAt (cursor: Pick<Cursor, 'tenure'>, message: Pick<Message, 'seen' | 'ts'>, { time }: Pick<Leaf, 'time'>): number {
  const end = lastLeft(cursor)
  if (end === undefined || !isAgain(cursor, message)) return time
  const { from, to } = end.left
  return Math.min(Math.max(message.ts, from - LIMITS.clockSkewMs), to + LIMITS.clockSkewMs)
}
