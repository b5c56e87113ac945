/** The one writer of all logs: takes what waits, looks its ids up in one pass, builds one batch, and goes on while that is synced. */
import { CorruptError, RateLimitError, LIMITS, toPetrelError, type PetrelError } from '../../protocol/wire/index.js'
import { throwIfAborted } from '../abort.js'
import type { Abortable, AppendItem, AppendResult, AppendSink, Hint } from '../contract.js'
import type { Core } from '../core/index.js'
import { withdrawable, type Call } from './call.js'
import { decodeEntry, decodeSeq } from './codec.js'
import { Slab } from './slab.js'
import { damagedLog, textOf, type LogState, type LogStates } from './states.js'
import type { Tails } from './tails.js'
import { appendItem, brokenLane, ChangeMemory, countOps, duplicateOf, newTurn, noSuchLog, requireId, sayChanges, type KnownId, type TurnOutput } from './turn.js'

/** Items of one turn: enough to fill a synced write, few enough that the loop breathes. */
const TURN_ITEMS = 1024
/** Turns on their way at once: one being synced, and those that go to the disk together behind it. */
const TURNS_FLYING = 16

interface Waiting {
  readonly item: AppendItem
  readonly call: Call
  readonly index: number
  /** Log and id as map keys. */
  readonly log: string
  readonly id: string
  /** Found by the lookup of its turn. */
  state: LogState | undefined
  known: KnownId | undefined
  error: PetrelError | undefined
}

/** See the file's head. */
export class LogWriter {
  readonly #core: Core
  readonly #states: LogStates
  readonly #tails: Tails<LogState>
  readonly #publish: (hints: readonly Hint[]) => void
  readonly #broken = new WeakSet()
  /** Logs that somebody changes otherwise, and the items that wait for that to end. */
  readonly #held = new Map<string, Waiting[]>()
  readonly #memory = new Slab()
  readonly #changes = new ChangeMemory()
  #queue: Waiting[] = []
  /** The log of the last item. */
  #named: { readonly log: Uint8Array, readonly name: string } = { log: new Uint8Array(), name: '' }
  #running = false
  #looking = false
  /** A turn did not land: what was built on it must be forgotten. */
  #stale = false
  #flying = 0
  #flyingBytes = 0
  #landed: (() => void) | undefined
  /** Turns that became durable while a lookup ran, which may not have seen their ids. */
  #settled: TurnOutput[] = []

  constructor (core: Core, states: LogStates, tails: Tails<LogState>, publish: (hints: readonly Hint[]) => void) {
    this.#core = core
    this.#states = states
    this.#tails = tails
    this.#publish = publish
  }

  /** See LogStore.append. */
  append (items: readonly AppendItem[], options: Abortable = {}): Promise<AppendResult[]> {
    return new Promise((resolve, reject) => {
      throwIfAborted(options.signal)
      this.appendFor(items, { appended: resolve, failed: reject }, options.signal)
    })
  }

