/** What comes from a home, checked and stored: entries that continue the chain under the home's word, and newer words. */
import {
  ConflictError, decodeLeaf, payloadLimit, ProofError, sameBytes, TooLargeError, verifyAttested, verifyRun,
  type Digest, type LogId, type LogPosition, type Statement, type StoredEntry, type VerifiedEntry
} from '../../protocol/wire/index.js'
import type { AppendItem, LogHead } from '../../store/index.js'
import { requireUp } from '../logs/access.js'
import type { LogContext } from '../logs/context.js'
import { decodeMeta, encodeMeta, type LogMeta } from '../logs/meta.js'
import { entryAt } from '../logs/old-keys.js'
import type { NamedLog } from '../peer.js'
import { targetOf, walk, type Place, type Target } from './walk.js'
import { opensNothing, requireWord, takenOver, wordOn, type Word } from './word.js'

/** What storing entries came to. */
export interface Stored {
  readonly count: number
  /** The log lives at another home from here on. */
  readonly switched: boolean
}

/**
 * Stores consecutive entries and the attested bytes that cover the last of them.
 *
 * @throws ProofError, BadInputError, TooLargeError for what does not hold: nothing of it is kept
 * @throws UnavailableError for the word of a home that has not the log, or not the part of it that the copy continues
 * @throws QuotaError when the account that pays has no room; ConflictError when the copy changed meanwhile; ForbiddenError when it was taken down
 */
export async function storeRun (context: LogContext, named: NamedLog, entries: readonly StoredEntry[], bytes: Uint8Array): Promise<Stored> {
  const { log } = named
  const head = await context.store.logs.head(log)
  const meta = decodeMeta(head.meta)
  requireUp(meta)
  const before = targetOf(meta)
  const fresh = entries.filter(entry => decodeLeaf(entry.leaf).seq > head.seq)
  const { entries: run, to } = continued(head, fresh, wordOn(log, bytes, before))
  const last = run.at(-1)
  if (last === undefined) {
    // The entries came by another way before: the word on them must be on the same ones. One of the home before is over.
    if (wordOn(log, bytes, before).of === 'home') await storeHead(context, named, bytes, 0)
    return { count: 0, switched: false }
  }
  for (const { leaf, payload } of run) if (payload !== null && payload.length > payloadLimit(leaf.kind)) throw new TooLargeError(`entry ${leaf.seq} is over the limit of ${payloadLimit(leaf.kind)} bytes`)
  const places = walked(placeOf(log, head), run)
  const end = places.at(-1) ?? placeOf(log, head)
  const after = targetOf(end.meta)
  // The order by which the log leaves a home is that home's own last entry.
  const parting = sameBytes(homeBefore(places, before), after.home) ? undefined : before
  const word = requireWord(log, bytes, after, parting)
  const { statement } = word
  if (statement.seq !== to.seq || !sameBytes(statement.hash, to.hash)) throw new ProofError(`the home's word on entry ${statement.seq} does not cover the entries it sent up to ${to.seq}`, { details: { seq: to.seq } })
  requireSameChain(before, run, places)
  if (end.term < after.term && after.head !== null && after.head.seq <= to.seq && opensNothing(after.head.bytes)) throw unopened(after.term)
  await append(context, named, fresh, run, bytes)
  // Who speaks in a later term than the next home's brings what comes after that as well.
  return { count: run.length, switched: word.of !== 'later' && !sameBytes(before.home, after.home) }
}

/** The entries, verified. @throws ProofError; UnavailableError when a takeover may be why they do not continue the copy */
function continued (head: LogPosition, fresh: readonly StoredEntry[], word: Word): ReturnType<typeof verifyRun> {
  try {
    return verifyRun(head, fresh)
  } catch (error) {
    throw word.of === 'later' && error instanceof ProofError ? takenOver(word) : error
  }
}

function placeOf (log: LogId, { meta, term, hash, lastCommit }: LogHead): Place { return { log, meta: decodeMeta(meta), term, hash, lastCommit } }

/** The places after each entry. */
function walked (from: Place, run: readonly VerifiedEntry[]): Place[] {
  let at = from
  return run.map(entry => at = walk(at, entry))
}

/** Where the log lived before the last entry. */
function homeBefore (places: readonly Place[], before: Target): Uint8Array {
  const place = places.at(-2)
  return place === undefined ? before.home : targetOf(place.meta).home
}

/** A head that was heard before its entries came: they must be the ones it spoke of, unless a later term began below it. */
function requireSameChain ({ head }: Target, run: readonly VerifiedEntry[], places: readonly Place[]): void {
  const at = head === null ? -1 : run.findIndex(({ leaf }) => leaf.seq === head.seq)
  const [covered, place] = [run[at], places[at]]
  if (head === null || covered === undefined || place === undefined) return
  const { statement } = verifyAttested(head.bytes)
  if (statement.term >= place.term && !sameBytes(statement.hash, covered.hash)) throw forked(head.seq)
}

