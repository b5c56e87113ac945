/** Blocks in the same engine as all else: for stores in memory, whose disk a simulation owns. */
import { decodeCid, type Block, type Cid } from '../../protocol/wire/index.js'
import { orAborted, throwIfAborted } from '../abort.js'
import type { Abortable, BlobStore, BlobUsage, DeleteOptions, ReadOptions } from '../contract.js'
import type { Core } from '../core/index.js'
import { rangeOf, SPACE } from '../keys.js'
import { Turns } from '../turns.js'
import { partOf, requireBlocks, requireSound } from './checks.js'
import { Deletions } from './deletions.js'
import { blockKey, cidOfKey } from './layout.js'

const ALL = ''

/** See the file's head. */
export class MemoryBlobs implements BlobStore {
  readonly recovered: readonly Cid[] = []
  readonly #core: Core
  readonly #turns = new Turns()
  readonly #deletions = new Deletions()
  #blocks = 0
  #bytes = 0

  constructor (core: Core) { this.#core = core }

  /** Counts what is there. Once, before use. */
  async recover (): Promise<void> {
    this.#blocks = 0
    this.#bytes = 0
    for await (const { size } of this.list()) this.#count(1, size)
  }

  get usage (): BlobUsage { return { blocks: this.#blocks, bytes: this.#bytes, diskBytes: this.#bytes } }

  async put (blocks: readonly Block[], options: Abortable = {}): Promise<void> {
    const wanted = requireBlocks(blocks)
    await this.#turns.run(ALL, options.signal, async () => {
      const here = await this.#core.getMany(wanted.map(({ cid }) => blockKey(cid)))
      const missing = wanted.filter((_, i) => here[i] === undefined)
      await this.#core.batch(missing.map(({ cid, bytes }) => ({ type: 'put', key: blockKey(cid), value: bytes })))
      for (const { bytes } of missing) this.#count(1, bytes.length)
    })
  }

  async get (cid: Cid, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    throwIfAborted(options.signal)
    const key = blockKey(decodeCid(cid))
    await this.#deletions.over([cid])
    const bytes = await orAborted(this.#core.get(key), options.signal)
    if (bytes === undefined) return undefined
    requireSound(cid, bytes)
    return partOf(bytes, options)
  }

  async has (cids: readonly Cid[], options: Abortable = {}): Promise<boolean[]> {
    return (await this.sizes(cids, options)).map(size => size !== undefined)
  }

  async sizes (cids: readonly Cid[], options: Abortable = {}): Promise<Array<number | undefined>> {
    throwIfAborted(options.signal)
    const keys = cids.map(cid => blockKey(decodeCid(cid)))
    await this.#deletions.over(cids)
    return (await this.#core.getMany(keys)).map(bytes => bytes?.length)
  }

  async delete (cids: readonly Cid[], options: DeleteOptions = {}): Promise<number> {
    return await this.#deletions.run(cids, distinct => this.#turns.run(ALL, options.signal, async () => {
      const keys = distinct.map(blockKey)
      const here = await this.#core.getMany(keys)
      await this.#core.batch(keys.filter((_, i) => here[i] !== undefined).map(key => ({ type: 'del', key })))
      const gone = here.filter(bytes => bytes !== undefined)
      for (const bytes of gone) this.#count(-1, -bytes.length)
      return gone.length
    }))
  }

  async * list (options: Abortable & { after?: Cid } = {}): AsyncGenerator<{ cid: Cid, size: number }, void, undefined> {
    const range = rangeOf(SPACE.blocks)
    if (options.after !== undefined) {
      delete range.gte
      range.gt = blockKey(decodeCid(options.after))
    }
    for await (const pairs of this.#core.scan(range, options)) for (const [key, bytes] of pairs) yield { cid: cidOfKey(key), size: bytes.length }
  }

  /** Ends what was begun. */
  async close (): Promise<void> { await this.#turns.run(ALL, undefined, () => Promise.resolve()) }

  #count (blocks: number, bytes: number): void {
    this.#blocks += blocks
    this.#bytes += bytes
  }
}
