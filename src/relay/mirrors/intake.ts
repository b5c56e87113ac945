/** What comes from a home, checked and stored: entries that continue the chain under the home's word, and newer words. */
import {
  ConflictError, decodeLeaf, LIMITS, ProofError, sameBytes, TooLargeError, verifyAttested, verifyRun,
  type Attested, type Digest, type LogId, type Statement, type StoredEntry, type VerifiedEntry
} from '../../protocol/wire/index.js'
import type { AppendItem, LogHead } from '../../store/index.js'
import { requireUp } from '../logs/access.js'
import type { LogContext } from '../logs/context.js'
import { decodeMeta, encodeMeta, type LogMeta } from '../logs/meta.js'
import { entryAt } from '../logs/old-keys.js'
import type { NamedLog } from '../peer.js'
import { targetOf, walk, type Place, type Target } from './walk.js'

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
 * @throws QuotaError when the account that pays has no room; ConflictError when the copy changed meanwhile; ForbiddenError when it was taken down
 */
export async function storeRun (context: LogContext, named: NamedLog, entries: readonly StoredEntry[], word: Uint8Array): Promise<Stored> {
  const { log } = named
  const head = await context.store.logs.head(log)
  const meta = decodeMeta(head.meta)
  requireUp(meta)
  const before = targetOf(meta)
  const fresh = entries.filter(entry => decodeLeaf(entry.leaf).seq > head.seq)
  const { entries: run, to } = verifyRun(head, fresh)
  const last = run.at(-1)
  if (last === undefined) {
    // The entries came by another way before: the word on them must be on the same ones. One of the home before is over.
    const { statement, home } = verifyAttested(word)
    if (statement.term === before.term && sameBytes(home, before.home)) await storeHead(context, named, word, 0)
    return { count: 0, switched: false }
  }
  for (const { leaf, payload } of run) if (payload !== null && payload.length > LIMITS.entryBytes) throw new TooLargeError(`entry ${leaf.seq} is over the limit of ${LIMITS.entryBytes} bytes`)
  const ends = walked(placeOf(log, head), run)
  const after = targetOf(ends.end.meta)
  // The order by which the log leaves a home is that home's own last entry.
  const signers = ends.switchedAt === last.leaf.seq ? [before, after] : [after]
  const { statement } = requireWord(log, word, signers)
  if (statement.seq !== to.seq || !sameBytes(statement.hash, to.hash)) throw new ProofError(`the home's word on entry ${statement.seq} does not cover the entries it sent up to ${to.seq}`, { details: { seq: to.seq } })
  requireSameChain(before, run)
  if (ends.end.term < after.term && after.head !== null && after.head.seq <= to.seq) throw unopened(after.term)
  await append(context, named, fresh, run, word)
  return { count: run.length, switched: !sameBytes(before.home, after.home) }
}

function placeOf (log: LogId, { meta, term, hash, lastCommit }: LogHead): Place { return { log, meta: decodeMeta(meta), term, hash, lastCommit } }

function walked (from: Place, run: readonly VerifiedEntry[]): { end: Place, switchedAt: number | undefined } {
  let end = from
  let switchedAt: number | undefined
  for (const entry of run) {
    const next = walk(end, entry)
    if (!sameBytes(targetOf(next.meta).home, targetOf(end.meta).home)) switchedAt = entry.leaf.seq
    end = next
  }
  return { end, switchedAt }
}

/** Checks that attested bytes are of this log and by one of these homes in its term. @throws ProofError, BadInputError */
function requireWord (log: LogId, word: Uint8Array, signers: ReadonlyArray<Pick<Target, 'home' | 'term'>>): Attested {
  const attested = verifyAttested(word)
  const { statement, home } = attested
  if (!sameBytes(statement.log, log)) throw new ProofError('the home answered with another log\'s head')
  if (!signers.some(signer => sameBytes(signer.home, home) && signer.term === statement.term)) throw new ProofError('the head is not signed by the log\'s home in its term')
  return attested
}

/** A head that was heard before its entries came: they must be the ones it spoke of. */
function requireSameChain ({ head }: Target, run: readonly VerifiedEntry[]): void {
  const covered = head === null ? undefined : run.find(({ leaf }) => leaf.seq === head.seq)
  if (head === null || covered === undefined) return
  if (!sameBytes(verifyAttested(head.bytes).statement.hash, covered.hash)) throw forked(head.seq)
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
 */
export async function storeHead (context: LogContext, { log }: NamedLog, word: Uint8Array, after: number): Promise<number> {
  const { logs } = context.store
  const head = await logs.head(log)
  const target = targetOf(decodeMeta(head.meta))
  const { statement } = requireWord(log, word, [target])
  if (statement.seq < after) throw new ProofError(`the home says that the log ends at entry ${statement.seq}, and it had signed entry ${after}`, { details: { seq: after } })
  if (statement.seq <= head.seq) {
    const hash = statement.seq === head.seq ? head.hash : (await entryAt(logs, log, statement.seq))?.hash
    if (hash !== undefined && !sameBytes(hash, statement.hash)) throw forked(statement.seq)
    if (head.term < target.term) throw unopened(target.term)
  }
  if (target.head === null || isNewer(statement, target.head)) {
    await logs.updateMeta(log, ({ meta: bytes }) => {
      const meta = decodeMeta(bytes)
      const now = targetOf(meta)
      const isStill = sameBytes(now.home, target.home) && now.term === target.term && (now.head?.seq ?? 0) <= statement.seq
      return isStill ? { meta: encodeMeta({ ...meta, elsewhere: { ...now, head: { seq: statement.seq, bytes: word } } }) } : undefined
    })
  }
  return statement.seq
}

function isNewer (statement: Statement, held: { seq: number, bytes: Uint8Array }): boolean {
  if (statement.seq !== held.seq) return statement.seq > held.seq
  const before = verifyAttested(held.bytes).statement
  return statement.time > before.time || (statement.type === 'head' && before.type === 'receipt')
}
