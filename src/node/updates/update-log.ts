/**
 * The durable, numbered log of what happened, which named consumers read at their own pace. An update is
 * written in the same batch as the change it tells of, so neither is there without the other.
 */
import type { ChatMessage, Update, UpdateEvent } from '../../protocol/api/index.js'
import { AbortedError, BadInputError, decodeCbor, encodeCbor, LIMITS, shape, TooLargeError, UnavailableError } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { nameBytes, numberOf, type RecordKeys } from '../records/index.js'
import { Serial } from '../serial.js'
import { decodePage, encodePage, pagesOf } from './page.js'
import { RecentUpdates, type KeptUpdate } from './recent.js'
import { revivedMessage } from './revived-message.js'
import type { Said, TellSaid } from './said.js'
import { withoutPictures } from './without-pictures.js'

const SEQUENCE = nameBytes('updates')
const cursorShape = shape.struct({ n: shape.uint() })

// The event is JSON inside: it is the API's own shape, which grows without this log having to know.
function textOf (event: UpdateEvent): string {
  const text = JSON.stringify(event.type === 'message' || event.type === 'messageChanged' ? { ...event, message: withoutPictures(event.message) } : event)
  const bytes = Buffer.byteLength(text)
  if (bytes > LIMITS.updateBytes) throw new TooLargeError(`an update of ${bytes} bytes is over the limit of ${LIMITS.updateBytes}`)
  return text
}

function keptOf (event: UpdateEvent | Said): Omit<KeptUpdate, 'n' | 'at'> {
  if (event.type !== 'said') return { text: textOf(event) }
  const { news, ...said } = event
  return news === undefined ? { said } : { said, text: textOf(news) }
}

/** Messages that follow each other in a page, from a place on, and have to be looked for. */
function saidFrom (page: readonly KeptUpdate[], from: number): Array<{ readonly n: number, readonly at: Date, readonly said: Said }> {
  const some = []
  for (const { n, at, said, text } of page.slice(from, from + TOLD_AT_ONCE)) {
    if (said === undefined || text !== undefined) break
    some.push({ n, at: new Date(at), said })
  }
  return some
}

function eventOf ({ change }: Said, message: ChatMessage): UpdateEvent {
  const told = withoutPictures(message)
  return change === undefined ? { type: 'message', message: told } : { type: 'messageChanged', message: told, change }
}

function lastOf (page: readonly KeptUpdate[]): number { return page.at(-1)?.n ?? 0 }

// Messages that are read in one go.
const TOLD_AT_ONCE = 32
const SAYS_NOTHING: TellSaid = async said => await Promise.resolve(said.map(() => undefined))

/** The dates, which are text in JSON, as dates. */
function revive (event: UpdateEvent): UpdateEvent {
  if (event.type === 'gap') return { ...event, gap: { ...event.gap, since: new Date(event.gap.since) } }
  if (event.type !== 'message' && event.type !== 'messageChanged') return event
  return { ...event, message: revivedMessage(event.message) }
}

function requireLive (signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  // Why it ends is the reader's business, unless it is the node that ends.
  throw signal.reason instanceof UnavailableError ? signal.reason : new AbortedError('reading the updates was ended', { cause: signal.reason })
}

/** The update log of one node. */
export class UpdateLog {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #now: () => number
  readonly #waiters = new Set<() => void>()
  /** Last numbers of the batches that are on their way. */
  readonly #writing = new Set<number>()
  /** The highest number that a failed write may have left on the disk after all. */
  #ghost = 0
  readonly #acknowledging = new Serial()
  readonly #recent = new RecentUpdates()
  #next: number
  #durable: number
  #first: number
  #tell: TellSaid = SAYS_NOTHING

  private constructor (kv: KeyValueStore, keys: RecordKeys, now: () => number, first: number, last: number) {
    this.#kv = kv
    this.#keys = keys
    this.#now = now
    this.#first = first
    this.#next = last + 1
    this.#durable = last
  }

  /** Opens the log and finds its ends. */
  static async open (kv: KeyValueStore, keys: RecordKeys, now: () => number): Promise<UpdateLog> {
    const range = { gte: keys.numbered('update', 0, SEQUENCE), lte: keys.numbered('update', Number.MAX_SAFE_INTEGER, SEQUENCE), limit: 1 }
    let first = 1
    let last = 0
    for await (const [key, bytes] of kv.iterate(range)) first = decodePage(numberOf(key), bytes)[0]?.n ?? first
    for await (const [key] of kv.iterate({ ...range, reverse: true })) last = numberOf(key)
    return new UpdateLog(kv, keys, now, first, last)
  }

