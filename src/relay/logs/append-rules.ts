/**
 * Which appends a home takes. Pure: the log's state and one item in, the entry's effect or an error out.
 * It runs under the log's turn, so the state is the one the entry will follow.
 */
import {
  BadInputError, ConflictError, DIGEST_LENGTH, ENTRY_ID_LENGTH, ENTRY_KIND, ForbiddenError, isHandedOver, LIMITS, openOwnerAction, payloadLimit, ProofError, QuotaError,
  sameBytes, TooLargeError, UnsupportedError, type Append, type Digest, type KeyBytes, type LogId, type LogKind, type OwnerAction
} from '../../protocol/wire/index.js'
import { isOwner, mayAppend, requireHere, requireUp, type ProvenKeys } from './access.js'
import { withCaps, type LogMeta } from './meta.js'

/** Where the log stands when an item's turn comes. */
export interface AppendState {
  readonly log: LogId
  /** This home's key. */
  readonly home: KeyBytes
  readonly meta: LogMeta
  readonly term: number
  readonly seq: number
  /** The chain's hash at `seq`. */
  readonly hash: Digest
  /** Number of the last entry that installed keys; 0 when there is none. */
  readonly lastCommit: number
  /** Entries that are kept, not trimmed. */
  readonly kept: number
  /** The home's clock, ms. */
  readonly now: number
}

/** What an accepted item does beside taking its place. */
export interface AppendEffect {
  readonly isCommit: boolean
  /** The log's new keys. */
  readonly meta?: LogMeta
}

const PLAIN: AppendEffect = { isCommit: false }

/** Checks what an item says of itself. @throws BadInputError, TooLargeError for one that no log takes, whatever its state */
export function checkItem (item: Append): void {
  if (item.id.length !== ENTRY_ID_LENGTH) throw new BadInputError(`an entry's id has ${ENTRY_ID_LENGTH} bytes, got ${item.id.length}`)
  if (!(item.kind >= 0 && item.kind <= 255)) throw new BadInputError(`an entry's kind is 0 to 255, got ${item.kind}`)
  const max = payloadLimit(item.kind)
  if (item.payload.length > max) throw new TooLargeError(`an entry of ${item.payload.length} bytes is over the limit of ${max}: send it as a blob`, { details: { max } })
  const erasers = item.erasers ?? []
  if (item.kind === ENTRY_KIND.control && erasers.length > 0) throw new BadInputError('a control entry cannot be erased: without it the chain cannot be followed')
  // Who had read it would be in another epoch than who had not.
  if (item.kind === ENTRY_KIND.commit && erasers.length > 0) throw new BadInputError('a commit cannot be erased: without it its epoch cannot be followed')
  if (erasers.length > 2 || erasers.some(hash => hash.length !== DIGEST_LENGTH)) throw new BadInputError('an entry has at most two eraser hashes of 32 bytes')
  const { base, caps, expectHead, expectTerm } = item
  const isCommit = item.kind === ENTRY_KIND.commit
  if (isCommit !== (base !== undefined) || isCommit !== (caps !== undefined)) throw new BadInputError('a commit, and only a commit, names its base and the next keys')
  for (const n of [base, expectHead, expectTerm]) if (n !== undefined && !Number.isSafeInteger(n)) throw new BadInputError('a number is beyond 2^53')
}

/**
 * Decides on one item.
 *
 * @throws ForbiddenError without the right, or when the log is taken down; MovedError when it lives elsewhere
 * @throws ConflictError with `details.head` and `details.lastCommit` when an expectation does not hold
 * @throws UnsupportedError, ProofError, QuotaError, TooLargeError, BadInputError
 */
export function decideAppend (state: AppendState, item: Append, proven: ProvenKeys): AppendEffect {
  const { meta } = state
  requireUp(meta)
  if (item.kind === ENTRY_KIND.control) {
    // The order itself is signed by the owner key, so a mirror may bring it, under the right to append that it was lent.
    if (!isOwner(meta, proven) && !(meta.kind === 'log' && mayAppend(meta, proven, state.now))) throw new ForbiddenError('a control entry needs the log\'s owner key')
    requireHere(meta)
    requireExpected(state, item)
    return decideControl(state, item)
  }
  if (!mayAppend(meta, proven, state.now)) throw new ForbiddenError('this device has not proved the key that may append to the log now', { details: { capability: 'append' } })
  requireHere(meta)
  requireExpected(state, item)
  if (meta.kind !== 'log') return decideMail(state, meta.kind, item)
  return item.kind === ENTRY_KIND.commit ? decideCommit(state, item) : PLAIN
}

