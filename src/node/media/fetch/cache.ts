/**
 * Files of others that are kept on this node for as long as there is room: the least recently used goes first, never one
 * that is being read. What this account has sent and no relay holds yet is kept by a lease of its own, so nothing here
 * can lose it.
 */
import { cidShape, cidText, decodeCbor, encodeCbor, LIMITS, NotFoundError, shape, type Block, type Cid } from '../../../protocol/wire/index.js'
import type { BlobService } from '../../../relay/index.js'
import type { KeyValueOp, KeyValueStore } from '../../../store/index.js'
import { nameBytes, type RecordKeys, type RecordKind } from '../../records/index.js'
import type { Shelf } from './holder.js'


/** The node's own store of blocks, as far as it is needed here. */
export type BlockKeeping = Pick<BlobService, 'lease' | 'release' | 'takeIn' | 'check' | 'hasBlocks' | 'read'>

/** What it works with. */
export interface CacheParts {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly blobs: BlockKeeping
  /** Bytes that may be kept. What is being read may be above it until it is read. */
  readonly limit: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Files that may be kept; LIMITS.mediaCacheFiles unless told. */
  readonly files?: number
  /** The kind of its records; `cached` unless told. */
  readonly kind?: RecordKind
  /** Under this name it leases what it keeps; `cache` unless told. */
  readonly owner?: string
}

/** A file that is kept, in whole or in part. */
export interface CachedFile {
  readonly root: Cid
  /** Of the sealed file. */
  readonly size: number
  /** Bytes of its leaves that are here. */
  readonly bytes: number
  readonly usedAt: number
  /** Whether an own relay keeps it too, as far as this node knows. */
  readonly held: boolean
}

/** `leased`: resolves once the store keeps it; undefined when that was so before this run, or failed. */
interface Entry extends CachedFile { bytes: number, usedAt: number, held: boolean, leased: Promise<void> | undefined, isKnown: boolean }

const recordShape = shape.struct({ v: shape.literal(1), root: cidShape, size: shape.uint(LIMITS.blobTreeBytes, 1), bytes: shape.uint(LIMITS.blobTreeBytes), usedAt: shape.uint(), held: shape.optional(shape.bool) })

/** See the file's head. */
export class Cache {
  readonly #parts: CacheParts
  readonly #owner: Uint8Array
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>()
  /** How often each file is being read. */
  readonly #reading = new Map<string, number>()
  /** Files that are on their way out: who wants one again waits for that. */
  readonly #dropping = new Map<string, Promise<void>>()
  /** Files of which more is here than their record says. */
  readonly #changed = new Set<Entry>()
  #bytes = 0
  #evicting: Promise<void> | undefined
  /** Called with a file that is not kept any more. */
  onDropped: (root: Cid) => void = () => undefined

  private constructor (parts: CacheParts) {
    this.#parts = parts
    this.#owner = nameBytes(parts.owner ?? 'cache')
  }

  /** Reads what there is. @throws CorruptError */
  static async open (parts: CacheParts): Promise<Cache> {
    const cache = new Cache(parts)
    const entries: Entry[] = []
    for await (const [, value] of parts.kv.iterate(parts.keys.all(parts.kind ?? 'cached'))) {
      const { root, size, bytes, usedAt, held = false } = recordShape(decodeCbor(value, 1024), 'cached file')
      entries.push({ root, size, bytes, usedAt, held, leased: undefined, isKnown: true })
    }
    for (const entry of entries.sort((a, b) => a.usedAt - b.usedAt)) cache.#entries.set(cidText(entry.root), entry)
    cache.#bytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
    cache.evict()
    return cache
  }

