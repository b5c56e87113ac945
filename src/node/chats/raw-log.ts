/**
 * A chat's entries as they came, one per verified number: so that any member's node is a whole copy of the log, from
 * which it can be brought to another home. Written in the same batch as the rows. What comes together lies together, in
 * pages, each under its last number: a record costs the same whatever is in it.
 */
import { decodeCbor, encodeCbor, LIMITS, shape, type LogId, type StoredEntry } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'

/** An entry and its number. */
export type NumberedEntry = readonly [seq: number, entry: StoredEntry]

// Entries of a page, and the bytes from which on it takes no more: who wants one of them reads them all.
const PAGE_ENTRIES = 32
const PAGE_BYTES = 32 * 1024

const rawShape = shape.tuple(shape.bytes({ max: LIMITS.leafBytes }), shape.nullable(shape.bytes({ max: LIMITS.commitBytes })))

/** The most that {@link encodeRaw} gives. */
export const RAW_BYTES = LIMITS.commitBytes + LIMITS.leafBytes + 64

/** An entry's bytes. */
export function encodeRaw ({ leaf, payload }: StoredEntry): Uint8Array { return encodeCbor([leaf, payload]) }

/** An entry from its bytes. @throws BadInputError */
export function decodeRaw (bytes: Uint8Array): StoredEntry {
  const [leaf, payload] = rawShape(decodeCbor(bytes, RAW_BYTES), 'raw entry')
  return { leaf, payload }
}

const pageShape = shape.array(rawShape, PAGE_ENTRIES, 1)

/** Some entries that follow each other. */
interface Page { readonly first: number, readonly entries: readonly StoredEntry[] }

function encodePage (entries: readonly StoredEntry[]): Uint8Array {
  const [only] = entries
  return only !== undefined && entries.length === 1 ? encodeRaw(only) : encodeCbor(entries.map(({ leaf, payload }) => [leaf, payload]))
}

/** @throws BadInputError */
function decodePage (last: number, bytes: Uint8Array): Page {
  const value = decodeCbor(bytes, PAGE_BYTES + RAW_BYTES + PAGE_ENTRIES * 16)
  const [first] = Array.isArray(value) ? value as unknown[] : []
  const entries = first instanceof Uint8Array ? [decodeRaw(bytes)] : pageShape(value, 'raw page').map(([leaf, payload]) => ({ leaf, payload }))
  return { first: last - entries.length + 1, entries }
}

/** Cuts entries into pages. Those of a page follow each other. */
function pagesOf (all: readonly NumberedEntry[]): Page[] {
  const pages: Array<{ readonly first: number, readonly entries: StoredEntry[] }> = []
  let bytes = 0
  for (const [seq, entry] of all) {
    const page = pages.at(-1)
    if (page !== undefined && seq === page.first + page.entries.length && page.entries.length < PAGE_ENTRIES && bytes < PAGE_BYTES) page.entries.push(entry)
    else {
      pages.push({ first: seq, entries: [entry] })
      bytes = 0
    }
    bytes += entry.leaf.length + (entry.payload?.length ?? 0)
  }
  return pages
}

/** Reads and writes the entries of one chat. */
export class RawLog {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #log: LogId

  constructor (kv: KeyValueStore, keys: RecordKeys, log: LogId) {
    this.#kv = kv
    this.#keys = keys
    this.#log = log
  }

  /** The changes that keep entries, which are in the order of their numbers. */
  put (entries: readonly NumberedEntry[]): KeyValueOp[] {
    return pagesOf(entries).map(({ first, entries: page }) => ({ type: 'put', key: this.#key(first + page.length - 1), value: encodePage(page) }))
  }

  /** Those of some entries, which are in the order of their numbers, that are not here yet: what was written before stays in its page. */
  async missing (entries: readonly NumberedEntry[]): Promise<NumberedEntry[]> {
    const [from, to] = [entries[0]?.[0], entries.at(-1)?.[0]]
    if (from === undefined || to === undefined) return []
    const here = new Set<number>()
    for await (const [key, bytes] of this.#kv.iterate({ gte: this.#key(from), lte: this.#key(to + PAGE_ENTRIES - 1) })) {
      const { first, entries: { length } } = decodePage(numberOf(key), bytes)
      for (let i = 0; i < length; i++) here.add(first + i)
    }
    return here.size === 0 ? [...entries] : entries.filter(([seq]) => !here.has(seq))
  }

  /** The changes that drop the words of some numbers, as far as they are here, wherever they lie. In one batch only once. */
  async without (seqs: ReadonlySet<number>): Promise<KeyValueOp[]> {
    const changed = new Map<number, Page>()
    for (const seq of seqs) {
      for await (const [last, page] of this.#around(seq)) {
        const known = changed.get(last) ?? page
        changed.set(last, { first: known.first, entries: known.entries.map((entry, i) => known.first + i === seq ? { ...entry, payload: null } : entry) })
      }
    }
    return [...changed].map(([last, { entries }]) => ({ type: 'put', key: this.#key(last), value: encodePage(entries) }))
  }

  /** The changes that drop all entries above a number. */
  async cutAfter (seq: number): Promise<KeyValueOp[]> {
    const ops: KeyValueOp[] = []
    for await (const [key, bytes] of this.#kv.iterate({ gte: this.#key(seq + 1), lte: this.#key(Number.MAX_SAFE_INTEGER) })) {
      ops.push({ type: 'del', key })
      const { first, entries } = decodePage(numberOf(key), bytes)
      if (first <= seq) ops.push(...this.put(entries.slice(0, seq + 1 - first).map((entry, i) => [first + i, entry])))
    }
    return ops
  }

  /** The entry at a number. */
  async at (seq: number): Promise<StoredEntry | undefined> {
    for await (const [, { first, entries }] of this.#around(seq)) return entries[seq - first]
    return undefined
  }

  /** Consecutive entries after `after` up to `to`: at most what one read reply holds, at least one when it is there. Ends before the first that is missing. */
  async page (after: number, to: number): Promise<StoredEntry[]> {
    const found: StoredEntry[] = []
    const most = Math.min(to - after, LIMITS.readItems)
    let bytes = 0
    if (most <= 0) return found
    for await (const [key, value] of this.#kv.iterate({ gte: this.#key(after + 1), lte: this.#key(after + most + PAGE_ENTRIES - 1) })) {
      const { first, entries } = decodePage(numberOf(key), value)
      const next = after + found.length + 1
      if (first > next) return found
      for (const entry of entries.slice(next - first, next - first + most - found.length)) {
        bytes += entry.leaf.length + (entry.payload?.length ?? 0)
        if (found.length > 0 && bytes > LIMITS.readBytes) return found
        found.push(entry)
      }
      if (found.length === most) return found
    }
    return found
  }

  /** The pages that have a number, by their own: one, unless entries were written that were there already. */
  async * #around (seq: number): AsyncGenerator<[number, Page]> {
    for await (const [key, bytes] of this.#kv.iterate({ gte: this.#key(seq), lte: this.#key(seq + PAGE_ENTRIES - 1) })) {
      const page = decodePage(numberOf(key), bytes)
      if (page.first <= seq) yield [numberOf(key), page]
    }
  }

  #key (seq: number): Uint8Array { return this.#keys.numbered('raw', seq, this.#log) }
}
