/** Reads blocks from their places, and checks each. */
import { CorruptError, type Cid } from '../../protocol/wire/index.js'
import type { Core } from '../core/index.js'
import { damaged, requireSound } from './checks.js'
import { readSectors, SECTOR_BYTES, SectorMemory, sectorBefore, sectorBehind, type Direct } from './direct.js'
import { isGone } from './faults.js'
import { blockKey, decodePlace, type Place } from './layout.js'
import { Readers } from './readers.js'
import { readAt, unfilled, type BlockMemory } from './segment-file.js'

/** Smaller blocks are read through the system's cache: reading one brings its neighbours too. */
const DIRECT_FROM = 64 * 1024
/** The largest blocks with the rest of the sectors that they begin and end in. */
const PIECE_BYTES = 272 * 1024
/** As many as a process reads at once, for all stores: it has four threads for it. */
const memory = new SectorMemory(PIECE_BYTES, 4)
/** How many places are known that were read lately. */
const LATELY = 4096

/** See the file's head. */
export class BlockReader {
  readonly readers: Readers
  readonly #direct: Direct
  readonly #directReaders: Readers
  readonly #core: Core
  /** Where blocks lie that were read past the system's cache. The next time one is worth its place there. */
  readonly #lately = new Set<string>()

  constructor (core: Core, directory: string, direct: Direct) {
    this.#core = core
    this.#direct = direct
    this.readers = new Readers(directory, () => 0)
    this.#directReaders = new Readers(directory, () => direct.flag)
  }

  /** The block, or undefined when it is not here. @throws CorruptError; the file system's error */
  async read (cid: Cid, memory?: BlockMemory): Promise<Uint8Array | undefined> { return await this.#read(cid, blockKey(cid), memory, undefined) }

  /** Closes a segment's files once what is being read from them was read. */
  async drop (segment: number): Promise<void> { await Promise.all([this.readers.drop(segment), this.#directReaders.drop(segment)]) }

  /** Closes all files. */
  async close (): Promise<void> { await Promise.all([this.readers.close(), this.#directReaders.close()]) }

  /** `before`: where it could not be read a moment ago. */
  async #read (cid: Cid, key: Uint8Array, memory: BlockMemory | undefined, before: Place | undefined): Promise<Uint8Array | undefined> {
    const value = await this.#core.get(key)
    if (value === undefined) return undefined
    const place = decodePlace(value)
    if (before?.segment === place.segment && before.at === place.at) throw damaged(cid)
    try {
      const bytes = await this.#bytesAt(place, memory)
      requireSound(cid, bytes)
      return bytes
    } catch (error) {
      // It was moved to another segment or deleted meanwhile, or the file was closed because many others are open.
      if (isGone(error) || error instanceof CorruptError) return await this.#read(cid, key, memory, place)
      throw error
    }
  }

  async #bytesAt (place: Place, memory: BlockMemory = unfilled): Promise<Uint8Array> {
    const bytes = this.#isForOnce(place) ? await this.#readDirect(place, memory) : undefined
    return bytes ?? await readAt(await this.readers.of(place.segment), place.at, place.length, memory)
  }

  #isForOnce ({ segment, at, length }: Place): boolean {
    if (this.#direct.flag === 0 || length < DIRECT_FROM || length > PIECE_BYTES - 2 * SECTOR_BYTES) return false
    const name = `${segment}:${at}`
    const isAgain = this.#lately.delete(name)
    this.#lately.add(name)
    const [oldest] = this.#lately
    if (this.#lately.size > LATELY && oldest !== undefined) this.#lately.delete(oldest)
    return !isAgain
  }

  /** Undefined when this file system does not give it so. */
  async #readDirect ({ segment, at, length }: Place, into: BlockMemory): Promise<Uint8Array | undefined> {
    const piece = await memory.take()
    if (piece === undefined) return undefined
    try {
      const from = sectorBefore(at)
      const read = await readSectors(await this.#directReaders.of(segment), piece.subarray(0, sectorBehind(at + length) - from), from)
      const bytes = piece.subarray(at - from, Math.max(at - from, Math.min(read, at - from + length)))
      const out = into(length)
      out.set(bytes)
      return bytes.length === length ? out : out.subarray(0, bytes.length)
    } catch (error) {
      if (this.#direct.isRefusal(error)) return undefined
      throw error
    } finally {
      memory.give(piece)
    }
  }
}
