/** One blob on its way from its sources to here: index nodes first, each block checked, from several sources at once. */
import { blobRoot, DeadlineError, LIMITS, peerIdText, ProofError, sameBytes, toPetrelError, UnavailableError, type BlobPart, type Block, type Cid, type PetrelError } from '../../protocol/wire/index.js'
import type { BlobService, BlobSource, ComingBlob } from '../blobs/index.js'
import { mapKey } from '../bytes-text.js'
import { releaseBlock, type BlobClient } from '../net/index.js'
import { Moment } from './moment.js'
import type { Requests } from './requests.js'
import type { Sources } from './sources.js'
import { partsBelow, WantedBlocks } from './wanted.js'

/** What a pull works with. */
export interface PullParts {
  readonly blob: ComingBlob
  readonly blobs: BlobService
  readonly sources: Sources
  /** Requests of all pulls. */
  readonly requests: Requests
  /** PeerIds of sources that lied about this blob: it is not asked again. */
  readonly liars: Set<string>
  /** Called when a block has come, and is kept. */
  readonly onCame: () => void
}

/** See the file's head. */
export class Pull {
  readonly #parts: PullParts
  readonly #wanted = new WantedBlocks()
  readonly #ending = new AbortController()
  readonly #waiters = new Map<string, Set<(hasCome: boolean) => void>>()
  /** Sources that are of no use for now. */
  readonly #away = new Set<string>()
  #wake: Array<() => void> = []
  #trouble: PetrelError | undefined
  /** What makes it useless to go on. */
  #end: PetrelError | undefined
  /** It is known what of the blob is here; and each of its blocks is known. Both when it ends before. */
  readonly ready = new Moment()
  readonly whole = new Moment()

