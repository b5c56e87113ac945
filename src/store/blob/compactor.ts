/**
 * Gives back to the disk what was deleted: a segment of which nothing is wanted goes, and one of which less than half is
 * wanted is copied to the newest segment first. One at a time, behind the store's other work.
 */
import type { FileHandle } from 'node:fs/promises'
import type { Core } from '../core/index.js'
import { blockKey, decodePlace, type Place, type SegmentFacts } from './layout.js'
import type { BlockReader } from './block-reader.js'
import { readFound, walkSegment, type FoundHead } from './segment-file.js'
import type { Segments } from './segments.js'
import type { Writer } from './writer.js'

/** Less than a sixteenth of a full segment is not worth copying for. */
const WORTH = 1 / 16
/** Blocks that are copied together. */
const COPY_BYTES = 4 * 1024 * 1024
const COPY_BLOCKS = 1024

/** What it works with. */
export interface CompactorParts {
  readonly segments: Segments
  readonly reader: BlockReader
  readonly writer: Writer
  readonly core: Core
  /** Bytes of a full segment. */
  readonly segmentBytes: number
  /** Runs work while nothing else changes the index. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** See the file's head. */
export class Compactor {
  readonly #parts: CompactorParts
  /** Segments with blocks that cannot be read any more: they stay, and say so to who asks for those. */
  readonly #damaged = new Set<number>()
  #running: Promise<void> | undefined
  #holds = 0
  #isClosed = false

  constructor (parts: CompactorParts) { this.#parts = parts }

  /** Looks whether something can be given back. */
  look (): void {
    if (this.#isClosed || this.#holds > 0) return
    // What fails is the disk's matter, which the store tells; the next look tries again.
    this.#running ??= this.#run().catch(() => undefined).finally(() => { this.#running = undefined })
  }

  /** Resolves when nothing is under way. */
  async quiet (): Promise<void> { await this.#running }

  /** Runs work while no file is removed. */
  async holding<T> (work: () => Promise<T>): Promise<T> {
    this.#holds++
    try {
      await this.#running
      return await work()
    } finally {
      this.#holds--
      this.look()
    }
  }

  /** Ends after what is under way. */
  async close (): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #run (): Promise<void> {
    while (!this.#isClosed && this.#holds === 0 && this.#parts.core.state === 'open') {
      const segment = await this.#next()
      if (segment === undefined) return
      await this.#empty(segment)
    }
  }

  /** The next segment to give back. The one that is being filled is closed for it. */
  async #next (): Promise<number | undefined> {
    const { segments, writer, inTurn } = this.#parts
    return await inTurn(async () => {
      await writer.drained()
      const current = writer.segment
      for (const [segment, facts] of segments.all) {
        if (this.#damaged.has(segment) || !this.#isWasteful(facts, segment === current)) continue
        if (segment === current) await writer.seal()
        return segment
      }
      return undefined
    })
  }

  async #empty (segment: number): Promise<void> {
    const { segments, reader, inTurn } = this.#parts
    // Also when nothing should be wanted of it: a sum that is wrong must not cost a block.
    const isEmpty = await this.#copy(segment)
    if (this.#isClosed || this.#holds > 0) return
    await inTurn(async () => {
      if (isEmpty) await segments.remove(segment)
      else this.#damaged.add(segment)
    })
    await reader.drop(segment)
  }

  /** Moves what is wanted of a segment. True when nothing is left that could be read. */
  async #copy (segment: number): Promise<boolean> {
    const handle = await this.#parts.reader.readers.of(segment)
    let isEmpty = true
    let group: FoundHead[] = []
    let bytes = 0
    for await (const found of walkSegment(handle, 0)) {
      if (this.#isClosed || this.#holds > 0) return false
      group.push(found)
      bytes += found.length
      if (bytes < COPY_BYTES && group.length < COPY_BLOCKS) continue
      if (!await this.#move(segment, handle, group)) isEmpty = false
      group = []
      bytes = 0
    }
    if (!await this.#move(segment, handle, group)) isEmpty = false
    return isEmpty && this.#facts(segment).live <= 0
  }

  /** Moves those that are still wanted; nobody deletes one meanwhile. False when one of them cannot be read. */
  async #move (segment: number, handle: FileHandle, group: readonly FoundHead[]): Promise<boolean> {
    const { core, writer, inTurn } = this.#parts
    return await inTurn(async () => {
      await writer.drained()
      const values = await core.getMany(group.map(({ cid }) => blockKey(cid)))
      const moves: Array<Promise<void>> = []
      let isAll = true
      for (const [i, head] of group.entries()) {
        const value = values[i]
        const from: Place = { segment, at: head.at, length: head.length }
        if (value === undefined || !isSame(decodePlace(value), from)) continue
        const bytes = await readFound(handle, head)
        if (bytes === undefined) isAll = false
        else moves.push(writer.add({ cid: head.cid, bytes }, from))
      }
      await Promise.all(moves)
      return isAll
    })
  }

  #isWasteful ({ size, live }: Readonly<SegmentFacts>, isCurrent: boolean): boolean {
    const dead = size - live
    if (isCurrent || live > 0) return dead >= this.#parts.segmentBytes * WORTH && dead * 2 >= size
    return true
  }

  #facts (segment: number): Readonly<SegmentFacts> { return this.#parts.segments.all.get(segment) ?? { size: 0, live: 0, blocks: 0 } }
}

function isSame (a: Place, b: Place): boolean { return a.segment === b.segment && a.at === b.at }