  /** See LogStore.appendFor. */
  appendFor (items: readonly AppendItem[], sink: AppendSink, signal?: AbortSignal): void {
    if (items.length === 0) { sink.appended([]); return }
    if (this.#queue.length + items.length > LIMITS.storeQueuedItems) {
      throw new RateLimitError('too many appends wait for the disk: send again later, with the same ids', { details: { retryMs: 100 } })
    }
    for (const item of items) {
      requireId(item.log, 'a log id')
      requireId(item.id, 'an entry id')
    }
    // Of its length from the beginning: an array that grows has room for sixteen more.
    const call: Call = { results: new Array<AppendResult>(items.length), left: items.length, known: 0, over: false, sink }
    const waiting = signal === undefined ? call : withdrawable(call, signal)
    let index = 0
    for (const item of items) {
      // Who sends many names the same log by the same bytes.
      if (item.log !== this.#named.log) this.#named = { log: item.log, name: textOf(item.log) }
      this.#queue.push({ item, call: waiting, index: index++, log: this.#named.name, id: textOf(item.id), state: undefined, known: undefined, error: undefined })
    }
    this.#start()
  }

  /**
   * Holds a log's appends back while `work` changes it. What was built before is durable when `work` begins.
   * One at a time per log: the caller sees to that.
   */
  async hold<T> (name: string, work: () => Promise<T>): Promise<T> {
    this.#held.set(name, [])
    try {
      await this.#core.batch([])
      return await work()
    } finally {
      const waited = this.#held.get(name) ?? []
      this.#held.delete(name)
      this.#queue.unshift(...waited)
      this.#start()
      this.#shrink()
    }
  }

  #start (): void {
    if (this.#running || this.#queue.length === 0) return
    this.#running = true
    // A microtask later, so that all calls of one tick share the first turn.
    queueMicrotask(() => { void this.#run() })
  }

  async #run (): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#flying >= TURNS_FLYING || this.#flyingBytes >= LIMITS.storeGroupBytes) await this.#landing()
      if (this.#stale) await this.#reset()
      const taken = this.#queue.splice(0, TURN_ITEMS)
      try {
        this.#looking = true
        await this.#lookUp(taken)
        if (this.#stale) this.#queue.unshift(...taken)
        else this.#build(taken)
      } catch (error) {
        this.#fail(taken, error)
      } finally {
        this.#looking = false
        for (const turn of this.#settled.splice(0)) this.#states.recents.end(turn.recent)
      }
    }
    this.#running = false
    this.#shrink()
  }

  #shrink (): void { this.#states.shrink(name => this.#held.has(name)) }

  #landing (): Promise<void> { return new Promise(resolve => { this.#landed = resolve }) }

  /** Heads in memory were built on a turn that did not land: once nothing flies, only the disk knows. */
  async #reset (): Promise<void> {
    while (this.#flying > 0) await this.#landing()
    this.#states.clear()
    this.#stale = false
  }

  async #lookUp (taken: Waiting[]): Promise<void> {
    for (const w of taken) {
      w.state = this.#states.cached(w.log)
      w.known = undefined
      w.error = undefined
    }
    const unknown = taken.filter(w => w.state === undefined)
    if (unknown.length > 0) await this.#loadStates(unknown)
    const asked = taken.filter(w => w.state !== undefined && this.#states.recents.find(w.state, w.id) === undefined && this.#states.mustLookUp(w.state, w.item.id))
    if (asked.length === 0) return
    const found = await this.#core.getMany(asked.map(w => (w.state as LogState).keys.id(w.item.id, this.#memory)))
    const duplicates: Array<[Waiting, number]> = []
    asked.forEach((w, i) => {
      const value = found[i]
      if (value !== undefined) duplicates.push([w, decodeSeq(value)])
    })
    if (duplicates.length > 0) await this.#loadFirstRecords(duplicates)
  }

  async #loadStates (unknown: Waiting[]): Promise<void> {
    await Promise.all(unknown.map(async w => {
      try {
        w.state = await this.#states.load(w.item.log, w.log)
      } catch (error) {
        // A damaged log refuses its own appends; the others of the turn go on.
        if (!(error instanceof CorruptError)) throw error
        w.error = error
      }
    }))
  }

  async #loadFirstRecords (duplicates: Array<[Waiting, number]>): Promise<void> {
    const values = await this.#core.getMany(duplicates.map(([w, seq]) => (w.state as LogState).keys.entry(seq)))
    duplicates.forEach(([w, seq], i) => {
      const value = values[i]
      if (value !== undefined) w.known = { seq, entry: decodeEntry(value) }
      else if (w.state !== undefined && seq < w.state.durable.first) w.known = { seq, entry: null }
      else w.error = damagedLog(w.item.log, `entry ${seq}, which an id names, is missing`)
    })
  }

  #build (taken: Waiting[]): void {
    const turn = newTurn(this.#memory)
    const done: Waiting[] = []
    // Items that must wait for another turn, with all behind them on their log.
    const again: Waiting[] = []
    const delayed = new Set<string>()
    const now = this.#core.clock.now()
    let i = 0
    for (const w of taken) {
      if (turn.bytes >= LIMITS.storeGroupBytes || countOps(turn) >= LIMITS.storeGroupOps) {
        again.push(...taken.slice(i))
        break
      }
      i++
      const held = this.#held.get(w.log)
      if (held !== undefined) held.push(w)
      else if (w.call.over) this.#breakLane(w)
      else if (delayed.has(w.log) || (w.error === undefined && this.#states.cached(w.log) !== w.state)) {
        delayed.add(w.log)
        again.push(w)
      } else {
        const result = this.#settle(turn, w, now)
        if (result.status === 'refused' || result.status === 'conflict') this.#breakLane(w)
        w.call.results[w.index] = result
        w.call.known++
        done.push(w)
      }
    }
    if (again.length > 0) this.#queue.unshift(...again)
    if (done.length > 0) this.#write(turn, done)
  }

  #settle (turn: TurnOutput, w: Waiting, now: number): AppendResult {
    if (w.error !== undefined) return { status: 'refused', error: w.error }
    if (w.state === undefined) return { status: 'refused', error: noSuchLog() }
    const { item, state, id } = w
    const recent = turn.recent.find(state, id) ?? this.#states.recents.find(state, id)
    const duplicate = duplicateOf(state, recent, w.known)
    if (duplicate !== undefined) return duplicate
    if (item.lane !== undefined && this.#broken.has(item.lane)) return brokenLane()
    const result = appendItem(turn, state, item, id, now)
    if (result.status === 'appended') this.#states.took(state, item.id)
    return result
  }

  #write (turn: TurnOutput, done: Waiting[]): void {
    this.#states.recents.begin(turn.recent)
    for (const state of turn.touched.keys()) state.flying++
    this.#flying++
    this.#flyingBytes += turn.bytes
    this.#core.batchLater({ count: countOps(turn), bytes: turn.bytes, changes: sink => { begin(done); sayChanges(turn, this.#changes, sink) } }).then(
      () => {
        const hints = this.#land(turn)
        for (const w of done) if (--w.call.left === 0 && !w.call.over) w.call.sink.appended(w.call.results)
        // Who appended is answered before who follows is told.
        if (hints.length > 0) this.#publish(hints)
      },
      (error: unknown) => {
        this.#stale = true
        this.#landTurn(turn)
        this.#states.recents.end(turn.recent)
        this.#fail(done, error)
      }
    )
  }

  #land (turn: TurnOutput): Hint[] {
    this.#landTurn(turn)
    const hints: Hint[] = []
    for (const [state, head] of turn.touched) {
      state.flying--
      state.durable = head
      hints.push({ log: state.log, seq: head.seq })
    }
    for (const { state, seq, value } of turn.added) this.#tails.keep(state, seq, value)
    if (this.#looking) this.#settled.push(turn)
    else this.#states.recents.end(turn.recent)
    return hints
  }

  #landTurn ({ bytes }: TurnOutput): void {
    this.#flying--
    this.#flyingBytes -= bytes
    this.#landed?.()
    this.#landed = undefined
  }

  #fail (failed: Waiting[], error: unknown): void {
    for (const w of failed) {
      this.#breakLane(w)
      if (w.call.over) continue
      w.call.over = true
      w.call.sink.failed(toPetrelError(error))
    }
  }

  #breakLane (w: Waiting): void {
    if (w.item.lane !== undefined) this.#broken.add(w.item.lane)
  }
}

/** Tells the calls whose last items go to the disk now. */
function begin (done: readonly Waiting[]): void {
  let last: Call | undefined
  for (const { call } of done) {
    if (call === last || call.over || call.known < call.results.length) continue
    last = call
    call.sink.writing?.(call.results)
  }
}