function forked (seq: number): ProofError {
  return new ProofError(`the home signed two different chains at entry ${seq}: the log was forked or rewritten`, { details: { seq } })
}

function unopened (term: number): ProofError { return new ProofError(`the home signs in term ${term}, and the log shows no order that began it`) }

async function append (context: LogContext, { log, name }: NamedLog, fresh: readonly StoredEntry[], run: readonly VerifiedEntry[], word: Uint8Array): Promise<void> {
  const { ledger, store } = context
  const lane = {}
  const items = run.map((entry, i): AppendItem => ({
    log, lane, id: entry.leaf.id,
    build: head => {
      if (head.seq !== entry.leaf.seq - 1 || !sameBytes(head.hash, entryBefore(run, i) ?? head.hash)) throw new ConflictError('the copy changed meanwhile')
      // Walked again from the state under the log's turn: beside the entries its meta may have changed.
      const step = walk(placeOf(log, head), entry)
      const meta = i === run.length - 1 ? withWord(step.meta, entry.leaf.seq, word) : step.meta
      const leaf = (fresh[i] as StoredEntry).leaf
      const payload = entry.payload ?? entry.leaf.entry
      const bytes = head.bytes + leaf.length + payload.length
      ledger.requireBytes(meta.payerName, name, bytes)
      ledger.observe(meta.payerName, name, bytes)
      const built = { leaf, payload, erased: entry.payload === null, hash: entry.hash, isCommit: step.isCommit, term: step.term }
      return meta === decodeMeta(head.meta) ? built : { ...built, meta: encodeMeta(meta) }
    }
  }))
  for (const result of await store.logs.append(items)) {
    if (result.status === 'refused') throw result.error
    if (result.status !== 'appended') throw new ProofError('an id stands twice in the log that the home sent')
  }
}

function entryBefore (run: readonly VerifiedEntry[], i: number): Digest | undefined { return run[i - 1]?.hash }

function withWord (meta: LogMeta, seq: number, bytes: Uint8Array): LogMeta {
  const target = targetOf(meta)
  return target.head !== null && target.head.seq > seq ? meta : { ...meta, elsewhere: { ...target, head: { seq, bytes } } }
}

/**
 * Takes the home's word on where the log ends. `after` is what the copy held when the home was asked.
 *
 * @returns the number it names
 * @throws ProofError, BadInputError when it is not the home's, is of another chain, or of less than the home had signed before
 * @throws UnavailableError for the word of a home that has not the log, or not the part of it that the copy continues
 */
export async function storeHead (context: LogContext, { log }: NamedLog, bytes: Uint8Array, after: number): Promise<number> {
  const { logs } = context.store
  const head = await logs.head(log)
  const target = targetOf(decodeMeta(head.meta))
  const word = requireWord(log, bytes, target)
  const { statement } = word
  if (word.of === 'later') {
    // The entries that it speaks of come with it, and show how it came to that.
    if (statement.seq < after || statement.seq <= head.seq) throw takenOver(word)
    return statement.seq
  }
  // A receipt says nothing of the log's end: it is the last entry that a replaced key may read.
  if (statement.seq < after && statement.type === 'receipt') return statement.seq
  if (statement.seq < after) throw new ProofError(`the home says that the log ends at entry ${statement.seq}, and it had signed entry ${after}`, { details: { seq: after } })
  if (statement.seq <= head.seq) {
    const hash = statement.seq === head.seq ? head.hash : (await entryAt(logs, log, statement.seq))?.hash
    if (hash !== undefined && !sameBytes(hash, statement.hash)) throw forked(statement.seq)
    if (head.term < target.term && opensNothing(bytes)) throw unopened(target.term)
  }
  if (target.head === null || isNewer(statement, target.head)) {
    await logs.updateMeta(log, ({ meta: now }) => {
      const meta = decodeMeta(now)
      const aim = targetOf(meta)
      const isStill = sameBytes(aim.home, target.home) && aim.term === target.term && (aim.head?.seq ?? 0) <= statement.seq
      return isStill ? { meta: encodeMeta({ ...meta, elsewhere: { ...aim, head: { seq: statement.seq, bytes } } }) } : undefined
    })
  }
  return statement.seq
}

function isNewer (statement: Statement, held: { seq: number, bytes: Uint8Array }): boolean {
  if (statement.seq !== held.seq) return statement.seq > held.seq
  const before = verifyAttested(held.bytes).statement
  return statement.time > before.time || (statement.type === 'head' && before.type === 'receipt')
}
