/**
 * Deletes blocks that there is no reason left to keep. What lost a reason is a candidate, on the disk too, so a crash
 * forgets none. A candidate with a reason stays; one without goes, and what it linked to, if it was an index node, is a
 * candidate then. All of that bears being done again.
 */
import { cidCodec, CODEC, decodeIndex, CID_LENGTH, UnavailableError, type Cid } from '../../protocol/wire/index.js'
import type { Clock, Store } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import { blobKey, keptBy, lastCid, under } from './keys.js'
import type { References } from './references.js'
import type { Blocks } from './blocks.js'
import type { Down } from './down.js'

/** Candidates that are looked at together: some megabytes of memory at the most, and some milliseconds. */
const PAGE = 256
/** A disk that refused is tried again after this, ms. */
const RETRY_MS = 5_000

/** What it works with. */
export interface CollectorParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly references: References
  readonly blocks: Blocks
  readonly down: Pick<Down, 'isDown'>
  /** Told how many blocks went. */
  readonly onCollected: (blocks: number) => void
}

/** See the file's head. */
export class Collector {
  readonly #parts: CollectorParts
  #running: Promise<void> | undefined
  #isDue = false
  #isClosed = false
  #cancelRetry: () => void = () => undefined

  constructor (parts: CollectorParts) {
    this.#parts = parts
    parts.references.onDropped(() => { this.look() })
  }

  /** Looks for candidates, now or once it is done with what it is at. */
  look (): void {
    if (this.#isClosed) return
    this.#isDue = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // It may have come after the last look.
      if (this.#isDue) this.look()
    })
  }

  /** Resolves when there is nothing left to be looked at, or the disk refuses. */
  async quiet (): Promise<void> {
    this.look()
    await this.#running
  }

  /** Ends after what it is at. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry()
    await this.#running
  }

  async #run (): Promise<void> {
    // A microtask later: whoever changed something does not wait for it.
    await Promise.resolve()
    try {
      while (this.#isDue && !this.#isClosed) {
        this.#isDue = false
        this.#parts.references.isWaitedFor = false
        await this.#round()
      }
    } catch (error) {
      this.#isDue = false
      if (this.#isClosed) return
      this.#parts.log(error instanceof UnavailableError ? 'debug' : 'warn', 'blobs.not-collected', { reason: error instanceof Error ? error.name : 'unknown' })
      this.#cancelRetry()
      this.#cancelRetry = this.#parts.clock.after(RETRY_MS, () => { this.look() })
    }
  }

  /** One look at all candidates. */
  async #round (): Promise<void> {
    const range = under(blobKey('candidate'))
    for (let after: Uint8Array | undefined; !this.#isClosed;) {
      const page: Cid[] = []
      for await (const [key] of this.#parts.store.kv.iterate({ ...after === undefined ? range : { gt: after, lt: range.lt }, limit: PAGE })) {
        page.push(lastCid(key))
        after = key
      }
      if (page.length > 0) await this.#look(page)
      if (page.length < PAGE) return
    }
  }

  async #look (page: readonly Cid[]): Promise<void> {
    const { references, store: { kv } } = this.#parts
    const watch = references.watch()
    const isLeftAlone = (cid: Cid): boolean => watch.changed.has(mapKey(cid))
    try {
      const kept: Cid[] = []
      const free = new Map<Cid, readonly Cid[]>()
      for (const cid of page) {
        if (isLeftAlone(cid)) continue
        if (await references.has(cid)) kept.push(cid)
        else free.set(cid, await this.#linksOf(cid))
      }
      const gone = [...free].filter(([cid]) => !isLeftAlone(cid))
      await this.#delete(gone)
      // Whose reasons have changed meanwhile is a candidate again, or still.
      const done = [...kept, ...gone.map(([cid]) => cid)].filter(cid => !isLeftAlone(cid))
      await kv.batch(done.map(cid => ({ type: 'del', key: blobKey('candidate', cid) })), { soft: true })
      if (done.length < page.length) references.isWaitedFor = true
    } finally {
      watch.end()
    }
  }

  /** Deletes blocks. From the moment they were found free, nothing is waited for before the store has the order. */
  async #delete (gone: ReadonlyArray<readonly [cid: Cid, links: readonly Cid[]]>): Promise<void> {
    if (gone.length === 0) return
    const { references, down, store: { kv, blobs }, onCollected } = this.#parts
    const orders: Array<Promise<unknown>> = []
    for (const [cid, links] of gone) {
      // First what it linked to: once the node is gone, nobody could say it.
      if (links.length > 0) orders.push(references.dropping(links, () => kv.batch([{ type: 'del', key: blobKey('lost', cid) }, ...links.flatMap(link => references.drop(link, keptBy.node(cid)))], { soft: true })))
    }
    // What was taken down is not to lie on the disk for whoever looks there.
    const deleted = blobs.delete(gone.map(([cid]) => cid), { overwrite: cid => down.isDown(cid) })
    const [count] = await Promise.all([deleted, ...orders])
    onCollected(count)
  }

  /** What an index node links to. */
  async #linksOf (cid: Cid): Promise<readonly Cid[]> {
    if (cidCodec(cid) !== CODEC.dagCbor) return []
    const { blocks, store: { kv } } = this.#parts
    const bytes = await blocks.readAny(cid)
    if (bytes !== undefined) return decodeIndex(bytes).links
    const lost = await kv.get(blobKey('lost', cid))
    return lost === undefined ? [] : Array.from({ length: lost.length / CID_LENGTH }, (_, i) => lost.slice(i * CID_LENGTH, (i + 1) * CID_LENGTH))
  }
}
