/**
 * Whose word attested bytes are to a mirror. Pure. What its home did not sign is no lie of that home: a relay that the
 * log has left, or has not come to yet, serves its own copy with the word of the home before; one that the log has come
 * back to, or that follows it further, speaks of a term which the copy has not read yet.
 */
import { ProofError, sameBytes, UnavailableError, verifyAttested, type LogId, type Statement } from '../../protocol/wire/index.js'
import type { Target } from './walk.js'

/** `home`: the home's, in its term. `before`: of an earlier term. `later`: of a later one, whoever signed it: the entries show how that came. */
export interface Word { readonly statement: Statement, readonly of: 'home' | 'before' | 'later' }

/**
 * Judges attested bytes by where a mirror follows its log.
 *
 * @throws ProofError when they are another log's, or another key's in the home's own term; BadInputError
 */
export function wordOn (log: LogId, bytes: Uint8Array, target: Pick<Target, 'home' | 'term'>): Word {
  const { statement, home } = verifyAttested(bytes)
  if (!sameBytes(statement.log, log)) throw new ProofError('the home answered with another log\'s head')
  if (statement.term !== target.term) return { statement, of: statement.term < target.term ? 'before' : 'later' }
  if (!sameBytes(home, target.home)) throw new ProofError('the head is not signed by the log\'s home in its term')
  return { statement, of: 'home' }
}

/**
 * The same of a word that entries are to be taken on. `parting` is the home that those entries leave behind, whose word
 * the last of them may be.
 *
 * @throws ProofError, BadInputError; UnavailableError for a word of an earlier term
 */
export function requireWord (log: LogId, bytes: Uint8Array, target: Target, parting?: Target): Word {
  if (parting !== undefined) {
    const { statement, home } = verifyAttested(bytes)
    if (sameBytes(statement.log, log) && statement.term === parting.term && sameBytes(home, parting.home)) return { statement, of: 'home' }
  }
  const word = wordOn(log, bytes, target)
  if (word.of === 'before') throw new UnavailableError(`the log is in term ${target.term}, and this relay speaks of term ${word.statement.term}: it has not come there yet, or has left`)
  return word
}

/** What those get whose copy may hold more than a takeover kept. Only the owner's order can say so. */
export function takenOver ({ statement: { term } }: Word): UnavailableError {
  return new UnavailableError(`the log is in term ${term}, which does not follow from the copy here: it waits for the order that began it`)
}

/** Whether attested bytes say that the log ends there: no order that opens their term can come after it. A receipt says nothing of what comes. */
export function opensNothing (bytes: Uint8Array): boolean { return verifyAttested(bytes).statement.type === 'head' }
