/** Level as an engine: synced batches, snapshots, and reopening after the disk refused. */
import { join } from 'node:path'
import type { AbstractIterator, AbstractLevel } from 'abstract-level'
import { ClassicLevel } from 'classic-level'
import { UnavailableError, type PetrelError } from '../../protocol/wire/index.js'
import { changesOf, type Changes } from '../changes.js'
import type { KeyRange, KeyValueOp } from '../contract.js'
import type { Engine, Pair, Scan } from '../engine.js'
import { PROBE_KEY } from '../format.js'
import { openFault, readFault, writeFault } from './faults.js'
import { DATABASE } from './marker.js'
import { freeBytes, probeDisk, requireRoom } from './room.js'

/** A database of bytes. */
export type BytesLevel = AbstractLevel<string | Buffer | Uint8Array, Uint8Array, Uint8Array>
/** classic-level's own; abstract-level's type does not know it. */
interface Compacting { compactRange: (start: Uint8Array, end: Uint8Array) => Promise<void> }
type BytesIterator = AbstractIterator<BytesLevel, Uint8Array, Uint8Array>
/** Makes an unopened database at a path. A parameter, so that tests put faults in between. */
export type MakeLevel = (path: string) => BytesLevel

/** Before every key that the store has. */
const NO_KEY = new Uint8Array(0)

/**
 * A scan asks for so many pairs first, then for this many times as many, and for so many at most. Level sets memory aside
 * for all that is asked for, 64 bytes a pair, and keeps it until the engine collects the iterator: asked for 4,096 at once,
 * a relay that took in 10,000 small files had grown by 150 MB, most of it for scans that found one pair.
 */
const STEP_GROWTH = 16
const MOST_PAIRS = 4096

/**
 * So many keys are read without leaving the thread. What is asked for is nearly always in memory, Level's or the system's, and
 * then takes 6 to 10 µs; the way through the thread pool and back takes 60 to 90 µs of processor and waits for its turn
 * twice (measured; a list of four the same). A page of keys goes there all the same, so that it does not hold up others.
 */
const AT_ONCE = 8

/** classic-level with our sizes. Values are ciphertext mostly, which Snappy cannot shrink. */
export function classicLevelMaker (writeBufferSize = 16 * 1024 * 1024, cacheSize = 32 * 1024 * 1024): MakeLevel {
  return path => new ClassicLevel<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    compression: false,
    cacheSize,
    writeBufferSize,
    // Fewer and larger tables than Level's default: looking for an id that is not there asks one of each level.
    maxFileSize: 8 * 1024 * 1024
  })
}

/** Whether a key can be read without leaving the thread; abstract-level's type does not know it. */
function readsAtOnce ({ supports }: BytesLevel): boolean { return 'getSync' in supports && supports.getSync === true }

/** Level hands out Buffers; callers of the store see plain Uint8Arrays from every driver. */
function plain (bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes
}

/** What a level engine is made of. */
export interface LevelEngineParts {
  /** The store's directory, for the probe. */
  path: string
  /** The database's directory. */
  database: string
  make: MakeLevel
  probe: (path: string) => Promise<void>
  /** Bytes that the disk behind a directory has free; Infinity where nobody knows. */
  free: (path: string) => Promise<number>
  /** Written and synced, to see whether the reopened database takes writes. */
  probeOp: KeyValueOp
}

/** The usual parts for the store at a directory. */
export function levelEngineParts (path: string): LevelEngineParts {
  return {
    path,
    database: join(path, DATABASE),
    make: classicLevelMaker(),
    probe: probeDisk,
    free: freeBytes,
    probeOp: { type: 'del', key: PROBE_KEY }
  }
}

/** One open Level database. */
export class LevelEngine implements Engine {
  readonly #parts: LevelEngineParts
  #db: BytesLevel
  #reopening: Promise<void> | undefined
  /** Why the database could not be opened again; reads cannot be answered until it is. */
  #shut: PetrelError | undefined
  /** Reads that have begun and not ended; none of them rejects. */
  readonly #reads = new Set<Promise<unknown>>()

  private constructor (parts: LevelEngineParts, db: BytesLevel) {
    this.#parts = parts
    this.#db = db
  }

