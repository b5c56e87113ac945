/** What is known of each segment, in memory and in the index; and how both become one again after a crash. */
import { open, readdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UnavailableError, type Cid } from '../../protocol/wire/index.js'
import { syncDirectory } from '../atomic-file.js'
import { makeDirectory } from '../make-directory.js'
import type { KeyValueOp } from '../contract.js'
import type { Core } from '../core/index.js'
import { rangeOf, SPACE } from '../keys.js'
import { Appender, type SegmentFiles } from './appender.js'
import { blockKey, decodeFacts, encodeFacts, encodePlace, HEAD_BYTES, segmentKey, segmentOfKey, type Place, type SegmentFacts } from './layout.js'
import { readFound, segmentOfName, segmentPath, walkSegment } from './segment-file.js'
import type { Written } from './writer.js'

/** Blocks that a recovery takes into the index at once. */
const RECOVER_BLOCKS = 1024
const NOTHING = new Uint8Array(0)

/** See the file's head. Callers change one thing at a time. */
export class Segments {
  readonly #core: Core
  readonly #place: SegmentFiles
  readonly #facts = new Map<number, SegmentFacts>()
  #next = 1
  #isMade = false

  constructor (core: Core, files: SegmentFiles) {
    this.#core = core
    this.#place = files
  }

  /** Every segment's number and facts. */
  get all (): ReadonlyMap<number, Readonly<SegmentFacts>> { return this.#facts }

  /** A number that no segment has or had while this store was open. */
  next (): number { return this.#next++ }

  /** The directory of the segments, made when it is not there. @throws the file system's error */
  async makeDirectory (): Promise<void> {
    if (this.#isMade) return
    await makeDirectory(this.#place.directory)
    await syncDirectory(dirname(this.#place.directory))
    this.#isMade = true
  }

  /**
   * Reads the facts, and takes into the index what lies on the disk behind what it knows: blocks that were synced though
   * the index's own journal was not. Returns which those were, and the last segment when it can be filled further.
   */
  async recover (): Promise<{ recovered: Cid[], last: { number: number, file: Appender, end: number } | undefined }> {
    this.#facts.clear()
    for await (const pairs of this.#core.scan(rangeOf(SPACE.segments))) for (const [key, value] of pairs) this.#facts.set(segmentOfKey(key), decodeFacts(value))
    const files = await this.#files()
    this.#next = Math.max(this.#next, 1 + Math.max(0, ...files, ...this.#facts.keys()))
    const recovered: Cid[] = []
    for (const segment of files) recovered.push(...await this.#recoverSegment(segment))
    // A file that went while its facts stayed: a crash came between the two.
    const lost = [...this.#facts].filter(([segment, { live }]) => live === 0 && !files.includes(segment))
    await this.drop(lost.map(([segment]) => segment))
    const number = files.at(-1)
    return { recovered, last: number === undefined ? undefined : await this.#openLast(number) }
  }

  /** The changes of the index for blocks that lie on the disk now. */
  added (written: readonly Written[]): KeyValueOp[] {
    const ops: KeyValueOp[] = []
    for (const { block: { cid }, place, from } of written) {
      if (from !== undefined) this.#take(from)
      const facts = this.#of(place.segment)
      facts.size = Math.max(facts.size, place.at + place.length)
      facts.live += HEAD_BYTES + place.length
      facts.blocks++
      ops.push({ type: 'put', key: blockKey(cid), value: encodePlace(place) })
    }
    return [...ops, ...this.#put(written.flatMap(({ place, from }) => from === undefined ? [place.segment] : [place.segment, from.segment]))]
  }

  /** The changes of the facts when blocks at these places are wanted no more. */
  removed (places: readonly Place[]): KeyValueOp[] {
    for (const place of places) this.#take(place)
    return this.#put(places.map(({ segment }) => segment))
  }

  /** Forgets segments. */
  async drop (segments: readonly number[]): Promise<void> {
    for (const segment of segments) this.#facts.delete(segment)
    await this.#core.batch(segments.map(segment => ({ type: 'del', key: segmentKey(segment) })), { soft: true })
  }

  /** Takes a segment's file off the disk for good, then forgets it. Nothing may be wanted of it. */
  async remove (segment: number): Promise<void> {
    // Synced: no index that could come back after a power cut may name the file.
    await this.#core.batch(this.#put([segment]))
    await rm(segmentPath(this.#place.directory, segment), { force: true })
    // Its name must not come back: its blocks would be found again.
    await syncDirectory(this.#place.directory)
    await this.drop([segment])
  }

  #take ({ segment, length }: Place): void {
    const facts = this.#of(segment)
    facts.live -= HEAD_BYTES + length
    facts.blocks--
  }

  #of (segment: number): SegmentFacts {
    let facts = this.#facts.get(segment)
    if (facts === undefined) this.#facts.set(segment, facts = { size: 0, live: 0, blocks: 0 })
    return facts
  }

  #put (segments: readonly number[]): KeyValueOp[] {
    return [...new Set(segments)].map(segment => ({ type: 'put', key: segmentKey(segment), value: encodeFacts(this.#of(segment)) }))
  }

  /** Numbers of the segments' files, in order. */
  async #files (): Promise<number[]> {
    try {
      const names = await readdir(this.#place.directory)
      this.#isMade = true
      return names.map(segmentOfName).filter(number => number !== undefined).sort((a, b) => a - b)
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
      throw new UnavailableError(`the disk does not show the blocks' directory (${cause instanceof Error ? cause.message : 'unknown'})`, { cause })
    }
  }

  async #recoverSegment (segment: number): Promise<Cid[]> {
    const known = this.#facts.get(segment)?.size ?? 0
    const handle = await open(segmentPath(this.#place.directory, segment), 'r')
    try {
      if ((await handle.stat()).size <= known) return []
      let found: Written[] = []
      const recovered: Cid[] = []
      const take = async (): Promise<void> => {
        // What is in the index already lies somewhere else, sound: a second copy is not needed.
        const here = await this.#core.getMany(found.map(({ block }) => blockKey(block.cid)))
        const missing = [...new Map(found.filter((_, i) => here[i] === undefined).map(one => [Buffer.from(one.block.cid).toString('latin1'), one])).values()]
        await this.#core.batch(this.added(missing))
        recovered.push(...missing.map(({ block }) => block.cid))
        found = []
      }
      for await (const head of walkSegment(handle, known)) {
        const { cid, at, length } = head
        if (await readFound(handle, head) === undefined) continue
        found.push({ block: { cid, bytes: NOTHING }, place: { segment, at, length } })
        if (found.length === RECOVER_BLOCKS) await take()
      }
      await take()
      return recovered
    } finally {
      await handle.close()
    }
  }

  /** The newest segment, to be filled further. */
  async #openLast (number: number): Promise<{ number: number, file: Appender, end: number }> {
    const end = this.#of(number).size
    return { number, file: await Appender.resume(this.#place, number, end), end }
  }
}
