/** Files, holders of them and a shelf, all in memory, with the faults that a test asks for. */
import { createHash } from 'node:crypto'
import { Download } from '../../../../src/node/media/fetch/download.js'
import { Places, type BlockHolder, type Shelf } from '../../../../src/node/media/fetch/holder.js'
import { readPlain } from '../../../../src/node/media/fetch/plain.js'
import { FETCH_TIMING, type FetchTiming } from '../../../../src/node/media/fetch/timing.js'
import { chunkOf, mediaLayout, sealChunk, type MediaLayout } from '../../../../src/protocol/crypto/index.js'
import { cidFromDigest, cidOf, cidText, CODEC, LIMITS, requireBlock, TreeBuilder, type Block, type Cid } from '../../../../src/protocol/wire/index.js'

/** A sealed file. Of a large one only the leaves from `from` on are real: the others have names and no bytes. */
export class TestFile {
  readonly size: number
  readonly seed: number
  readonly key = new Uint8Array(32).fill(7)
  readonly layout: MediaLayout
  readonly sha256: Uint8Array
  readonly root: Cid
  readonly leaves: Cid[] = []
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #byCid = new Map<string, number>()
  readonly #sealed = new Map<number, Uint8Array>()

  constructor (size: number, seed = 1, from = 0) {
    this.size = size
    this.seed = seed
    this.layout = mediaLayout(size)
    const hash = createHash('sha256')
    const tree = new TreeBuilder()
    for (let i = 0; i < this.layout.chunks; i++) {
      const leaf = i < from ? undefined : this.sealed(i)
      if (leaf !== undefined) hash.update(this.plain(i))
      const cid = leaf === undefined ? cidFromDigest(CODEC.raw, new Uint8Array(32).fill(i)) : cidOf(CODEC.raw, leaf)
      this.leaves.push(cid)
      this.#byCid.set(cidText(cid), i)
      this.#add(tree.add(cid, leaf?.length ?? LIMITS.blobBytes))
    }
    const { root, nodes } = tree.finish()
    this.#add(nodes)
    this.root = root
    this.sha256 = new Uint8Array(hash.digest())
  }

  #add (blocks: readonly Block[]): void { for (const { cid, bytes } of blocks) this.#nodes.set(cidText(cid), bytes) }

  plain (index: number): Uint8Array {
    const bytes = new Uint8Array(chunkOf(this.layout, index).length).fill((index * 31 + this.seed) % 251)
    if (bytes.length >= 4) new DataView(bytes.buffer).setUint32(0, index)
    return bytes
  }

  whole (): Uint8Array { return Buffer.concat(this.leaves.map((_, i) => this.plain(i))) }

  sealed (index: number): Uint8Array {
    const sealed = this.#sealed.get(index) ?? sealChunk(this.key, this.layout, index, this.plain(index))
    this.#sealed.set(index, sealed)
    return sealed
  }

  /** A block by its CID. */
  block (cid: Cid): Uint8Array | undefined {
    const index = this.#byCid.get(cidText(cid))
    return index === undefined ? this.#nodes.get(cidText(cid)) : this.sealed(index)
  }

  indexOf (cid: Cid): number { return this.#byCid.get(cidText(cid)) ?? -1 }
}

/** What a holder does when it is asked for blocks; by default it gives them. */
export type Conduct = (asked: readonly Cid[], file: TestFile, signal: AbortSignal) => AsyncIterable<{ cid: Cid, bytes: Uint8Array | null }>

export const honest: Conduct = async function * (asked, file) {
  for (const cid of asked) {
    await new Promise(resolve => { setImmediate(resolve) })
    yield { cid, bytes: file.block(cid) ?? null }
  }
}

/** Gives what it is asked for, but for what `change` makes of it; undefined leaves the block out. */
export function changing (change: (block: { cid: Cid, bytes: Uint8Array | null }, n: number) => { cid: Cid, bytes: Uint8Array | null } | undefined): Conduct {
  let n = 0
  return async function * (asked, file, signal) {
    for await (const block of honest(asked, file, signal)) {
      const changed = change(block, n++)
      if (changed !== undefined) yield changed
    }
  }
}

/** Never says anything. */
export const silent: Conduct = async function * (_asked, _file, signal) {
  await new Promise(resolve => { signal.addEventListener('abort', resolve, { once: true }) })
  yield * []
}

export class TestHolder implements BlockHolder {
  readonly file: TestFile
  readonly name: string
  readonly rank: number
  conduct: Conduct
  readonly asked: Cid[][] = []
  /** Whether each of those was to go before what was asked earlier. */
  readonly first: boolean[] = []
  /** Requests that are over. */
  ended = 0
  ready: () => void = () => undefined

