/** Pages of one log for those who follow it: read, encoded and signed once, however many there are. */
import { LIMITS, pb, type LogId } from '../../protocol/wire/index.js'
import type { LogEntry } from '../../store/index.js'
import type { LogContext } from './context.js'
import { decodeMeta, type LogMeta } from './meta.js'
import { receiptOf, wireEntry } from './statements.js'

/** Consecutive entries as one push, and the state of the log they were read from. */
export interface FeedPage {
  readonly body: Uint8Array
  readonly entries: readonly LogEntry[]
  /** Number of the last entry in the page. */
  readonly last: number
  readonly meta: LogMeta
  /** Where the log ended when the page was read. */
  readonly seq: number
}

/** Pages kept between two hints: followers who are equally far share them. */
const KEPT_PAGES = 8

/** See the file's head. */
export class Feed {
  readonly #context: LogContext
  readonly #log: LogId
  readonly #pages = new Map<number, Promise<FeedPage | undefined>>()

  constructor (context: LogContext, log: LogId) {
    this.#context = context
    this.#log = log
  }

  /** The log has changed: what was read before is not its end any more. */
  changed (): void { this.#pages.clear() }

  /** The page after a number; undefined at the log's end. Shared with whoever asks for the same one meanwhile. */
  page (after: number): Promise<FeedPage | undefined> {
    const shared = this.#pages.get(after)
    if (shared !== undefined) return shared
    const page = this.read(after, LIMITS.pushEntryBytes)
    if (this.#pages.size >= KEPT_PAGES) this.#pages.clear()
    this.#pages.set(after, page)
    // A failed read is tried again by whoever comes next.
    page.catch(() => { if (this.#pages.get(after) === page) this.#pages.delete(after) })
    return page
  }

  /** Like {@link page}, of at most `maxBytes` of entries (but at least one) and up to entry `through`, for one follower alone. */
  async read (after: number, maxBytes: number, through = Infinity): Promise<FeedPage | undefined> {
    const { store } = this.#context
    const { entries, head } = await store.logs.read(this.#log, after, LIMITS.readItems, maxBytes)
    const kept = entries.filter(entry => entry.seq <= through)
    const last = kept.at(-1)
    if (last === undefined) return undefined
    const receipt = await this.#context.attester.attestOne(receiptOf(this.#log, last))
    const body = pb.EntriesPush.encode({ log: this.#log, entries: kept.map(wireEntry), head: receipt })
    return { body, entries: kept, last: last.seq, meta: decodeMeta(head.meta), seq: head.seq }
  }
}
