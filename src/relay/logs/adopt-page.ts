/** One page of a log that is brought here, into the store: each entry as it is, checked under the log's turn. */
import {
  BadInputError, chainNext, encodeLeaf, ENTRY_KIND, leafFor, ProofError, sameBytes, sha256, type KeyBytes, type LogId, type PetrelError
} from '../../protocol/wire/index.js'
import type { AppendItem, BuiltEntry, LogHead } from '../../store/index.js'
import type { NamedLog } from '../peer.js'
import { decideArrival, requireNext, requireWhole, type Arriving, type BroughtEntry, type TermOrder } from './adopt-rules.js'
import type { LogContext } from './context.js'
import { decodeMeta, encodeMeta } from './meta.js'

/** A signed order `term` by which a log comes here. */
export interface SignedOrder {
  readonly order: TermOrder
  readonly signer: KeyBytes
  /** The record as it was signed: the payload of the control entry. */
  readonly bytes: Uint8Array
}

/** Whether a page was taken; `atEnd`: it was the order itself that did not hold. */
export type PageOutcome = { readonly taken: true } | { readonly taken: false, readonly error: PetrelError, readonly atEnd: boolean }

/**
 * Stores a page. With `done` the log's term begins: by agreement the page's last entry is the order's own, by takeover
 * it is made here. What stands before an entry that is refused is kept.
 *
 * @throws BadInputError when the page ends wrongly; ReadOnlyError, UnavailableError when the outcome is unknown
 */
export async function storePage (context: LogContext, log: NamedLog, signed: SignedOrder, entries: readonly BroughtEntry[], done: boolean): Promise<PageOutcome> {
  const { order } = signed
  const kept = entries.filter(({ leaf }) => leaf.seq <= order.seq)
  const last = entries.slice(kept.length)
  const needed = done && order.by === 'agreement' ? 1 : 0
  if (last.length !== needed) throw new BadInputError(needed === 1 ? 'the last page ends with the entry of the order itself' : `the order keeps the log up to entry ${order.seq}, and nothing behind it`)
  const lane = {}
  const items = kept.map((entry): AppendItem => ({ log: log.log, lane, id: entry.leaf.id, build: head => keep(context, log, signed, entry, head) }))
  if (done) items.push({ log: log.log, lane, ...closing(context, log, signed, last[0]) })
  const results = await context.store.logs.append(items)
  const failed = results.findIndex(({ status }) => status !== 'appended')
  if (failed < 0) return { taken: true }
  const result = results[failed]
  const error = result?.status === 'refused' ? result.error : new ProofError(`an entry stands twice in the log that was brought`)
  return { taken: false, error, atEnd: failed >= kept.length }
}

function arriving (log: LogId, { meta, seq, hash, lastCommit }: LogHead): Arriving { return { log, meta: decodeMeta(meta), seq, hash, lastCommit } }

function keep (context: LogContext, log: NamedLog, { order }: SignedOrder, entry: BroughtEntry, head: LogHead): BuiltEntry {
  const { hash, isCommit, meta } = decideArrival(arriving(log.log, head), entry, order)
  const erased = entry.payload === null
  const built = { leaf: entry.bytes, payload: entry.payload ?? entry.leaf.entry, erased, hash, isCommit }
  charge(context, log, head, built)
  return meta === undefined ? built : { ...built, meta: encodeMeta(meta) }
}

/** The entry with which the term begins here, or ended at the home before. */
function closing (context: LogContext, log: NamedLog, signed: SignedOrder, brought: BroughtEntry | undefined): Pick<AppendItem, 'id' | 'build'> {
  const { order, signer, bytes } = signed
  const own = { id: sha256(bytes).slice(0, 16), kind: ENTRY_KIND.control, payload: bytes }
  return {
    id: brought?.leaf.id ?? own.id,
    build: (head, now) => {
      const at = arriving(log.log, head)
      requireWhole(at, order, signer)
      if (brought !== undefined) requireClosing(at, brought, bytes)
      const leaf = brought?.bytes ?? encodeLeaf(leafFor(own, head.seq + 1, context.time.now()))
      const built = { leaf, payload: bytes, hash: chainNext(head.hash, leaf), isCommit: false }
      charge(context, log, head, built)
      return { ...built, term: order.term, meta: encodeMeta({ ...at.meta, elsewhere: null, created: now }) }
    }
  }
}

function requireClosing (at: Arriving, entry: BroughtEntry, order: Uint8Array): void {
  requireNext(at, entry)
  const { leaf, payload } = entry
  const isOrder = leaf.kind === ENTRY_KIND.control && leaf.base === null && leaf.caps === null && payload !== null && sameBytes(payload, order)
  if (!isOrder) throw new ProofError(`entry ${leaf.seq} is not the order by which the log comes here`)
}

function charge ({ ledger }: LogContext, log: NamedLog, head: LogHead, { leaf, payload }: BuiltEntry): void {
  const { payerName } = decodeMeta(head.meta)
  const bytes = head.bytes + leaf.length + payload.length
  ledger.requireBytes(payerName, log.name, bytes)
  ledger.observe(payerName, log.name, bytes)
}
