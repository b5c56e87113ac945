/** Pages of one log for those who follow it: read, encoded and signed once, however many there are. */
import { EntriesPushBytes, LIMITS, type LogId } from '../../protocol/wire/index.js'
import type { LogPage } from '../../store/index.js'
import type { LogContext } from './context.js'
import { attestedEnd, coveredThrough, isCopy } from './ends.js'
import { decodeMeta } from './meta.js'
import { receiptOf } from './statements.js'

/** Consecutive entries as one push, and the state of the log they were read from. */
export interface FeedPage {
  readonly body: Uint8Array
  /** How many entries are in it. */
  readonly count: number
  /** Number of the last entry in the page. */
  readonly last: number
  /** Where the log ended when the page was read. */
  readonly seq: number
}

/** Pages of one log kept between two changes: followers who are equally far share them. */
const KEPT_PAGES = 8

/** The pages of all logs that are kept, by their bytes; the one that was read longest ago gives way. */
export class PageMemory {
  readonly #pages = new Map<FeedPage, () => void>()
  #bytes = 0

  /** Bytes of all pages that are kept. */
  get bytes (): number { return this.#bytes }

  /** Keeps a page; `forget` is called when it must give way. */
  keep (page: FeedPage, forget: () => void): void {
    this.#pages.set(page, forget)
    this.#bytes += page.body.length
    for (const [oldest, forgetOldest] of this.#pages) {
      if (this.#bytes <= LIMITS.feedBytes) break
      this.drop(oldest)
      forgetOldest()
    }
  }

  /** The page is not needed any more. */
  drop (page: FeedPage): void {
    if (this.#pages.delete(page)) this.#bytes -= page.body.length
  }
}

interface Kept { readonly promise: Promise<FeedPage | undefined>, page: FeedPage | undefined }

/** See the file's head. */
export class Feed {
  readonly #context: LogContext
  readonly #log: LogId
  readonly #memory: PageMemory
  readonly #pages = new Map<number, Kept>()

  constructor (context: LogContext, log: LogId, memory: PageMemory) {
    this.#context = context
    this.#log = log
    this.#memory = memory
  }

  /** The log has changed, or nobody follows it any more: what was read before is forgotten. */
  changed (): void {
    // To clear an empty map is to make one.
    if (this.#pages.size === 0) return
    for (const { page } of this.#pages.values()) if (page !== undefined) this.#memory.drop(page)
    this.#pages.clear()
  }

  /**
   * The page after a number, if all of it is in memory and its end was signed with its entries: what was just appended, in nearly
   * all cases. `isShared`: others may ask for it too, so it is kept.
   */
  pageNow (after: number, isShared: boolean): FeedPage | undefined {
    const shared = this.#pages.get(after)
    if (shared !== undefined) return shared.page
    const read = this.#context.store.logs.readNow(this.#log, after, LIMITS.readItems, LIMITS.pushEntryBytes)
    const last = read?.entries.at(-1)
    if (read === undefined || last === undefined || isCopy(decodeMeta(read.head.meta))) return undefined
    const end = this.#context.attester.prepared({ type: 'receipt', log: this.#log, term: read.head.term, seq: last.seq, hash: last.hash })
    if (end === undefined) return undefined
    const page = { count: read.entries.length, last: last.seq, seq: read.head.seq, body: new EntriesPushBytes(this.#log, read.entries).with(end) }
    if (isShared) this.#memory.keep(page, this.#put(after, { promise: Promise.resolve(page), page }))
    return page
  }

  /** The page after a number; undefined at the log's end. Shared with whoever asks for the same one meanwhile, if there may be others. */
  page (after: number, isShared = true): Promise<FeedPage | undefined> {
    const shared = this.#pages.get(after)
    if (shared !== undefined) return shared.promise
    if (!isShared) return this.read(after, LIMITS.pushEntryBytes)
    const kept: Kept = { promise: this.read(after, LIMITS.pushEntryBytes), page: undefined }
    const forget = this.#put(after, kept)
    kept.promise.then(page => {
      if (this.#pages.get(after) !== kept) return
      if (page === undefined) { forget(); return }
      kept.page = page
      this.#memory.keep(page, forget)
    // A failed read is tried again by whoever comes next.
    }, forget)
    return kept.promise
  }

  /** @returns what forgets it */
  #put (after: number, kept: Kept): () => void {
    if (this.#pages.size >= KEPT_PAGES) this.changed()
    this.#pages.set(after, kept)
    return () => { if (this.#pages.get(after) === kept) this.#pages.delete(after) }
  }

  /** Like {@link page}, of at most `maxBytes` of entries (but at least one) and up to entry `through`, for one follower alone. */
  read (after: number, maxBytes: number, through = Infinity): Promise<FeedPage | undefined> {
    const { logs } = this.#context.store
    // At once if it can be, and in no async function: the entries are not kept while the page's end is signed.
    const now = logs.readNow(this.#log, after, LIMITS.readItems, maxBytes)
    return now === undefined ? logs.read(this.#log, after, LIMITS.readItems, maxBytes).then(page => this.#made(page, through)) : this.#made(now, through)
  }

  #made ({ entries, head }: LogPage, through: number): Promise<FeedPage | undefined> {
    const meta = decodeMeta(head.meta)
    const covered = Math.min(through, coveredThrough(meta))
    const kept = entries.filter(entry => entry.seq <= covered)
    const last = kept.at(-1)
    if (last === undefined) return Promise.resolve(undefined)
    const body = new EntriesPushBytes(this.#log, kept)
    const page = { count: kept.length, last: last.seq, seq: head.seq }
    const end = isCopy(meta) ? attestedEnd(this.#context, { log: this.#log }, head) : this.#context.attester.attestOne(receiptOf(this.#log, last, head.term))
    return end.then(attested => ({ ...page, body: body.with(attested) }))
  }
}
