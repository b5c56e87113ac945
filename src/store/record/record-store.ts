/** Records with revisions and expiry: RecordStore upon the core. */
import { BadInputError, ConflictError, CorruptError } from '../../protocol/wire/index.js'
import { orAborted, throwIfAborted } from '../abort.js'
import type { Abortable, Cancel, KeyValueOp, RecordStore, StoredRecord } from '../contract.js'
import type { Core } from '../core/index.js'
import { prefixed, rangeUnder, rangeOf, SPACE } from '../keys.js'
import { Turns } from '../turns.js'
import { setUint, uintAt } from '../uint.js'
import { decodeRecord, encodeRecord, expiryKey, recordKey, splitExpiryKey } from './codec.js'

const REVISION = prefixed(SPACE.system, new TextEncoder().encode('revision'))
/** Revisions are set aside on the disk in blocks, so that none is given twice though soft records may be lost. */
const BLOCK = 1_000_000
const SWEEP_STEP = 1000

type PutOptions = Abortable & { ifRev?: number, ttl?: number, soft?: boolean }

/** See RecordStore. */
export class CoreRecordStore implements RecordStore {
  readonly #core: Core
  readonly #turns = new Turns()
  #next = 1
  #reserved = 0
  #cancelSweep: Cancel = () => undefined