  /** Bytes that are kept, of all files. */
  get bytes (): number { return this.#bytes }

  /** What is kept of a file; undefined: it is not in the cache. */
  of (root: Cid): CachedFile | undefined { return this.#entries.get(cidText(root)) }

  /** Where a file's blocks are kept. */
  shelf (root: Cid, size: number): Shelf {
    const { blobs } = this.#parts
    // What is not kept for this file may be on its way out: it is looked at once it is kept.
    const ready = async (): Promise<void> => {
      const entry = this.#entry(root, size)
      if (!entry.isKnown) await this.#leased(entry)
    }
    return {
      has: async cids => {
        await ready()
        return await blobs.hasBlocks(cids)
      },
      get: async (cid, options) => {
        await ready()
        return await blobs.read(cid, options)
      },
      put: async blocks => { await this.#put(root, size, blocks) }
    }
  }

  /** The file is being read, and stays, until the returned function is called. */
  use (root: Cid): () => void {
    const name = cidText(root)
    this.#reading.set(name, (this.#reading.get(name) ?? 0) + 1)
    this.#touch(name)
    const entry = this.#entries.get(name)
    // What came last before a crash may not have been counted.
    if (entry !== undefined && entry.bytes < entry.size) this.#leased(entry).catch(() => undefined)
    return () => {
      const left = (this.#reading.get(name) ?? 1) - 1
      if (left > 0) this.#reading.set(name, left)
      else this.#reading.delete(name)
      this.#touch(name)
      this.evict()
    }
  }

  /** Takes note of leaf bytes of a file that are here now. @returns whether that is all of it */
  kept (root: Cid, bytes: number): boolean {
    const entry = this.#entries.get(cidText(root))
    if (entry === undefined) return false
    this.#count(entry, Math.min(entry.size, entry.bytes + bytes))
    this.#changed.add(entry)
    this.evict()
    if (entry.bytes === entry.size) this.#note(entry)
    return entry.bytes === entry.size
  }

  /** An own relay keeps the file. */
  held (root: Cid): void {
    const entry = this.#entries.get(cidText(root))
    if (entry === undefined || entry.held) return
    entry.held = true
    this.#note(entry)
  }

  /** Takes in a file that is whole in the node's store under another lease. @throws as BlobService.lease */
  async adopt (root: Cid, size: number): Promise<void> { await this.#leased(this.#entry(root, size)) }

  /** Removes the files that `fits` names, but those that are being read. */
  async purge (fits: (file: CachedFile) => boolean): Promise<{ files: number, bytes: number }> {
    const gone = { files: 0, bytes: 0 }
    for (const entry of [...this.#entries.values()]) {
      if (!fits(entry) || this.#reading.has(cidText(entry.root))) continue
      gone.files++
      gone.bytes += entry.bytes
      await this.#drop(entry)
    }
    return gone
  }

  /** Removes a file, whoever reads it. */
  async forget (root: Cid): Promise<void> {
    const entry = this.#entries.get(cidText(root))
    if (entry !== undefined) await this.#drop(entry)
  }

  /** Makes room, if there is too much: begins it, and ends when there is room. */
  evict (): void {
    if (this.#evicting !== undefined || this.#hasRoom) return
    // What the disk refuses is tried again with the next block.
    this.#evicting = this.#makeRoom().catch(() => undefined).finally(() => { this.#evicting = undefined })
  }

  /** Resolves when nothing is being removed, and what is here of each file is on its way to the disk. */
  async idle (): Promise<void> {
    await this.#evicting
    for (const entry of this.#changed) this.#note(entry)
  }

  get #hasRoom (): boolean { return this.#bytes <= this.#parts.limit && this.#entries.size <= (this.#parts.files ?? LIMITS.mediaCacheFiles) }

  async #makeRoom (): Promise<void> {
    for (const [name, entry] of [...this.#entries]) {
      if (this.#hasRoom) return
      if (!this.#reading.has(name)) await this.#drop(entry)
    }
  }

  async #put (root: Cid, size: number, blocks: readonly Block[]): Promise<void> {
    const entry = this.#entry(root, size)
    await this.#leased(entry)
    try {
      await this.#parts.blobs.takeIn(root, blocks)
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error
      // The store took it for whole: a block of it was damaged, or somebody else has just brought this one.
      entry.leased = undefined
      await this.#leased(entry)
      if ((await this.#parts.blobs.hasBlocks(blocks.map(({ cid }) => cid))).includes(false)) await this.#parts.blobs.takeIn(root, blocks)
    }
  }

  #entry (root: Cid, size: number): Entry {
    const name = cidText(root)
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const entry: Entry = { root: root.slice(), size, bytes: 0, usedAt: this.#parts.now(), held: false, leased: undefined, isKnown: false }
    this.#entries.set(name, entry)
    return entry
  }

  /** The record is on the disk before the lease, so that no lease is ever forgotten; what is here already is counted then. */
  async #leased (entry: Entry): Promise<void> {
    entry.leased ??= (async () => {
      await this.#dropping.get(cidText(entry.root))?.catch(() => undefined)
      await this.#parts.kv.batch([this.#op(entry)])
      const { have } = await this.#parts.blobs.lease(this.#owner, entry.root, entry.size)
      const isNews = have !== entry.bytes
      this.#count(entry, have)
      entry.isKnown = true
      if (isNews) this.#note(entry)
    })()
    try {
      await entry.leased
    } catch (error) {
      entry.leased = undefined
      throw error
    }
  }

  async #drop (entry: Entry): Promise<void> {
    const name = cidText(entry.root)
    const { blobs, kv, keys, kind = 'cached' } = this.#parts
    this.#entries.delete(name)
    this.#bytes -= entry.bytes
    this.onDropped(entry.root)
    const dropping = (async () => {
      await blobs.release(this.#owner, entry.root)
      await kv.batch([{ type: 'del', key: keys.one(kind, entry.root) }])
    })()
    this.#dropping.set(name, dropping)
    try {
      await dropping
    } catch (error) {
      if (!this.#entries.has(name)) {
        this.#entries.set(name, { ...entry, leased: undefined, isKnown: false })
        this.#bytes += entry.bytes
      }
      throw error
    } finally {
      this.#dropping.delete(name)
    }
  }

  #touch (name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.usedAt = this.#parts.now()
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    this.#note(entry)
  }

  /** How recently it was used and how much is here need not be on the disk at once. */
  #note (entry: Entry): void {
    this.#changed.delete(entry)
    if (entry.isKnown && this.#entries.get(cidText(entry.root)) === entry) this.#parts.kv.batch([this.#op(entry)], { soft: true }).catch(() => undefined)
  }

  #count (entry: Entry, bytes: number): void {
    if (this.#entries.get(cidText(entry.root)) === entry) this.#bytes += bytes - entry.bytes
    entry.bytes = bytes
  }

  #op ({ root, size, bytes, usedAt, held }: Entry): KeyValueOp {
    return { type: 'put', key: this.#parts.keys.one(this.#parts.kind ?? 'cached', root), value: encodeCbor({ v: 1, root, size, bytes, usedAt, held }) }
  }
}
