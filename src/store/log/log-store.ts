/** The logs of one store: LogStore upon the core. */
import { BadInputError, ExistsError, NotFoundError, sameBytes, sha256, UnavailableError } from '../../protocol/wire/index.js'
import { orAborted, throwIfAborted } from '../abort.js'
import type { Abortable, AppendItem, AppendResult, AppendSink, EventBus, HeadChange, ListedLog, LogEntry, LogHead, LogPage, LogStore } from '../contract.js'
import type { Core } from '../core/index.js'
import { Turns } from '../turns.js'
import { decodeEntry, decodeHead, decodeSeq, encodeEntry, encodeHead } from './codec.js'
import { headsOf, LogKeys, partsOfKey, SLOTS } from './layout.js'
import { readEntries, recentEntries } from './reader.js'
import { dropEntries, finishRemoval, finishRemovals, markRemoved, removeRecords } from './removal.js'
import { damagedLog, LogStates, textOf, type LogState } from './states.js'
import { checkChange, noSuchLog, requireId } from './turn.js'
import { Tails } from './tails.js'
import { LogWriter } from './writer.js'

function reopened (): UnavailableError { return new UnavailableError('the store reopened meanwhile: nothing was changed, try again') }

type Start = Parameters<LogStore['create']>[1]

/** See LogStore. */
export class CoreLogStore implements LogStore {
  readonly #core: Core
  readonly #states: LogStates
  readonly #writer: LogWriter
  readonly #tails = new Tails<LogState>()
  readonly #turns = new Turns()