  constructor (core: Core) { this.#core = core }

  /** Reads where revisions stand. Once, before use. */
  async recover (): Promise<void> {
    const stored = await this.#core.get(REVISION)
    if (stored === undefined) return
    if (stored.length !== 8) throw new CorruptError('the store\'s revision counter does not decode: restore from a backup or run doctor')
    this.#next = uintAt(new DataView(stored.buffer, stored.byteOffset), 0) + 1
    this.#reserved = this.#next - 1
  }

  /** Sweeps expired records now and then until the store closes. */
  sweepEvery (ms: number): void {
    this.#cancelSweep = this.#core.clock.after(ms, () => {
      // A disk that refuses is the core's to report; expired records are absent all the same.
      void this.sweep().catch(() => undefined).finally(() => { if (this.#core.state !== 'closed') this.sweepEvery(ms) })
    })
  }

  /** Ends the sweeping. */
  stop (): void { this.#cancelSweep() }

  async get (key: Uint8Array, options: Abortable = {}): Promise<StoredRecord | undefined> {
    throwIfAborted(options.signal)
    return await orAborted(this.#live(key), options.signal)
  }

  async put (key: Uint8Array, value: Uint8Array, options: PutOptions = {}): Promise<number> {
    const { ttl } = options
    if (ttl !== undefined && !(ttl > 0)) throw new BadInputError('a record\'s ttl must be above 0')
    return await this.#inTurn(key, options, async epoch => {
      const old = await this.#current(key, options.ifRev)
      const rev = this.#next++
      const ops = this.#change(key, old)
      const record: StoredRecord = ttl === undefined ? { value, rev } : { value, rev, expires: Math.ceil(this.#core.clock.now() + ttl) }
      ops.push({ type: 'put', key: recordKey(key), value: encodeRecord(record) })
      if (record.expires !== undefined) ops.push({ type: 'put', key: expiryKey(record.expires, key), value: new Uint8Array(0) })
      await this.#write(rev, ops, { soft: options.soft === true, epoch })
      return rev
    })
  }

  async delete (key: Uint8Array, options: Abortable & { ifRev?: number, soft?: boolean } = {}): Promise<boolean> {
    return await this.#inTurn(key, options, async epoch => {
      const old = await this.#current(key, options.ifRev)
      if (old === undefined) return false
      await this.#core.batch([...this.#change(key, old), { type: 'del', key: recordKey(key) }], { soft: options.soft === true, epoch })
      return !this.#expired(old)
    })
  }

  async * list (prefix: Uint8Array, options: Abortable & { after?: Uint8Array, limit?: number } = {}): AsyncGenerator<[Uint8Array, StoredRecord], void, undefined> {
    const { after, limit = Infinity } = options
    const range = rangeUnder(SPACE.records, rangeOf(prefix))
    if (after !== undefined && Buffer.compare(after, prefix) >= 0) {
      delete range.gte
      range.gt = recordKey(after)
    }
    let given = 0
    for await (const pairs of this.#core.scan(range, options)) {
      for (const [key, value] of pairs) {
        if (given >= limit) return
        const record = decodeRecord(value)
        if (this.#expired(record)) continue
        given++
        yield [key.subarray(SPACE.records.length), record]
      }
    }
  }

  async scrub (prefix: Uint8Array, options: Abortable = {}): Promise<void> {
    const { gte, lt } = rangeUnder(SPACE.records, rangeOf(prefix))
    if (gte === undefined || lt === undefined) throw new BadInputError('records are scrubbed by a prefix that not all of them have')
    await this.#core.compact(gte, lt, options)
  }

  async sweep (limit = SWEEP_STEP): Promise<number> {
    const due = []
    const until = expiryKey(Math.floor(this.#core.clock.now()) + 1, new Uint8Array(0))
    for await (const pairs of this.#core.scan({ gte: SPACE.expiry, lt: until, limit })) {
      for (const [key] of pairs) due.push(splitExpiryKey(key))
    }
    let gone = 0
    for (const { expires, key } of due) gone += await this.#inTurn(key, {}, epoch => this.#expire(key, expires, epoch)) ? 1 : 0
    return gone
  }

  async #expire (key: Uint8Array, expires: number, epoch: number): Promise<boolean> {
    const stored = await this.#stored(key)
    const due = stored !== undefined && stored.expires === expires
    const ops: KeyValueOp[] = [{ type: 'del', key: expiryKey(expires, key) }]
    if (due) ops.push({ type: 'del', key: recordKey(key) })
    // Nothing is lost when a crash undoes this: the record is expired all the same.
    await this.#core.batch(ops, { soft: true, epoch })
    return due
  }

  #expired (record: StoredRecord): boolean { return record.expires !== undefined && record.expires <= this.#core.clock.now() }

  async #stored (key: Uint8Array): Promise<StoredRecord | undefined> {
    const bytes = await this.#core.get(recordKey(key))
    return bytes === undefined ? undefined : decodeRecord(bytes)
  }

  async #live (key: Uint8Array): Promise<StoredRecord | undefined> {
    const record = await this.#stored(key)
    return record === undefined || this.#expired(record) ? undefined : record
  }

  /** What is on the disk, expired or not. @throws ConflictError when `ifRev` does not hold */
  async #current (key: Uint8Array, ifRev: number | undefined): Promise<StoredRecord | undefined> {
    const stored = await this.#stored(key)
    const rev = stored === undefined || this.#expired(stored) ? 0 : stored.rev
    if (ifRev !== undefined && ifRev !== rev) {
      throw new ConflictError(rev === 0 ? 'the record is not there (any more)' : `the record has revision ${rev} now: read it again`, { details: { rev } })
    }
    return stored
  }

  #change (key: Uint8Array, old: StoredRecord | undefined): KeyValueOp[] {
    return old?.expires === undefined ? [] : [{ type: 'del', key: expiryKey(old.expires, key) }]
  }

  /** Writes a change with revision `rev`, and sets a new block of revisions aside when it is the first of one. */
  async #write (rev: number, ops: KeyValueOp[], options: { soft: boolean, epoch: number }): Promise<void> {
    if (rev <= this.#reserved) { await this.#core.batch(ops, options); return }
    this.#reserved = rev + BLOCK
    const value = new Uint8Array(8)
    setUint(new DataView(value.buffer), 0, this.#reserved)
    try {
      // The block must be on the disk before a revision of it is seen, even a soft one.
      await this.#core.batch([{ type: 'put', key: REVISION, value }, ...ops], { soft: false, epoch: options.epoch })
    } catch (error) {
      this.#reserved = 0
      throw error
    }
  }

  async #inTurn<T> (key: Uint8Array, options: Abortable, work: (epoch: number) => Promise<T>): Promise<T> {
    return await this.#turns.run(Buffer.from(key).toString('latin1'), options.signal, () => work(this.#core.epoch))
  }
}