  constructor (file: TestFile, name = 'relay', conduct: Conduct = honest, rank = 0) {
    this.file = file
    this.name = name
    this.conduct = conduct
    this.rank = rank
  }

  async * get (cids: readonly Cid[], { signal, first = false }: { signal: AbortSignal, first?: boolean }): AsyncGenerator<{ cid: Cid, bytes: Uint8Array | null }> {
    this.asked.push([...cids])
    this.first.push(first)
    try {
      yield * this.conduct(cids, this.file, signal)
    } finally {
      this.ended++
    }
  }

  onReady (listener: () => void): () => void {
    this.ready = listener
    return () => undefined
  }

  /** Leaves it was asked for, by number. */
  get leaves (): number[] { return this.asked.flat().map(cid => this.file.indexOf(cid)).filter(i => i >= 0) }
}

/** Keeps blocks in memory, as the node's store does on the disk: checked when they come. */
export class TestShelf implements Shelf {
  readonly blocks = new Map<string, Uint8Array>()
  /** Throws to refuse. */
  onPut: (block: Block) => Promise<void> | void = () => undefined
  writing = 0
  mostWriting = 0

  async has (cids: readonly Cid[]): Promise<boolean[]> { return await Promise.resolve(cids.map(cid => this.blocks.has(cidText(cid)))) }
  async get (cid: Cid): Promise<Uint8Array | undefined> { return await Promise.resolve(this.blocks.get(cidText(cid))) }

  async put (blocks: readonly Block[]): Promise<void> {
    this.mostWriting = Math.max(this.mostWriting, ++this.writing)
    try {
      for (const block of blocks) {
        requireBlock(block.cid, block.bytes)
        await this.onPut(block)
        this.blocks.set(cidText(block.cid), block.bytes)
      }
    } finally {
      this.writing--
    }
  }
}

/** A clock that goes only when a test says so. */
export class TestClock {
  readonly #due = new Set<{ at: number, then: () => void }>()
  #now = 0

  readonly after = (ms: number, then: () => void): (() => void) => {
    const entry = { at: this.#now + ms, then }
    this.#due.add(entry)
    return () => { this.#due.delete(entry) }
  }

  /** Lets time pass. */
  pass (ms: number): void {
    this.#now += ms
    for (const entry of [...this.#due].sort((a, b) => a.at - b.at)) {
      if (entry.at > this.#now || !this.#due.delete(entry)) continue
      entry.then()
    }
  }
}

/** One file's download and what it stands on. */
export interface Scene { readonly file: TestFile, readonly shelf: TestShelf, readonly places: Places, readonly download: Download, readonly clock: TestClock, readonly kept: number[], read (start?: number, end?: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> }

export function scene (file: TestFile, holders: readonly BlockHolder[], options: { shelf?: TestShelf, places?: Places, timing?: Partial<FetchTiming>, claim?: Partial<{ key: Uint8Array, sha256: Uint8Array, size: number, root: Cid }> } = {}): Scene {
  const { shelf = new TestShelf(), places = new Places(LIMITS.mediaFlightChunks), claim = {} } = options
  const clock = new TestClock()
  const kept: number[] = []
  const claimed = { key: file.key, size: file.size, sha256: file.sha256, ...claim }
  const download = new Download({
    root: claim.root ?? file.root, size: mediaLayout(claimed.size).sealedBytes, shelf, places, timing: { ...FETCH_TIMING, after: clock.after, ...options.timing }, log: () => undefined, onKept: part => { if (part.depth === 0) kept.push(part.first) }, onStill: () => undefined
  })
  for (const holder of holders) download.addHolder(holder)
  return { file, shelf, places, download, clock, kept, read: (start = 0, end = claimed.size, signal = new AbortController().signal) => readPlain(download, claimed, { start, end }, signal) }
}

export async function bytesOf (pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

/** Lets everything that can happen without time happen. */
export async function settled (): Promise<void> { for (let i = 0; i < 100; i++) await new Promise(resolve => { setImmediate(resolve) }) }
