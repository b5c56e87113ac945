/** One open engine with its state: checked values, group commit, and the way back from a disk that refused. */
import { CorruptError, InternalError, LIMITS, PetrelError, ReadOnlyError, TooLargeError, UnavailableError } from '../../protocol/wire/index.js'
import { orAborted, throwIfAborted } from '../abort.js'
import { changesOf, type ChangeSink } from '../changes.js'
import type { Abortable, Cancel, Clock, KeyRange, KeyValueOp, StoreState } from '../contract.js'
import type { Engine, Pair } from '../engine.js'
import { CommitQueue } from './commit-queue.js'
import type { Envelope } from './envelope.js'

/** Takes changes. `hasRoom`: the CHECK_BYTES before the value in its memory may be written to, so that it need not be copied once more. */
export interface CoreSink {
  put: (key: Uint8Array, value: Uint8Array, hasRoom?: boolean) => void
  del: (key: Uint8Array) => void
}

/** Changes that are made when they go to the disk: while they wait, there is less of them to collect. */
export interface LaterOps {
  readonly count: number
  /** Bytes of keys and values, about. */
  readonly bytes: number
  /** Called once, at most. Every key and value is within its limit. */
  readonly changes: (sink: CoreSink) => void
}

type StateHandler = (state: StoreState, reason?: PetrelError) => void

/** What a core is made of. */
export interface CoreParts {
  engine: Engine
  envelope: Envelope
  clock: Clock
  /** How often a store that refuses writes is tried again. */
  probeMs: number
}

/** Bytes one step of a scan reads when the caller does not say. */
const SCAN_BYTES = 64 * 1024

/** The key, if it is not too long. @throws TooLargeError */
function within (key: Uint8Array): Uint8Array {
  if (key.length > LIMITS.storeKeyBytes) throw new TooLargeError(`a key of ${key.length} bytes is over the limit of ${LIMITS.storeKeyBytes}`)
  return key
}

function closedError (): UnavailableError { return new UnavailableError('the store is closed') }

function asPetrel (error: unknown): PetrelError {
  return error instanceof PetrelError ? error : new InternalError('the store failed in a way it does not know', { cause: error })
}

