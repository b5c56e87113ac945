/**
 * Keeps the index behind the chats: it reads what has become durable in them, block by block, and what was marked as
 * changed. It never stands in the way of what comes in, and whatever kills the node, it goes on where its records say.
 */
import { cachedBody, type Body } from '../../protocol/message/index.js'
import { AbortedError, LIMITS, sameBytes, toPetrelError } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { NumberedRow, Searched } from '../chats/index.js'
import type { NodeLog } from '../log.js'
import { BlockDraft } from './block.js'
import type { Mark, SearchMarks } from './marks.js'
import { blockOf, decodeFormat, decodeTaken, encodeFormat, encodeTaken, firstOf, placeOf, SEARCH_FORMAT, type SearchKeys, type Taken } from './records.js'
import { subjectOf } from './subject.js'

/** What the index stands on. */
export interface IndexerParts {
  readonly kv: KeyValueStore
  readonly keys: SearchKeys
  readonly marks: SearchMarks
  readonly chats: () => Searched[]
  readonly log: NodeLog
}

// Keys that one batch deletes when the index is made anew.
const DELETED_AT_ONCE = 1024
// Rows whose bodies are read in one go.
const ROWS_AT_ONCE = 32

/** See the file's head. */
export class Indexer {
  readonly #parts: IndexerParts
  readonly #taken = new Map<string, Taken>()
  #isOpen = false
  #isAnew = false
  #isRunning = false
  #stopped = false
  #current: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** Whether something came since the timer was set. */
  #isMore = false