  /** Opens the database. @throws LockedError, CorruptError, UnavailableError */
  static async open (parts: LevelEngineParts, createIfMissing: boolean): Promise<LevelEngine> {
    const db = parts.make(parts.database)
    try {
      await db.open({ createIfMissing })
    } catch (error) {
      throw openFault(parts.path, error)
    }
    return new LevelEngine(parts, db)
  }

  async get (keys: readonly Uint8Array[]): Promise<Array<Uint8Array | undefined>> {
    if (this.#reopening !== undefined) await this.#reopening
    try {
      const values = keys.length <= AT_ONCE && readsAtOnce(this.#db) ? keys.map(key => this.#db.getSync(key)) : await this.#noted(this.#db.getMany([...keys]))
      return values.map(value => value === undefined ? undefined : plain(value))
    } catch (error) {
      throw readFault(error, this.#shut)
    }
  }

  async write (changes: Changes, sync: boolean): Promise<void> {
    try {
      await this.#handOver(changes, sync)
    } catch (error) {
      throw writeFault(error)
    }
  }

  /**
   * Change by change, and in no async function: Level has its own copy of each then, and nothing here holds keys, values and
   * an object for each change while the disk syncs. What lives that long costs more to collect than it did to make.
   */
  #handOver (changes: Changes, sync: boolean): Promise<void> {
    const batch = this.#db.batch()
    changes(batch)
    // `sync` is classic-level's; abstract-level's type does not know it.
    const options: object = { sync }
    return batch.write(options)
  }

  scan (range: KeyRange): Scan {
    if (this.#reopening !== undefined) throw new UnavailableError('the store is reopening: try again')
    let iterator: BytesIterator | undefined
    let step = 1
    const ended = Promise.withResolvers<undefined>()
    const start = (bytes: number): BytesIterator => {
      void this.#noted(ended.promise)
      // The bytes of one step are classic-level's; abstract-level's type does not know them.
      const options: KeyRange & { highWaterMarkBytes: number } = { ...range, highWaterMarkBytes: bytes }
      return this.#db.iterator<Uint8Array, Uint8Array>(options)
    }
    return {
      next: async bytes => {
        try {
          iterator ??= start(bytes)
          step = Math.min(MOST_PAIRS, step * STEP_GROWTH)
          const pairs = await iterator.nextv(step)
          return pairs.map(([key, value]): Pair => [plain(key), plain(value)])
        } catch (error) {
          throw readFault(error, this.#shut)
        }
      },
      close: async () => {
        await iterator?.close()
        ended.resolve(undefined)
      }
    }
  }

  async compact (from: Uint8Array, to: Uint8Array): Promise<void> {
    if (this.#reopening !== undefined) throw new UnavailableError('the store is reopening: try again')
    const db: BytesLevel & Partial<Compacting> = this.#db
    try {
      // It writes out what is in memory first, so the journal that held the old values goes as well.
      await db.compactRange?.(from, to)
    } catch (error) {
      throw readFault(error, this.#shut)
    }
  }

  async settled (): Promise<void> { await Promise.all([...this.#reads]) }

  /** Level looks for files that nothing holds when it writes a table or merges some: here it finds none to merge. */
  async release (): Promise<void> { await this.compact(NO_KEY, NO_KEY) }

  async heal (): Promise<void> {
    // While it stays open it is read: it is closed only when it surely opens again.
    await requireRoom(this.#parts.database, this.#parts.free)
    await this.#parts.probe(this.#parts.path)
    // After a failed write the log file may end in half a record; whatever was written behind it would be lost at recovery.
    this.#reopening = this.#reopen()
    try {
      await this.#reopening
    } finally {
      this.#reopening = undefined
    }
    await this.write(changesOf([this.#parts.probeOp]), true)
  }

  async close (): Promise<void> {
    await this.#db.close()
  }

  /** Notes a read until it has ended. */
  async #noted<T> (read: Promise<T>): Promise<T> {
    const ended = read.then(() => undefined, () => undefined)
    this.#reads.add(ended)
    try {
      return await read
    } finally {
      this.#reads.delete(ended)
    }
  }

  async #reopen (): Promise<void> {
    await this.#db.close()
    const db = this.#parts.make(this.#parts.database)
    try {
      await db.open({ createIfMissing: false })
    } catch (error) {
      this.#shut = openFault(this.#parts.path, error)
      throw this.#shut
    }
    this.#shut = undefined
    this.#db = db
  }
}
