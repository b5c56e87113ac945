/**
 * A reader's walk through the terms of a log: which home's word counts where, by the owner's orders that stand in the
 * chain itself. Pure. DESIGN section 3, WIRE.md (Terms).
 */
import { verifyAttested, type Attested } from './attest.js'
import { PetrelError, ProofError } from './errors.js'
import { sameBytes, type KeyBytes, type LogId } from './ids.js'
import { chainStart, decodeCaps, decodeGenesis, ENTRY_KIND, logIdOf, type StoredEntry } from './log.js'
import { openOwnerAction, type OwnerAction } from './owner-action.js'
import { ownerAfter } from './owner-handover.js'
import { verifyRun, type LogPosition, type VerifiedEntry } from './verify-log.js'

/** The owner's order that opens a term. */
export type TermAction = Extract<OwnerAction, { op: 'term' }>

/** A verified place of a log, and who it belongs to: the home of its term signs heads, the holder of the owner key gives orders. */
export interface LogPlace extends LogPosition { term: number, home: KeyBytes, owner: KeyBytes }

/** A verified entry and the place after it; `opened` when it is the order that opened a term, with its signed bytes. */
export interface WalkedEntry extends VerifiedEntry { place: LogPlace, opened: { action: TermAction, bytes: Uint8Array } | null }

/** The place before a log's first entry. @throws BadInputError for bytes that are no genesis */
export function startPlace (genesisBytes: Uint8Array): LogPlace {
  const { home, owner } = decodeGenesis(genesisBytes)
  return { seq: 0, hash: chainStart(logIdOf(genesisBytes), home), term: 1, home, owner }
}

/**
 * Verifies consecutive entries after `from` and follows the orders among them.
 *
 * @throws ProofError, BadInputError as `verifyRun`
 */
export function walkRun (log: LogId, from: LogPlace, entries: readonly StoredEntry[]): { entries: WalkedEntry[], to: LogPlace } {
  let to = from
  const walked = verifyRun(from, entries).entries.map(entry => {
    const step = walkEntry(log, to, entry)
    to = step.place
    // Field by field: of what is spread, an object of its own is made for each.
    return { leaf: entry.leaf, hash: entry.hash, payload: entry.payload, place: step.place, opened: step.opened }
  })
  return { entries: walked, to }
}

/**
 * The place after an entry that follows `at`. A home installs what a commit or an order says whether or not the members
 * find the commit good, so the same is done here. An order that does not hold at its place changes nothing.
 *
 * @throws ProofError for a commit that gives the log another owner key, which the one in force has not signed: no home may take it
 */
export function walkEntry (log: LogId, at: LogPlace, entry: VerifiedEntry): Pick<WalkedEntry, 'place' | 'opened'> {
  const { leaf, hash, payload } = entry
  const plain: LogPlace = { seq: leaf.seq, hash, term: at.term, home: at.home, owner: at.owner }
  if (leaf.kind === ENTRY_KIND.commit && leaf.caps !== null) return { place: { ...plain, owner: ownerAfter(log, decodeCaps(leaf.caps), at.owner) }, opened: null }
  const action = leaf.kind === ENTRY_KIND.control && payload !== null ? orderOf(payload, log, at.owner) : undefined
  if (action?.op === 'void') return { place: { ...plain, owner: action.caps.owner ?? at.owner }, opened: null }
  if (action?.op !== 'term' || payload === null || !followsPlace(action, at)) return { place: plain, opened: null }
  return { place: { ...plain, term: action.term, home: action.home }, opened: { action, bytes: payload } }
}

/** Whether an order opens a later term directly after a place: the next one, unless a home never began its own. That the owner key in force signed it is another question. */
export function followsPlace (action: TermAction, at: LogPlace): boolean {
  return action.term > at.term && action.seq === at.seq && sameBytes(action.hash, at.hash)
}

function orderOf (payload: Uint8Array, log: LogId, owner: KeyBytes): OwnerAction | undefined {
  try {
    const { action, signer } = openOwnerAction(payload)
    return sameBytes(signer, owner) && sameBytes(action.log, log) ? action : undefined
  } catch (error) {
    if (error instanceof PetrelError) return undefined
    throw error
  }
}

/**
 * What a head says to a reader at a place.
 * `current`: the log ends at this place, says the home of its term. `behind`: it goes on. `ended`: the place opened a
 * term elsewhere, and this is the last word of the home before. `stale`: of an earlier term; its home may not know of a
 * takeover, so this is no lie. `shorter`: it ends before this place in the same term. `below`: of a later term that does
 * not stand in what the reader has: the log was taken over from below this place, or the signer lies.
 */
export type HeadStanding = 'current' | 'behind' | 'ended' | 'stale' | 'shorter' | 'below'

/**
 * Compares attested bytes, or what they were verified to be, with a reader's place. A statement of a later term that lies beyond the place, or on it, is
 * `behind` whoever signed it: a home signs in its own term what it has from the homes before, and what comes next says
 * who may.
 *
 * @throws ProofError when it is another log's or, in this term, another key's, does not hold, or contradicts the chain
 */
export function judgeHead (head: Uint8Array | Attested, log: LogId, at: LogPlace): { attested: Attested, standing: HeadStanding } {
  const attested = head instanceof Uint8Array ? verifyAttested(head) : head
  const { statement, home } = attested
  if (!sameBytes(statement.log, log)) throw new ProofError('the relay answered with another log\'s head')
  const isHere = statement.seq === at.seq && sameBytes(statement.hash, at.hash)
  if (statement.term < at.term) return { attested, standing: isHere ? 'ended' : 'stale' }
  if (statement.term > at.term) return { attested, standing: statement.seq > at.seq || isHere ? 'behind' : 'below' }
  if (!sameBytes(home, at.home)) throw new ProofError('the head is signed by another key than the log\'s home')
  if (statement.seq !== at.seq) return { attested, standing: statement.seq > at.seq ? 'behind' : 'shorter' }
  if (isHere) return { attested, standing: 'current' }
  throw new ProofError(`the relay's chain at entry ${statement.seq} is not the one that was verified here: the log was forked or rewritten`, { details: { seq: statement.seq } })
}

/** Which of two orders for one term holds, when the old home could not say: the one that keeps more, then the one whose chain's hash and home are lower. Everybody decides the same. */
export function termWins (a: TermAction, b: TermAction): boolean {
  if (a.term !== b.term) return a.term > b.term
  if (a.seq !== b.seq) return a.seq > b.seq
  return Buffer.compare(Buffer.concat([a.hash, a.home]), Buffer.concat([b.hash, b.home])) < 0
}