  constructor (parts: IndexerParts) { this.#parts = parts }

  /** Begins to follow the chats. */
  start (): void {
    this.#isRunning = true
    this.soon()
  }

  /** Stops; what is being written is written first. */
  async stop (): Promise<void> {
    this.#stopped = true
    this.#isRunning = false
    clearTimeout(this.#timer)
    await this.#current?.catch(() => undefined)
  }

  /** Something has come, or has changed: it is taken once nothing more comes for a while, so that a run of thousands does not wait for the index, and fills its blocks at once. */
  soon (): void {
    this.#isMore = true
    this.#wait(LIMITS.searchDelayMs, LIMITS.searchMostDelayMs)
  }

  /** Takes what is there now, and returns when it has, or after `mostMs`, or when it cannot: {@link pending} says what is left. @throws AbortedError */
  async ready ({ signal, mostMs }: { signal?: AbortSignal | undefined, mostMs: number }): Promise<void> {
    await this.#until(this.#run().catch(() => undefined), signal, mostMs)
  }

  /** Makes the index anew, and returns the number of its messages. @throws AbortedError: it goes on all the same; what stands in its way */
  async rebuild (signal: AbortSignal | undefined): Promise<number> {
    this.#isAnew = true
    await this.#until(this.#run(), signal)
    return [...this.#taken.values()].reduce((sum, { messages }) => sum + messages, 0)
  }

  /** Entries of chats that the index does not have yet. */
  get pending (): number { return this.#parts.chats().reduce((sum, chat) => sum + Math.max(0, chat.seq - this.#takenOf(chat).seq), 0) }

  /** Goes on after `ms`, and later while more comes, but after `mostMs` in any case. */
  #wait (ms: number, mostMs: number): void {
    if (!this.#isRunning || this.#timer !== undefined) return
    this.#isMore = false
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#isMore && mostMs > ms) this.#wait(ms, mostMs - ms)
      else this.#run().catch(() => undefined)
    }, ms).unref()
  }

  /** One run at a time. @throws what stands in its way: it is tried again by itself */
  async #run (): Promise<void> {
    this.#current ??= this.#catchUp().catch((error: unknown) => {
      this.#current = undefined
      this.#parts.log('warn', 'search.index', { code: toPetrelError(error).code })
      this.#wait(LIMITS.searchRetryMs, 0)
      throw error
    })
    await this.#current
  }

  async #until (work: Promise<void>, signal: AbortSignal | undefined, mostMs?: number): Promise<void> {
    const ended = Promise.withResolvers<undefined>()
    const end = (): void => { ended.resolve(undefined) }
    const timer = mostMs === undefined ? undefined : setTimeout(end, mostMs)
    signal?.addEventListener('abort', end, { once: true })
    try {
      await Promise.race([work, ended.promise])
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      // Whoever does not wait for it any more is not told of its fault.
      work.catch(() => undefined)
    }
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
  }

  async #catchUp (): Promise<void> {
    await this.#open()
    for (;;) {
      if (this.#isAnew) await this.#clear()
      const marks = await this.#parts.marks.first(LIMITS.searchBatchRows)
      await this.#load()
      const behind = this.#parts.chats().find(chat => chat.seq > this.#takenOf(chat).seq)
      if (this.#stopped || (marks.length === 0 && behind === undefined && !this.#isAnew)) {
        // In the same turn as the look: who asks now begins another run.
        this.#current = undefined
        return
      }
      if (marks.length > 0) await this.#takeMarks(marks)
      else if (behind !== undefined) await this.#advance(behind)
    }
  }

  #takenOf ({ id }: Searched): Taken { return this.#taken.get(id) ?? { seq: 0, messages: 0 } }

  /** An index of another format is thrown away. */
  async #open (): Promise<void> {
    const { kv, keys } = this.#parts
    if (this.#isOpen) return
    const format = await kv.get(keys.format)
    if (format === undefined || decodeFormat(format) !== SEARCH_FORMAT) await this.#clear()
    this.#isOpen = true
  }

  /** How far chats were taken that are new to this run. */
  async #load (): Promise<void> {
    const { kv, keys } = this.#parts
    for (const chat of this.#parts.chats()) {
      if (this.#taken.has(chat.id)) continue
      const bytes = await kv.get(keys.taken(chat.log))
      this.#taken.set(chat.id, bytes === undefined ? { seq: 0, messages: 0 } : decodeTaken(bytes))
    }
  }

  /** Deletes the whole index. Its format goes first: whatever happens on the way, it is begun again. */
  async #clear (): Promise<void> {
    const { kv, keys } = this.#parts
    this.#isAnew = false
    await kv.batch([{ type: 'del', key: keys.format }])
    this.#taken.clear()
    let ops: KeyValueOp[] = []
    for await (const [key] of kv.iterate(keys.all)) {
      ops.push({ type: 'del', key })
      if (ops.length < DELETED_AT_ONCE) continue
      await kv.batch(ops)
      ops = []
    }
    await kv.batch([...ops, { type: 'put', key: keys.format, value: encodeFormat(SEARCH_FORMAT) }])
  }

  /** Takes the next rows of a chat, of one block. */
  async #advance (chat: Searched): Promise<void> {
    const { seq } = this.#takenOf(chat)
    const block = blockOf(seq + 1)
    const last = Math.min(chat.seq, firstOf(block + 1) - 1, seq + LIMITS.searchBatchRows)
    const draft = new BlockDraft()
    const again: KeyValueOp[] = []
    let to = seq
    let rows: NumberedRow[] = []
    for await (const some of chat.runs(seq + 1, last)) {
      rows = rows.length === 0 ? [...some] : [...rows, ...some]
      const end = rows.at(-1)?.seq ?? 0
      if (rows.length < ROWS_AT_ONCE && end < last) continue
      again.push(...await this.#putNew(draft, chat, rows))
      to = end
      rows = []
      if (draft.words >= LIMITS.searchBatchWords) break
    }
    again.push(...await this.#putNew(draft, chat, rows))
    // Rows that are not there are passed: what a takeover took back is marked, and comes again.
    await this.#write(chat, block, draft, again, draft.words >= LIMITS.searchBatchWords ? to : last)
  }

  /** Puts in rows as they come in a log: an edit is met behind its message, which is nearly always as it was said. @returns marks for those that were put in before */
  async #putNew (draft: BlockDraft, chat: Searched, rows: readonly NumberedRow[]): Promise<KeyValueOp[]> {
    const edited = new Set(await chat.editedBy(rows.map(({ row }) => row)))
    const here = rows.filter(({ seq }) => edited.has(seq))
    await this.#put(draft, chat, here)
    for (const one of rows) if (!edited.has(one.seq)) putBody(draft, one, one.row.body === null ? null : cachedBody(one.row.body))
    const first = rows[0]?.seq ?? 0
    return [...edited].filter(seq => seq < first).map(seq => this.#parts.marks.put(chat.log, seq))
  }

  /** Takes out what is marked, of one block, and puts in what stands there now. */
  async #takeMarks (marks: readonly Mark[]): Promise<void> {
    const [first] = marks
    if (first === undefined) return
    const chat = this.#parts.chats().find(({ log }) => sameBytes(log, first.log))
    if (chat === undefined) {
      await this.#parts.kv.batch([{ type: 'del', key: first.key }])
      return
    }
    const block = blockOf(first.seq)
    const these = marks.filter(mark => blockOf(mark.seq) === block && sameBytes(mark.log, chat.log))
    const draft = new BlockDraft()
    let { seq } = this.#takenOf(chat)
    const numbers = [...new Set(these.map(mark => mark.seq))]
    for (const at of numbers) draft.take(placeOf(at))
    const taken = numbers.filter(at => at <= seq)
    const rows = await chat.many(taken)
    // What stands there no more, and what comes under its number, is taken again.
    for (const [i, at] of taken.entries()) if (rows[i] === undefined) seq = Math.min(seq, at - 1)
    await this.#put(draft, chat, taken.flatMap((at, i) => rows[i] === undefined ? [] : [{ seq: at, row: rows[i] }]))
    await this.#write(chat, block, draft, these.map(({ key }) => ({ type: 'del', key })), seq)
  }

  async #put (draft: BlockDraft, chat: Searched, rows: readonly NumberedRow[]): Promise<void> {
    const said = rows.filter(({ row }) => row.kind === 'message')
    const bodies = said.length === 0 ? [] : await chat.bodies(said.map(({ row }) => row))
    for (const [i, one] of said.entries()) putBody(draft, one, bodies[i] ?? null)
  }

  /** One batch: what changes in a block, how far the chat is taken, and which marks are worked off, or made. It need not be durable at once: it is all there or done again. */
  async #write (chat: Searched, block: number, draft: BlockDraft, marks: readonly KeyValueOp[], seq: number): Promise<void> {
    const { kv, keys } = this.#parts
    const { ops, gained } = draft.isEmpty ? { ops: [], gained: 0 } : await draft.change(kv, keys, chat.log, block)
    const taken = { seq, messages: Math.max(0, this.#takenOf(chat).messages + gained) }
    await kv.batch([...ops, { type: 'put', key: keys.taken(chat.log), value: encodeTaken(taken) }, ...marks], { soft: true })
    this.#taken.set(chat.id, taken)
  }
}

/** Puts in a message that says something. */
function putBody (draft: BlockDraft, { seq, row: { kind, from, time, at } }: NumberedRow, body: Body | null): void {
  const subject = kind !== 'message' || body === null ? undefined : subjectOf(body)
  if (subject !== undefined && from !== null) draft.put({ place: placeOf(seq), from, time, at, subject })
}
