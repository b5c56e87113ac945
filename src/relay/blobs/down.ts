/** Blocks the operator took down: none is given out or taken again, in whatever blob. */
import { decodeCbor, encodeCbor, LIMITS, shape, CID_LENGTH, type Cid } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { blobKey, lastCid, under } from './keys.js'

/** A blob that is down. Time in ms. */
export interface BlobDown { readonly root: Cid, readonly reason: string, readonly time: number }

/** 1: the block is down; 2: it is only the root of a blob that is down, and others have it too. */
const downShape = shape.tuple(shape.uint(2, 1), shape.bytes(CID_LENGTH), shape.uint(), shape.text(LIMITS.nameBytes))
/** Blocks noted in one write. */
const AT_ONCE = 1024

/** See the file's head. A block may be down with several blobs, and is until all of them are lifted. */
export class Down {
  readonly #kv: KeyValueStore
  /** With how many blobs each block is down. */
  readonly #names = new Map<string, number>()
  /** Blobs that are down, by their roots. */
  readonly #roots = new Set<string>()

  constructor (kv: KeyValueStore) { this.#kv = kv }

  /** Reads which are down. Once, before use. */
  async recover (): Promise<void> {
    const old: KeyValueOp[] = []
    for await (const [key, value] of this.#kv.iterate(under(blobKey('down')))) {
      const { root, isBlock } = decodeDown(value)
      this.#roots.add(mapKey(root))
      if (isBlock) this.#count(lastCid(key), 1)
      if (Buffer.compare(key, blobKey('down', lastCid(key))) === 0) old.push({ type: 'del', key }, { type: 'put', key: blobKey('down', root, lastCid(key)), value })
    }
    for (let at = 0; at < old.length; at += AT_ONCE) await this.#kv.batch(old.slice(at, at + AT_ONCE))
  }

  /** Whether a block is down. */
  isDown (cid: Cid): boolean { return this.#names.size > 0 && this.#names.has(mapKey(cid)) }

  /** Whether a blob is down, or its root with another one. */
  isRootDown (root: Cid): boolean { return this.#roots.has(mapKey(root)) || this.isDown(root) }

  /** Takes down a blob, and blocks with it. Those that are down with it already stay so. */
  async add (root: Cid, blocks: readonly Cid[], reason: string, time: number): Promise<void> {
    const value = encodeCbor([1, root, time, reason])
    this.#roots.add(mapKey(root))
    await this.#kv.batch([{ type: 'put', key: blobKey('down', root, root), value: encodeCbor([2, root, time, reason]) }])
    for (let at = 0; at < blocks.length; at += AT_ONCE) {
      const some = blocks.slice(at, at + AT_ONCE)
      const known = await this.#kv.getMany(some.map(cid => blobKey('down', root, cid)))
      for (const [i, cid] of some.entries()) if (known[i] === undefined || !decodeDown(known[i]).isBlock) this.#count(cid, 1)
      await this.#kv.batch(some.map(cid => ({ type: 'put', key: blobKey('down', root, cid), value })))
    }
  }

  /** Lifts it of all blocks of a blob. True when it was down. */
  async lift (root: Cid): Promise<boolean> {
    const keys: Uint8Array[] = []
    const blocks: Cid[] = []
    for await (const [key, value] of this.#kv.iterate(under(blobKey('down', root)))) {
      keys.push(key)
      if (decodeDown(value).isBlock) blocks.push(lastCid(key))
    }
    for (let at = 0; at < keys.length; at += AT_ONCE) await this.#kv.batch(keys.slice(at, at + AT_ONCE).map(key => ({ type: 'del', key })))
    this.#roots.delete(mapKey(root))
    for (const cid of blocks) this.#count(cid, -1)
    return keys.length > 0
  }

  /** Blobs that are down. */
  async list (): Promise<BlobDown[]> {
    const all: BlobDown[] = []
    for await (const [key, value] of this.#kv.iterate(under(blobKey('down')))) {
      const { root, reason, time } = decodeDown(value)
      if (Buffer.compare(root, lastCid(key)) === 0) all.push({ root, reason, time })
    }
    return all
  }

  #count (cid: Cid, more: 1 | -1): void {
    const count = (this.#names.get(mapKey(cid)) ?? 0) + more
    if (count > 0) this.#names.set(mapKey(cid), count)
    else this.#names.delete(mapKey(cid))
  }
}

function decodeDown (value: Uint8Array): BlobDown & { readonly isBlock: boolean } {
  const [kind, root, time, reason] = downShape(decodeCbor(value, 1024), 'takedown of a blob')
  return { root, time, reason, isBlock: kind === 1 }
}
