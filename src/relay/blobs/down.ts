/** Blocks the operator took down: none is given out or taken again, in whatever blob. */
import { decodeCbor, encodeCbor, LIMITS, shape, CID_LENGTH, type Cid } from '../../protocol/wire/index.js'
import type { KeyValueStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { blobKey, lastCid, under } from './keys.js'

/** A blob that is down. Time in ms. */
export interface BlobDown { readonly root: Cid, readonly reason: string, readonly time: number }

const downShape = shape.tuple(shape.literal(1), shape.bytes(CID_LENGTH), shape.uint(), shape.text(LIMITS.nameBytes))
/** Blocks noted in one write. */
const AT_ONCE = 1024

/** See the file's head. */
export class Down {
  readonly #kv: KeyValueStore
  readonly #names = new Set<string>()

  constructor (kv: KeyValueStore) { this.#kv = kv }

  /** Reads which are down. Once, before use. */
  async recover (): Promise<void> {
    for await (const [key] of this.#kv.iterate(under(blobKey('down')))) this.#names.add(mapKey(lastCid(key)))
  }

  /** Whether a block is down. */
  isDown (cid: Cid): boolean { return this.#names.size > 0 && this.#names.has(mapKey(cid)) }

  /** Takes down a blob's blocks, the root among them. */
  async add (root: Cid, blocks: readonly Cid[], reason: string, time: number): Promise<void> {
    const value = encodeCbor([1, root, time, reason])
    for (const cid of blocks) this.#names.add(mapKey(cid))
    for (let at = 0; at < blocks.length; at += AT_ONCE) {
      await this.#kv.batch(blocks.slice(at, at + AT_ONCE).map(cid => ({ type: 'put', key: blobKey('down', cid), value })))
    }
  }

  /** Lifts it of all blocks of a blob. True when it was down. */
  async lift (root: Cid): Promise<boolean> {
    const blocks: Cid[] = []
    for await (const [key, value] of this.#kv.iterate(under(blobKey('down')))) if (Buffer.compare(decodeDown(value).root, root) === 0) blocks.push(lastCid(key))
    for (let at = 0; at < blocks.length; at += AT_ONCE) await this.#kv.batch(blocks.slice(at, at + AT_ONCE).map(cid => ({ type: 'del', key: blobKey('down', cid) })))
    for (const cid of blocks) this.#names.delete(mapKey(cid))
    return blocks.length > 0
  }

  /** Blobs that are down. */
  async list (): Promise<BlobDown[]> {
    const all: BlobDown[] = []
    for await (const [key, value] of this.#kv.iterate(under(blobKey('down')))) {
      const down = decodeDown(value)
      if (Buffer.compare(down.root, lastCid(key)) === 0) all.push(down)
    }
    return all
  }
}

function decodeDown (value: Uint8Array): BlobDown {
  const [, root, time, reason] = downShape(decodeCbor(value, 1024), 'takedown of a blob')
  return { root, time, reason }
}
