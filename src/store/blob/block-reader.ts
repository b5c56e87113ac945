/** Reads blocks from their places, and checks each. */
import { CorruptError, type Cid } from '../../protocol/wire/index.js'
import type { Core } from '../core/index.js'
import { damaged, requireSound } from './checks.js'
import { isGone } from './faults.js'
import { blockKey, decodePlace, type Place } from './layout.js'
import { Readers } from './readers.js'
import { readAt, type BlockMemory } from './segment-file.js'

/** See the file's head. */
export class BlockReader {
  readonly readers: Readers
  readonly #core: Core

  constructor (core: Core, directory: string) {
    this.#core = core
    this.readers = new Readers(directory)
  }

  /** The block, or undefined when it is not here. @throws CorruptError; the file system's error */
  async read (cid: Cid, memory?: BlockMemory): Promise<Uint8Array | undefined> { return await this.#read(cid, blockKey(cid), memory, undefined) }

  /** `before`: where it could not be read a moment ago. */
  async #read (cid: Cid, key: Uint8Array, memory: BlockMemory | undefined, before: Place | undefined): Promise<Uint8Array | undefined> {
    const value = await this.#core.get(key)
    if (value === undefined) return undefined
    const place = decodePlace(value)
    if (before?.segment === place.segment && before.at === place.at) throw damaged(cid)
    try {
      const bytes = await readAt(await this.readers.of(place.segment), place.at, place.length, memory)
      requireSound(cid, bytes)
      return bytes
    } catch (error) {
      // It was moved to another segment or deleted meanwhile, or the file was closed because many others are open.
      if (isGone(error) || error instanceof CorruptError) return await this.#read(cid, key, memory, place)
      throw error
    }
  }
}