/** The checked map that logs, records and key-values share. Keys are full keys, as on the disk. */
export class Core {
  readonly clock: Clock
  readonly #engine: Engine
  readonly #envelope: Envelope
  readonly #probeMs: number
  readonly #queue: CommitQueue
  readonly #handlers = new Set<StateHandler>()
  #state: StoreState = 'open'
  #epoch = 0
  #reason: PetrelError | undefined
  #cancelProbe: Cancel = () => undefined
  #healing: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor (parts: CoreParts) {
    this.clock = parts.clock
    this.#engine = parts.engine
    this.#envelope = parts.envelope
    this.#probeMs = parts.probeMs
    this.#queue = new CommitQueue({
      write: (changes, sync) => this.#engine.write(changes, sync),
      failed: error => this.#failed(asPetrel(error))
    })
  }

  get state (): StoreState { return this.#state }
  get reason (): PetrelError | undefined { return this.#reason }

  onState (handler: StateHandler): Cancel {
    this.#handlers.add(handler)
    return () => { this.#handlers.delete(handler) }
  }

  /** The values, in the keys' order. */
  async getMany (keys: readonly Uint8Array[]): Promise<Array<Uint8Array | undefined>> {
    if (this.#state === 'closed') throw closedError()
    const stored = await this.#engine.get(keys)
    return stored.map((value, i) => {
      const key = keys[i]
      return value === undefined || key === undefined ? undefined : this.#envelope.unwrap(key, value)
    })
  }

  /** The value, or undefined. */
  async get (key: Uint8Array): Promise<Uint8Array | undefined> { return (await this.getMany([key]))[0] }

  /** Grows with every change of state. What was read in an earlier epoch may be old news: see `batch`. */
  get epoch (): number { return this.#epoch }

  /**
   * All or none, durable when it resolves (unless `soft`), in the order of the calls. With `epoch`, only while that
   * is still the present one: what the change was decided upon still holds.
   */
  batch (ops: readonly KeyValueOp[], options: Abortable & { soft?: boolean, epoch?: number } = {}): Promise<void> {
    try {
      if (this.#closing !== undefined) throw closedError()
      throwIfAborted(options.signal)
      if (this.#state !== 'open') {
        // A barrier writes nothing, so a disk that refuses does not matter to it.
        if (ops.length > 0) throw this.#refusal(false)
        if (this.#queue.quiet) return Promise.resolve()
      }
      if (options.epoch !== undefined && options.epoch !== this.#epoch) {
        throw new UnavailableError('the store reopened meanwhile: nothing was changed, try again')
      }
      let bytes = 0
      const wrapped = ops.map(op => {
        const out = this.#wrap(op)
        bytes += out.key.length + (out.type === 'put' ? out.value.length : 0)
        return out
      })
      if (bytes > LIMITS.storeBatchBytes) throw new TooLargeError(`a batch of ${bytes} bytes is over the limit of ${LIMITS.storeBatchBytes}`)
      return this.#queue.add({ count: wrapped.length, bytes, changes: changesOf(wrapped) }, options.soft === true, options.signal)
    } catch (error) {
      return Promise.reject(asPetrel(error))
    }
  }

  /** Like `batch`, of changes that are not made yet. */
  batchLater (ops: LaterOps): Promise<void> {
    if (ops.count === 0) return this.batch([])
    if (this.#closing !== undefined) return Promise.reject(closedError())
    if (this.#state !== 'open') return Promise.reject(this.#refusal(false))
    return this.#queue.add({ count: ops.count, bytes: ops.bytes, changes: sink => { ops.changes(this.#wrapping(sink)) } }, false)
  }

  /** The range's pairs in steps of about `bytes`, as it was at the first step. */
  async * scan (range: KeyRange, options: Abortable & { bytes?: number } = {}): AsyncGenerator<Pair[], void, undefined> {
    for await (const pairs of this.rawScan(range, options)) {
      yield pairs.map(([key, value]): Pair => [key, this.#envelope.unwrap(key, value)])
    }
  }

  /** Like `scan`, but a record that is damaged comes as its error, and the walk goes on: for a doctor. */
  async * survey (range: KeyRange, options: Abortable = {}): AsyncGenerator<[key: Uint8Array, value: Uint8Array | CorruptError], void, undefined> {
    for await (const pairs of this.rawScan(range, options)) {
      for (const [key, stored] of pairs) yield [key, this.#unwrapOrError(key, stored)]
    }
  }

  /** The range's pairs as they lie on the disk, sealed or with their checksum: for copies. */
  async * rawScan (range: KeyRange, options: Abortable & { bytes?: number } = {}): AsyncGenerator<Pair[], void, undefined> {
    if (this.#state === 'closed') throw closedError()
    throwIfAborted(options.signal)
    const scan = this.#engine.scan(range)
    try {
      for (;;) {
        const pairs = await orAborted(scan.next(options.bytes ?? SCAN_BYTES), options.signal)
        if (pairs.length === 0) return
        yield pairs
      }
    } finally {
      await scan.close()
    }
  }

  /**
   * Takes what was overwritten or deleted between two keys off the disk, after what was accepted is written. Neither
   * of the two may be a record's.
   *
   * @throws UnavailableError when a read takes so long that the bytes may be there still
   */
  async compact (from: Uint8Array, to: Uint8Array, options: Abortable = {}): Promise<void> {
    // A walk keeps what it may still come to, as it was when it began: merged meanwhile, it would stay.
    await this.#readsEnd(options)
    // Level merges a table only into those below it. What was written and overwritten before it first reached a table
    // lies in one: so the second time there is another above it, which spans the range and holds nothing.
    for (let times = 0; times < 2; times++) {
      await this.batch([{ type: 'del', key: from }, { type: 'del', key: to }], options)
      if (this.#state === 'closed') throw closedError()
      await orAborted(this.#engine.compact(from, to), options.signal)
    }
    // One that began since holds the files themselves.
    await this.#readsEnd(options)
    await orAborted(this.#engine.release(), options.signal)
  }

  /** Waits for the reads that have begun by now. @throws UnavailableError when one takes too long */
  async #readsEnd ({ signal }: Abortable): Promise<void> {
    const tooLong = Promise.withResolvers<never>()
    const cancel = this.clock.after(LIMITS.storeReadsMs, () => { tooLong.reject(new UnavailableError('something that began before still reads what is to be taken off the disk: try again later')) })
    try {
      await orAborted(Promise.race([this.#engine.settled(), tooLong.promise]), signal)
    } finally {
      cancel()
    }
  }

  /**
   * The disk refused a write beside the engine: nothing more is written until it takes one again. Returns the errors for
   * what was under way and for what waited behind it.
   */
  refuse (reason: PetrelError): { inFlight: Error, behind: Error } { return this.#failed(reason) }

  /** Writes what was accepted, then closes. */
  close (): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #unwrapOrError (key: Uint8Array, stored: Uint8Array): Uint8Array | CorruptError {
    try {
      return this.#envelope.unwrap(key, stored)
    } catch (error) {
      if (error instanceof CorruptError) return error
      throw error
    }
  }

  #wrap (op: KeyValueOp): KeyValueOp {
    return op.type === 'del' ? { type: 'del', key: within(op.key) } : { type: 'put', key: op.key, value: this.#wrapped(op.key, op.value) }
  }

  #wrapping (sink: ChangeSink): CoreSink {
    return {
      put: (key, value, hasRoom) => { sink.put(key, this.#wrapped(key, value, hasRoom)) },
      del: key => { sink.del(within(key)) }
    }
  }

  #wrapped (key: Uint8Array, value: Uint8Array, hasRoom?: boolean): Uint8Array {
    if (value.length > LIMITS.storeValueBytes) throw new TooLargeError(`a value of ${value.length} bytes is over the limit of ${LIMITS.storeValueBytes}`)
    return this.#envelope.wrap(within(key), value, hasRoom)
  }

  async #close (): Promise<void> {
    this.#cancelProbe()
    await this.#queue.drained()
    await this.#healing
    this.#cancelProbe()
    this.#set('closed')
    this.#handlers.clear()
    await this.#engine.close()
  }

  #failed (reason: PetrelError): { inFlight: Error, behind: Error } {
    this.#set('read-only', reason)
    // Damage does not go away by waiting; a full or failing disk may.
    if (!(reason instanceof CorruptError)) this.#scheduleProbe()
    return { inFlight: this.#refusal(true), behind: this.#refusal(false) }
  }

  #refusal (unknown: boolean): PetrelError {
    const why = this.#reason?.message ?? 'the disk refused a write'
    const what = unknown ? 'it is unknown whether this write is there, retry it later' : 'this write was not made'
    const next = this.#reason instanceof CorruptError ? 'stop, and restore from a backup or run doctor' : 'writing resumes by itself when the disk takes it'
    return new ReadOnlyError(`the store is read-only: ${why}; ${what}; ${next}`, { cause: this.#reason, details: { unknown } })
  }

  #set (state: StoreState, reason?: PetrelError): void {
    this.#state = state
    this.#reason = reason
    this.#epoch++
    for (const handler of [...this.#handlers]) handler(state, reason)
  }

  #scheduleProbe (): void {
    this.#cancelProbe()
    if (this.#closing !== undefined) return
    this.#cancelProbe = this.clock.after(this.#probeMs, () => { this.#healing = this.#heal() })
  }

  async #heal (): Promise<void> {
    try {
      await this.#engine.heal()
      this.#set('open')
    } catch (error) {
      // It may know better by now what is missing.
      if (error instanceof ReadOnlyError) this.#reason = error
      this.#scheduleProbe()
    }
  }
}
