/**
 * Appends blocks to the newest segment. Writing goes on while what was written before is being synced, and one sync
 * covers all that was written when it began: nobody is told before it.
 */
import type { Block } from '../../protocol/wire/index.js'
import { WRITE_BYTES, type Appender } from './appender.js'
import { encodeHead, HEAD_BYTES, type Place } from './layout.js'

/** What one write takes together, beside its bytes. */
const WRITE_BLOCKS = 256

/** A block that was written, and where. `from`: where it lay before. */
export interface Written { readonly block: Block, readonly place: Place, readonly from?: Place }

interface Waiting { readonly block: Block, readonly from?: Place, readonly resolve: () => void, readonly reject: (error: unknown) => void }
interface Segment { readonly number: number, readonly file: Appender, end: number }
type Unsynced = Waiting & { readonly place: Place, readonly segment: Segment }

/** What the writer needs from its owner. */
export interface WriterParts {
  /** A segment is full when it has this many bytes. */
  readonly segmentBytes: number
  /** Makes a new segment. */
  readonly begin: () => Promise<{ readonly number: number, readonly file: Appender }>
  /** Takes note of blocks that are on the disk now, in the order in which they lie there. */
  readonly index: (written: readonly Written[]) => Promise<void>
  /** Something failed: called before anybody is told. Returns the error for what was under way, and for what waited behind it. */
  readonly failed: (error: unknown) => { inFlight: Error, behind: Error }
}

/** See the file's head. */
export class Writer {
  readonly #parts: WriterParts
  #waiting: Waiting[] = []
  #unsynced: Unsynced[] = []
  #segment: Segment | undefined
  readonly #full: Segment[] = []
  #writing: Promise<void> | undefined
  #syncing: Promise<void> | undefined

  constructor (parts: WriterParts) { this.#parts = parts }

  /** The segment that is being filled; undefined when the next block begins one. */
  get segment (): number | undefined { return this.#segment?.number }

  /** Resolves once the block is on the disk and in the index. `from`: it lies there, and is moved. */
  add (block: Block, from?: Place): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ block, resolve, reject, ...from === undefined ? {} : { from } })
      this.#writing ??= this.#write()
    })
  }

  /** Goes on with a segment that is not full. */
  resume (number: number, file: Appender, end: number): void { this.#segment = { number, file, end } }

  /** The next block begins a new segment. */
  async seal (): Promise<void> {
    await this.drained()
    const segment = this.#segment
    this.#segment = undefined
    await segment?.file.close(segment.end)
  }

  /** Resolves when everything that was added is settled. */
  async drained (): Promise<void> {
    while (this.#writing !== undefined || this.#syncing !== undefined) await (this.#writing ?? this.#syncing)
  }

  async #write (): Promise<void> {
    // A microtask later, so that all blocks of one tick share the first write.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      let group: Waiting[] = []
      try {
        const segment = await this.#room()
        group = this.#take(this.#parts.segmentBytes - segment.end)
        const written = group.map(waiting => {
          const place = { segment: segment.number, at: segment.end + HEAD_BYTES, length: waiting.block.bytes.length }
          segment.end = place.at + place.length
          return { ...waiting, place, segment }
        })
        const [first] = written
        if (first !== undefined) await segment.file.write(written.flatMap(({ block: { cid, bytes } }) => [encodeHead(cid, bytes.length), bytes]), first.place.at - HEAD_BYTES)
        this.#unsynced.push(...written)
        this.#syncing ??= this.#sync()
      } catch (error) {
        this.#fail(error, group)
      }
    }
    this.#writing = undefined
  }

  async #sync (): Promise<void> {
    while (this.#unsynced.length > 0) {
      const group = this.#unsynced.splice(0)
      const full = this.#full.splice(0)
      try {
        await Promise.all([...new Set(group.map(({ segment }) => segment))].map(segment => segment.file.datasync()))
        await this.#parts.index(group)
        for (const { resolve } of group) resolve()
      } catch (error) {
        this.#fail(error, group)
      }
      for (const { file, end } of full) await file.close(end)
    }
    this.#syncing = undefined
  }

  #take (room: number): Waiting[] {
    let bytes = 0
    let n = 0
    for (const { block } of this.#waiting) {
      bytes += HEAD_BYTES + block.bytes.length
      if (n > 0 && (bytes > Math.min(room, WRITE_BYTES) || n >= WRITE_BLOCKS)) break
      n++
    }
    return this.#waiting.splice(0, n)
  }

  /** The segment that takes the next blocks. */
  async #room (): Promise<Segment> {
    const segment = this.#segment
    if (segment !== undefined && segment.end < this.#parts.segmentBytes) return segment
    this.#segment = undefined
    // It may have blocks that are not synced yet: it is closed after the next sync.
    if (segment !== undefined) this.#full.push(segment)
    return this.#segment = { ...await this.#parts.begin(), end: 0 }
  }

  /** What lies in the segment behind its last synced byte is unknown: nothing is appended to it any more. */
  #fail (error: unknown, group: readonly Waiting[]): void {
    const { inFlight, behind } = this.#parts.failed(error)
    const unknown = [...group, ...this.#unsynced.splice(0)]
    const rest = this.#waiting.splice(0)
    const segments = [...this.#full.splice(0), ...this.#segment === undefined ? [] : [this.#segment]]
    this.#segment = undefined
    for (const { file } of segments) void file.close()
    for (const { reject } of unknown) reject(inFlight)
    for (const { reject } of rest) reject(behind)
  }
}
