/** What the head that came with a page says to a chat: how far it is, and whether the log is still where it is read. Pure. */
import { judgeHead, ProofError, sameBytes, UnavailableError, verifyAttested, type Attested, type LogPlace } from '../../protocol/wire/index.js'
import { CaughtError } from './alarm.js'
import type { Chat } from './chat.js'

/**
 * `current`: the log ends where this node has verified it. `behind`: more comes. `ended`: the log goes on at another
 * home. `below`: it was taken over from below what this node has verified, if the relay is right. `older`: a mirror has not
 * got as far as this node.
 */
export type Standing = 'current' | 'behind' | 'ended' | 'below' | 'older'

/**
 * Judges a head at the place after a page.
 *
 * @throws ProofError when it does not hold
 * @throws UnavailableError when the relay does not know yet that the log was taken over
 */
export function standingOf ({ log, home, cursor, path, record: { joined, home: moved } }: Pick<Chat, 'log' | 'home' | 'cursor' | 'record'> & { path: Pick<Chat['path'], 'isMirror'> }, to: LogPlace, head: Uint8Array | Attested): Standing {
  // A mirror may follow another takeover for the same term than this node: the one that holds.
  if (path.isMirror && isOfAnother(head, home)) return 'below'
  const { attested: { statement: { type, seq: end, term }, home: signer }, standing } = judgeHead(head, log, to)
  if (term === home.term && !sameBytes(signer, home.peer)) throw new ProofError('the head is signed by another key than the log\'s home')
  const isLeft = term < home.term && moved?.by === 'takeover'
  // What a replaced key may read ends with the receipt of its last entry, of whatever term that is: it does not say where the log ends.
  if (isLeft && type === 'receipt' && (standing === 'current' || standing === 'behind') && end <= moved.seq && end >= cursor.seq) return 'behind'
  if (standing === 'stale' || (isLeft && standing !== 'ended')) throw new UnavailableError('the relay does not know yet that the log has another home')
  if (standing === 'below') return 'below'
  // A later term may keep less than the place where this account came in.
  const came = joined === null || joined.isGone === true || term > (joined.term ?? Infinity) ? 0 : joined.seq
  if (path.isMirror && end < Math.max(cursor.seq, came)) return 'older'
  if (type === 'receipt' && end < cursor.seq) throw new UnavailableError('the relay answers for a key of this chat that was replaced: the new one is shown to it again')
  if (end < cursor.seq) throw new CaughtError({ kind: 'rollback', seq: end, message: `the relay's log of this chat ends at entry ${end}, and ${cursor.seq} were verified here: it was rolled back` })
  // A page of a long log comes with the receipt of its last entry: only a head says where the log ends.
  if (end < came && type === 'head') throw new CaughtError({ kind: 'rollback', seq: end, message: `the relay's log of this chat ends at entry ${end}, and its invitation stands at ${came}` })
  if (standing === 'shorter') throw new ProofError('the relay sent entries beyond the head that it signed')
  return standing
}

/** Whether attested bytes are another home's in the term of now, which was taken over. */
function isOfAnother (head: Uint8Array | Attested, { term, peer }: Chat['home']): boolean {
  const { statement, home } = head instanceof Uint8Array ? verifyAttested(head) : head
  return term > 1 && statement.term === term && !sameBytes(home, peer)
}