  /** Who reads news of messages is told them by this. */
  tellBy (tell: TellSaid): void { this.#tell = tell }

  /** The last durable number, 0 when there is none. */
  get last (): number { return this.#durable }

  /**
   * Numbers events and writes them together with `ops`, durably. The numbers are given in the order of the
   * calls; the store makes batches take effect in that order, and when it fails one all behind it fail.
   *
   * @throws TooLargeError for an event that could not be read again; whatever the store throws, and then the numbers
   * are given again
   */
  async write (ops: readonly KeyValueOp[], events: ReadonlyArray<UpdateEvent | Said>): Promise<void> {
    const from = this.#next
    const at = this.#now()
    const kept = events.map((event, i): KeptUpdate => ({ n: from + i, at, ...keptOf(event) }))
    const pages = pagesOf(kept)
    const puts = pages.map((page): KeyValueOp => ({ type: 'put', key: this.#keys.numbered('update', lastOf(page), SEQUENCE), value: encodePage(page) }))
    const end = from + events.length - 1
    this.#next = end + 1
    if (events.length > 0) this.#writing.add(end)
    const first = this.#first
    try {
      await this.#kv.batch([...ops, ...puts, ...this.#lay(from, new Set(pages.map(lastOf))), ...this.#trim()])
    } catch (error) {
      if (events.length > 0) {
        this.#writing.delete(end)
        this.#ghost = Math.max(this.#ghost, end)
      }
      // Numbers behind what may still become durable are free again; another's number is never given twice.
      this.#next = Math.max(this.#durable, ...this.#writing) + 1
      this.#first = Math.min(this.#first, first)
      throw error
    }
    if (end >= this.#durable) this.#ghost = 0
    if (events.length === 0) return
    this.#writing.delete(end)
    this.#durable = Math.max(this.#durable, end)
    // What was told of a message before is told by what is left of it.
    if (events.some(({ type }) => type === 'messageDeleted')) this.#recent.clear()
    for (const one of kept) this.#recent.add(one)
    for (const wake of [...this.#waiters]) wake()
  }

  /** What a failed write may have left behind goes, but for what is written over, so that a restart does not take it for told. */
  #lay (from: number, written: ReadonlySet<number>): KeyValueOp[] {
    const ops: KeyValueOp[] = []
    for (let n = from; n <= this.#ghost; n++) if (!written.has(n)) ops.push({ type: 'del', key: this.#keys.numbered('update', n, SEQUENCE) })
    return ops
  }

  /** Old updates go when the log is over its bound, a thousand at a time: whoever was away that long reads the chats. */
  #trim (): KeyValueOp[] {
    const ops: KeyValueOp[] = []
    while (this.#durable - this.#first >= LIMITS.updatesKept && ops.length < 1000) ops.push({ type: 'del', key: this.#keys.numbered('update', this.#first++, SEQUENCE) })
    return ops
  }

  /**
   * Updates after `after`, in order; ends at the last one, or goes on with `follow` until aborted. Memory holds one page.
   * `isWanted`: by an event's JSON, whether the reader wants it read at all; then it is told of {@link Said} only those that have files.
   */
  async * read (after: number, options: { follow?: boolean, signal?: AbortSignal, isWanted?: (json: string) => boolean } = {}): AsyncGenerator<Update> {
    let position = after
    for (;;) {
      requireLive(options.signal)
      for await (const page of this.#pages(position)) {
        for await (const update of this.#updatesOf(page, options.isWanted)) {
          requireLive(options.signal)
          yield update
        }
        position = lastOf(page)
      }
      if (position < this.#durable) continue
      if (options.follow !== true) return
      await this.#grown(position, options.signal)
    }
  }

  /** Each reader gets its own; not those whose message is nowhere any more. */
  async * #updatesOf (page: readonly KeptUpdate[], isWanted?: (json: string) => boolean): AsyncGenerator<Update> {
    for (let i = 0; i < page.length;) {
      const kept = page[i]
      if (kept?.text !== undefined) {
        if (isWanted?.(kept.text) !== false) yield { n: kept.n, at: new Date(kept.at), event: revive(JSON.parse(kept.text) as UpdateEvent) }
        i++
        continue
      }
      const some = saidFrom(page, i)
      i += some.length
      const wanted = isWanted === undefined ? some : some.filter(({ said }) => said.hasFiles)
      const messages = wanted.length === 0 ? [] : await this.#tell(wanted.map(({ said }) => said))
      for (const [i, { n, at, said }] of wanted.entries()) {
        const message = messages[i]
        if (message !== undefined) yield { n, at, event: eventOf(said, message) }
      }
    }
  }

  async * #pages (after: number): AsyncGenerator<readonly KeptUpdate[]> {
    if (after >= this.#durable) return
    const recent = this.#recent.between(after, this.#durable)
    if (recent.length > 0) {
      yield recent
      return
    }
    const range = { gt: this.#keys.numbered('update', after, SEQUENCE), lte: this.#keys.numbered('update', this.#durable, SEQUENCE), limit: 256 }
    for await (const [key, bytes] of this.#kv.iterate(range)) {
      yield decodePage(numberOf(key), bytes).filter(({ n }) => n > after)
    }
  }

  async #grown (position: number, signal?: AbortSignal): Promise<void> {
    requireLive(signal)
    if (this.#durable > position) return
    await new Promise<void>(resolve => {
      const settle = (): void => {
        this.#waiters.delete(settle)
        signal?.removeEventListener('abort', settle)
        resolve()
      }
      this.#waiters.add(settle)
      signal?.addEventListener('abort', settle, { once: true })
    })
    requireLive(signal)
  }

  /** A consumer's durable cursor, 0 for a new one. @throws BadInputError for a bad name */
  async cursor (consumer: string): Promise<number> {
    const bytes = await this.#kv.get(this.#consumerKey(consumer))
    return bytes === undefined ? 0 : cursorShape(decodeCbor(bytes, 64), 'cursor').n
  }

  /** Moves a consumer's cursor forward; never back. @throws BadInputError beyond the last update or for a bad name */
  async acknowledge (consumer: string, n: number): Promise<void> {
    if (!Number.isSafeInteger(n) || n < 0 || n > this.#durable) throw new BadInputError(`there is no update ${n} yet: the last one is ${this.#durable}`)
    const key = this.#consumerKey(consumer)
    // One at a time: of two at once the lower could be written last.
    await this.#acknowledging.run(async () => {
      if (n > await this.cursor(consumer)) await this.#kv.batch([{ type: 'put', key, value: encodeCbor({ n }) }])
    })
  }

  #consumerKey (consumer: string): Uint8Array {
    if (consumer === '' || Buffer.byteLength(consumer) > LIMITS.nameBytes) throw new BadInputError(`a consumer's name has 1 to ${LIMITS.nameBytes} bytes`)
    return this.#keys.one('consumer', nameBytes(consumer))
  }
}
