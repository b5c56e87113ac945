/**
 * Gives back to the disk what was deleted: a segment of which nothing is wanted goes, and one of which less than half is
 * wanted is copied to the newest segment first. One at a time, behind the store's other work.
 */
import type { Core } from '../core/index.js'
import { nameOf } from './checks.js'
import { blockKey, decodePlace, type Place, type SegmentFacts } from './layout.js'
import type { Readers } from './readers.js'
import { walkSegment, type FoundBlock } from './segment-file.js'
import type { Segments } from './segments.js'
import { SEGMENT_BYTES, type Writer } from './writer.js'

/** Less than this is not worth copying for. */
const WORTH_BYTES = SEGMENT_BYTES / 16
/** Blocks that are copied together. */
const COPY_BYTES = 4 * 1024 * 1024

/** What it works with. */
export interface CompactorParts {
  readonly segments: Segments
  readonly readers: Readers
  readonly writer: Writer
  readonly core: Core
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
        if (this.#damaged.has(segment) || !isWasteful(facts, segment === current)) continue
        if (segment === current) await writer.seal()
        return segment
      }
      return undefined
    })
  }

  async #empty (segment: number): Promise<void> {
    const { segments, readers, inTurn } = this.#parts
    if (this.#facts(segment).live > 0) await this.#copy(segment)
    if (this.#isClosed || this.#holds > 0) return
    await inTurn(async () => {
      if (this.#facts(segment).live > 0) this.#damaged.add(segment)
      else await segments.remove(segment)
    })
    await readers.drop(segment)
  }

  async #copy (segment: number): Promise<void> {
    let group: FoundBlock[] = []
    let bytes = 0
    for await (const found of walkSegment(await this.#parts.readers.of(segment), 0)) {
      if (this.#isClosed || this.#holds > 0) return
      if (!found.isSound) continue
      group.push(found)
      bytes += found.length
      if (bytes < COPY_BYTES) continue
      await this.#move(segment, group)
      group = []
      bytes = 0
    }
    await this.#move(segment, group)
  }

  /** Copies those that are still wanted. Nobody deletes one meanwhile. */
  async #move (segment: number, group: readonly FoundBlock[]): Promise<void> {
    const { core, writer, inTurn } = this.#parts
    await inTurn(async () => {
      await writer.drained()
      const values = await core.getMany(group.map(({ cid }) => blockKey(cid)))
      const moves = new Map<string, Promise<void>>()
      for (const [i, { cid, at, length, bytes }] of group.entries()) {
        const value = values[i]
        const from: Place = { segment, at, length }
        if (value !== undefined && isSame(decodePlace(value), from)) moves.set(nameOf(cid), writer.add({ cid, bytes }, from))
      }
      await Promise.all(moves.values())
    })
  }

  #facts (segment: number): Readonly<SegmentFacts> { return this.#parts.segments.all.get(segment) ?? { size: 0, live: 0, blocks: 0 } }
}

function isSame (a: Place, b: Place): boolean { return a.segment === b.segment && a.at === b.at }

function isWasteful ({ size, live }: Readonly<SegmentFacts>, isCurrent: boolean): boolean {
  const dead = size - live
  if (isCurrent || live > 0) return dead >= WORTH_BYTES && dead * 2 >= size
  return true
}