function requireExpected (state: AppendState, item: Append): void {
  const facts = { details: { head: state.seq, lastCommit: state.lastCommit } }
  // It may follow others of its author's that a takeover has taken back: they come first.
  if (item.expectTerm !== undefined && item.expectTerm !== state.term) throw new ConflictError(`the log is in term ${state.term}, not ${item.expectTerm}`, { details: { ...facts.details, term: state.term } })
  if (item.expectHead !== undefined && item.expectHead !== state.seq) throw new ConflictError(`the log ends at entry ${state.seq}, not ${item.expectHead}`, facts)
  if (item.base !== undefined && item.base !== state.lastCommit) throw new ConflictError(`the last commit is entry ${state.lastCommit}, not ${item.base}: another commit was first`, facts)
}

function decideMail (state: AppendState, kind: LogKind, item: Append): AppendEffect {
  if (item.kind !== ENTRY_KIND.data) throw new UnsupportedError('an inbox takes data entries only')
  if (item.payload.length > LIMITS.inboxEntryBytes) throw new TooLargeError(`an inbox entry of ${item.payload.length} bytes is over the limit of ${LIMITS.inboxEntryBytes}`, { details: { max: LIMITS.inboxEntryBytes } })
  if (kind === 'requests' && state.kept >= LIMITS.pendingRequests) {
    throw new QuotaError('too many requests of strangers wait there already: try again when some were answered', { details: { pending: state.kept } })
  }
  return PLAIN
}

function decideCommit (state: AppendState, { caps }: Append): AppendEffect {
  if (caps === undefined) throw new BadInputError('a commit without the next keys')
  // Else any member could take a log from its owner.
  if (!isHandedOver(state.log, caps, state.meta.owner)) throw new ForbiddenError('only the log\'s owner key lets another take its place: it has not signed these keys')
  return { isCommit: true, meta: withCaps(state.meta, caps, state.seq + 1) }
}

/**
 * A control entry's payload is an order signed by the owner key. `void` puts keys back in the same write, and counts as
 * the last commit, so that whoever built on the voided one loses the race. `term` closes the log here.
 */
function decideControl (state: AppendState, item: Append): AppendEffect {
  const { action, signer } = openOwnerAction(item.payload)
  if (!sameBytes(signer, state.meta.owner)) throw new ProofError('the order is not signed by the log\'s owner key')
  if (!sameBytes(action.log, state.log)) throw new ProofError('the order is for another log')
  if (action.op === 'term') return decideTerm(state, action)
  if (action.op !== 'void') throw new UnsupportedError(`this relay does not take the order "${action.op}" as an entry`)
  if (action.seq !== state.lastCommit) throw new ConflictError(`only the last commit can be declared void: it is entry ${state.lastCommit}`, { details: { head: state.seq, lastCommit: state.lastCommit } })
  return { isCommit: true, meta: withCaps(state.meta, action.caps, state.seq + 1) }
}

/** The move that the owner and this home agree on. It is the last entry of this home's term. */
function decideTerm (state: AppendState, { by, home, addrs, term, seq, hash }: Extract<OwnerAction, { op: 'term' }>): AppendEffect {
  if (by !== 'agreement') throw new UnsupportedError('a takeover begins at the new home: bring the log there')
  if (sameBytes(home, state.home)) throw new BadInputError('the log lives at this home already')
  const facts = { details: { head: state.seq, lastCommit: state.lastCommit, term: state.term } }
  if (term !== state.term + 1) throw new ConflictError(`the log is in term ${state.term}: the next one is ${state.term + 1}, not ${term}`, facts)
  if (seq !== state.seq) throw new ConflictError(`the log ends at entry ${state.seq}, not ${seq}`, facts)
  if (!sameBytes(hash, state.hash)) throw new ProofError(`the order keeps another entry ${seq} than this log has`)
  return { isCommit: false, meta: { ...state.meta, elsewhere: { at: 'moved', home, addrs, term } } }
}
