/** What a home's word on the end of the vault's log says to who has read it up to a place. Pure. */
import { judgeHead, ProofError, type KeyBytes, type LogId, type LogPosition } from '../../protocol/wire/index.js'

/**
 * Whether the log ends at the place. `asked`: the number that had been read when the home was asked.
 *
 * @throws ProofError when the home had more, or has something else, or the log was moved
 */
export function isEnd (head: Uint8Array, { log, home, place, asked }: { readonly log: LogId, readonly home: KeyBytes, readonly place: LogPosition, readonly asked: number }): boolean {
  const { standing, attested: { statement } } = judgeHead(head, log, { ...place, term: 1, home, owner: home })
  if (standing === 'current') return true
  if (standing === 'behind' && statement.term === 1) return false
  if (standing !== 'shorter') throw new ProofError('the vault\'s log was moved, which no device of this account does')
  // What was read meanwhile by another way is newer than this word.
  if (statement.seq >= asked) return false
  throw new ProofError(`the relay's copy of the vault ends at entry ${statement.seq}, and this device has read ${asked}: it was put back to an older state`, { details: { rolledBack: true } })
}