  constructor (parts: PullParts) { this.#parts = parts }

  /** Fetches what is not here. @throws why it cannot be fetched now; ProofError when the blob is none, whoever gives it */
  async run (): Promise<void> {
    const { blob: { root, size, sources }, blobs } = this.#parts
    try {
      await this.#want([blobRoot(root, size)])
      this.ready.happen()
      this.#changed()
      await Promise.all(sources.flatMap(source => Array.from({ length: LIMITS.pullRequestsPerSource }, async () => { await this.#askOn(source) })))
      if (this.#end !== undefined) throw this.#end
      if (!this.#wanted.isDone) throw this.#trouble ?? new UnavailableError('no source has all of the blob')
      await blobs.check(root)
    } finally {
      this.stop()
      this.ready.happen()
      this.whole.happen()
      for (const waiters of this.#waiters.values()) for (const tell of waiters) tell(false)
      this.#waiters.clear()
    }
  }

  /** Ends it; `run` rejects. */
  stop (): void {
    this.#end ??= new UnavailableError('the blob is fetched no more')
    this.#ending.abort(this.#end)
    this.#changed()
  }

  /** Whether each of its blocks is known. */
  get isWhole (): boolean { return this.#ending.signal.aborted || this.#wanted.isWhole }

  /** Somebody waits for a block: true when it has come, false when it does not; undefined when it is none of those that are missing. */
  coming (cid: Cid): { readonly came: Promise<boolean>, readonly forget: () => void } | undefined {
    if (this.#ending.signal.aborted || !this.#wanted.hurry(cid)) return undefined
    const name = mapKey(cid)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiting = this.#waiters.get(name) ?? new Set()
    this.#waiters.set(name, waiting.add(resolve))
    this.#changed()
    return {
      came: promise,
      forget: () => {
        waiting.delete(resolve)
        if (waiting.size === 0 && this.#waiters.get(name) === waiting) this.#waiters.delete(name)
      }
    }
  }

  /** Makes parts known, and what stands below those index nodes that are here. */
  async #want (parts: readonly BlobPart[]): Promise<void> {
    const { blobs } = this.#parts
    for (let at = 0; at < parts.length; at += LIMITS.cidsPerCall) {
      const some = parts.slice(at, at + LIMITS.cidsPerCall)
      this.#wanted.add(some, await blobs.hasBlocks(some.map(({ cid }) => cid)))
    }
    for (const part of parts) {
      if (part.depth === 0) continue
      const bytes = await blobs.read(part.cid)
      if (bytes !== undefined) await this.#want(partsBelow(part, bytes))
    }
  }

  /** Asks one source for one piece after another, until there is nothing more that it could bring. */
  async #askOn (source: BlobSource): Promise<void> {
    const name = peerIdText(source.peer)
    while (this.#end === undefined && !this.#wanted.isDone && !this.#away.has(name) && !this.#parts.liars.has(name)) {
      const parts = this.#wanted.take(name, LIMITS.pullBlocks)
      if (parts.length === 0) {
        // What others bring may lead to more, and what they do not bring is to be asked for here.
        if (!this.#wanted.isAsked) return
        await this.#change()
      } else await this.#ask(source, name, parts)
    }
    this.#changed()
  }

  async #ask (source: BlobSource, name: string, parts: readonly BlobPart[]): Promise<void> {
    const { sources, requests, liars, blob: { owner } } = this.#parts
    let isAnswered = false
    try {
      await requests.take(owner, this.#ending.signal)
      try {
        isAnswered = await this.#fetch(await sources.client(source), parts)
      } finally {
        requests.give(owner)
      }
    } catch (error) {
      const trouble = toPetrelError(error)
      this.#trouble = trouble
      if (trouble instanceof ProofError) liars.add(name)
      else this.#away.add(name)
    } finally {
      this.#wanted.missed(parts, name, isAnswered)
      this.#changed()
    }
  }

  /** True when the source has answered for each of the blocks. @throws what is wrong with the source */
  async #fetch (client: BlobClient, parts: readonly BlobPart[]): Promise<boolean> {
    const byName = new Map(parts.map(part => [mapKey(part.cid), part]))
    const keeping: Array<Promise<void>> = []
    const late = new AbortController()
    const stop = (): void => { late.abort(new DeadlineError('the source gives its blocks too slowly')) }
    const timer = setTimeout(stop, LIMITS.pullRequestMs).unref()
    this.#ending.signal.addEventListener('abort', stop)
    if (this.#ending.signal.aborted) stop()
    try {
      for await (const block of client.get(parts.map(({ cid }) => cid), { signal: late.signal, first: this.#waiters.size > 0 })) {
        const part = byName.get(mapKey(block.cid))
        if (part !== undefined) keeping.push(this.#keep(part, block))
      }
    } finally {
      clearTimeout(timer)
      this.#ending.signal.removeEventListener('abort', stop)
    }
    await Promise.all(keeping)
    return true
  }

  /** What goes wrong here is not the source's fault: it ends the pull. */
  async #keep (part: BlobPart, block: Block): Promise<void> {
    const { blobs, blob: { root } } = this.#parts
    try {
      // The root first: whoever leased it with another size than it has is told so by the service.
      const isRoot = sameBytes(part.cid, root)
      if (isRoot) await blobs.takeIn(root, [block], { signal: this.#ending.signal })
      const below = partsBelow(part, block.bytes)
      if (part.depth === 0 && part.size !== block.bytes.length) throw new ProofError('a leaf of the blob has another size than its place says')
      if (!isRoot) await blobs.takeIn(root, [block], { signal: this.#ending.signal })
      await this.#want(below)
      if (part.depth === 0) releaseBlock(block.bytes)
      this.#wanted.came(block.cid)
      this.#parts.onCame()
      for (const tell of this.#waiters.get(mapKey(block.cid)) ?? []) tell(true)
      this.#waiters.delete(mapKey(block.cid))
      this.#changed()
    } catch (error) {
      this.#end ??= toPetrelError(error)
      this.stop()
    }
  }

  async #change (): Promise<void> { await new Promise<void>(resolve => { this.#wake.push(resolve) }) }

  #changed (): void {
    if (this.#wanted.isWhole) this.whole.happen()
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** Whether two lists name the same peers. */
export function sameSources (a: readonly BlobSource[], b: readonly BlobSource[]): boolean {
  return a.length === b.length && a.every(({ peer, addrs }) => b.some(other => sameBytes(other.peer, peer) && other.addrs.join() === addrs.join()))
}