  constructor (core: Core, bus: EventBus) {
    this.#core = core
    this.#states = new LogStates(core)
    this.#writer = new LogWriter(core, this.#states, this.#tails, hints => { bus.publish(hints) })
    // A write that failed may be there after a reopening, and may not.
    core.onState(() => { this.#states.clear() })
  }

  /** Ends removals that a crash interrupted. Once, before use. */
  async recover (): Promise<void> { await finishRemovals(this.#core) }

  append (items: readonly AppendItem[], options?: Abortable): Promise<AppendResult[]> { return this.#writer.append(items, options) }

  appendFor (items: readonly AppendItem[], sink: AppendSink): void { this.#writer.appendFor(items, sink) }

  async create (log: Uint8Array, start: Start, options: Abortable = {}): Promise<LogHead> {
    requireId(log, 'a log id')
    checkChange(start)
    const seq = start.seq ?? 0
    const head: LogHead = {
      seq, hash: start.hash, lastCommit: start.lastCommit ?? 0, term: start.term ?? 0, meta: start.meta, first: seq + 1, bytes: 0
    }
    return await this.#exclusive(log, options, async name => {
      const { generation } = this.#states
      const there = await this.#states.load(log, name)
      if (there !== undefined) {
        if (sameBytes(encodeHead(there.durable), encodeHead(head))) return there.durable
        throw new ExistsError('there is a log with this id already, and it is not the same')
      }
      await finishRemoval(this.#core, log)
      await this.#requireNoEntries(log)
      if (this.#states.generation !== generation) throw reopened()
      await this.#core.batch([{ type: 'put', key: new LogKeys(log).head, value: encodeHead(head) }])
      this.#states.isNew(this.#states.put(log, name, head))
      return head
    })
  }

  async read (log: Uint8Array, after: number, limit: number, maxBytes: number, options: Abortable = {}): Promise<LogPage> {
    throwIfAborted(options.signal)
    for (;;) {
      const state = this.#states.cached(textOf(log)) ?? await orAborted(this.#require(log), options.signal)
      const head = state.durable
      const entries = await readEntries(this.#core, this.#tails, state, { after, limit, maxBytes }, options)
      if (entries !== undefined) return { entries, head }
      // A trim or a removal went by while we read: look again. Anything else that is missing is damage.
      const now = await this.#require(log)
      if (now === state && now.durable.first === head.first) throw damagedLog(log, `an entry between ${Math.max(after + 1, head.first)} and ${head.seq} is missing or does not follow the one before`)
    }
  }

  readNow (log: Uint8Array, after: number, limit: number, maxBytes: number): LogPage | undefined {
    const state = this.#states.cached(textOf(log))
    if (state === undefined) return undefined
    const entries = recentEntries(this.#tails, state, { after, limit, maxBytes })
    return entries === undefined ? undefined : { entries, head: state.durable }
  }

  headNow (log: Uint8Array): LogHead | undefined { return this.#states.cached(textOf(log))?.durable }

  async head (log: Uint8Array, options: Abortable = {}): Promise<LogHead> {
    throwIfAborted(options.signal)
    return (this.#states.cached(textOf(log)) ?? await orAborted(this.#require(log), options.signal)).durable
  }

  async find (log: Uint8Array, id: Uint8Array, options: Abortable = {}): Promise<LogEntry | null | undefined> {
    throwIfAborted(options.signal)
    requireId(id, 'an entry id')
    return await orAborted(this.#find(log, id), options.signal)
  }

  async erase (log: Uint8Array, seq: number, allow: (entry: LogEntry, head: LogHead) => HeadChange | undefined, options: Abortable = {}): Promise<LogEntry> {
    return await this.#exclusive(log, options, async () => {
      const state = await this.#require(log)
      const entry = await this.#entry(state, seq)
      if (entry === null) throw new NotFoundError(`entry ${seq} is not in this log`)
      const change = allow(entry, state.durable)
      if (entry.erased && change === undefined) return entry
      const erased: LogEntry = entry.erased ? entry : { ...entry, erased: true, payload: sha256(entry.payload) }
      const bytes = state.durable.bytes - entry.payload.length + erased.payload.length
      await this.#setHead(state, { ...change, bytes }, [{ type: 'put', key: state.keys.entry(seq), value: encodeEntry(erased) }])
      return erased
    })
  }

  async trim (log: Uint8Array, through: number, allow?: (head: LogHead) => HeadChange | undefined, options: Abortable = {}): Promise<LogHead> {
    return await this.#exclusive(log, options, async () => {
      const state = await this.#require(log)
      const { first, seq } = state.durable
      if (!Number.isSafeInteger(through) || through < 0 || through > seq) throw new BadInputError(`cannot trim through ${through}: the log ends at ${seq}`)
      const change = allow?.(state.durable)
      if (through < first && change === undefined) return state.durable
      await dropEntries(this.#core, state, through, freed => this.#setHead(state, {
        ...change, first: Math.max(first, through + 1), bytes: state.durable.bytes - freed
      }))
      return state.durable
    })
  }

  async updateMeta (log: Uint8Array, change: (head: LogHead) => HeadChange | undefined, options: Abortable = {}): Promise<LogHead> {
    return await this.#exclusive(log, options, async () => {
      const state = await this.#require(log)
      const changes = change(state.durable)
      if (changes !== undefined) await this.#setHead(state, changes)
      return state.durable
    })
  }

  async scrub (log: Uint8Array, options: Abortable = {}): Promise<void> {
    const keys = new LogKeys(log)
    // Numbers begin at 1, and end long before that.
    await this.#core.compact(keys.entry(0), keys.entry(Number.MAX_SAFE_INTEGER), options)
  }

  async remove (log: Uint8Array, options: Abortable = {}): Promise<boolean> {
    return await this.#exclusive(log, options, async name => {
      const state = await this.#states.load(log, name)
      if (state === undefined) return await finishRemoval(this.#core, log)
      this.#requireCurrent(state)
      await markRemoved(this.#core, state)
      this.#states.drop(name)
      this.#tails.forget(state)
      await removeRecords(this.#core, log)
      return true
    })
  }

  async * list (options: Abortable = {}): AsyncGenerator<ListedLog, void, undefined> {
    for (let slot = 0; slot < SLOTS; slot++) {
      for await (const pairs of this.#core.scan(headsOf(slot), options)) {
        for (const [key, value] of pairs) yield { log: partsOfKey(key).log, head: decodeHead(value) }
      }
    }
  }

  /** Runs `work` while nothing else changes the log, after what was appended before is durable. */
  async #exclusive<T> (log: Uint8Array, options: Abortable, work: (name: string) => Promise<T>): Promise<T> {
    const name = textOf(log)
    return await this.#turns.run(name, options.signal, () => this.#writer.hold(name, () => work(name)))
  }

  async #require (log: Uint8Array): Promise<LogState> {
    const state = await this.#states.load(log, textOf(log))
    if (state === undefined) throw noSuchLog()
    return state
  }

  /** What was read may be old news once the store has reopened. @throws UnavailableError */
  #requireCurrent (state: LogState): void {
    if (this.#states.cached(textOf(state.log)) !== state) throw reopened()
  }

  async #setHead (state: LogState, change: Partial<LogHead>, ops: Parameters<Core['batch']>[0] = []): Promise<void> {
    checkChange(change)
    this.#requireCurrent(state)
    const head: LogHead = { ...state.durable, ...change }
    await this.#core.batch([...ops, { type: 'put', key: state.keys.head, value: encodeHead(head) }])
    this.#tails.forget(state)
    state.durable = head
    state.working = head
    // All was forgotten while this was written: whoever read the log since may have read what was there before.
    const name = textOf(state.log)
    if (this.#states.cached(name) !== state) this.#states.drop(name)
  }

  async #entry (state: LogState, seq: number): Promise<LogEntry | null> {
    const { first, seq: last } = state.durable
    if (!Number.isSafeInteger(seq) || seq < first || seq > last) return null
    const stored = await this.#core.get(state.keys.entry(seq))
    if (stored !== undefined) return decodeEntry(stored)
    if (seq < state.durable.first) return null
    throw damagedLog(state.log, `entry ${seq} is missing`)
  }

  async #find (log: Uint8Array, id: Uint8Array): Promise<LogEntry | null | undefined> {
    for (;;) {
      const state = await this.#require(log)
      const reference = await this.#core.get(state.keys.id(id))
      if (reference === undefined) return undefined
      try {
        return await this.#entry(state, decodeSeq(reference))
      } catch (error) {
        // A removal went by, and it was no damage: look again.
        if (this.#states.cached(textOf(log)) === state) throw error
      }
    }
  }

  async #requireNoEntries (log: Uint8Array): Promise<void> {
    for await (const pairs of this.#core.scan({ ...new LogKeys(log).entries(0, Number.MAX_SAFE_INTEGER), limit: 1 })) {
      if (pairs.length > 0) throw damagedLog(log, 'its head is missing but entries are there')
    }
  }
}
