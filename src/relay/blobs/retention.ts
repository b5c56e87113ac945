/** What ends by time: uploads nobody goes on with, leases that were made for a time, and, if the operator wants it, leases nobody has used for long. */
import { decodeCbor, encodeCbor, shape, type Cid } from '../../protocol/wire/index.js'
import type { Clock, Store } from '../../store/index.js'
import { bytesOfMapKey, mapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import { blobKey, type OwnerTag } from './keys.js'
import type { Leases } from './leases.js'

/** How often it looks, ms. */
const LOOK_MS = 3600_000
/** Blocks that are remembered until the next look: of a busy hour's further ones a use may be missed. */
const USED = 100_000

const usedShape = shape.tuple(shape.literal(1), shape.uint())

/** What it works with. */
export interface RetentionParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly leases: Leases
  /** Leases not used for this long end; undefined: none does. */
  readonly keepMs: number | undefined
  readonly end: (owner: OwnerTag, root: Cid) => Promise<unknown>
  readonly expireUploads: (now: number) => Promise<void>
}

/** See the file's head. */
export class Retention {
  readonly #parts: RetentionParts
  /** Blocks that were asked for since the last note. */
  readonly #used = new Set<string>()
  #cancel: () => void = () => undefined
  #looking: Promise<void> | undefined
  #isClosed = false

  constructor (parts: RetentionParts) { this.#parts = parts }

  /** Looks from now on. */
  begin (): void {
    this.#cancel = this.#parts.clock.after(LOOK_MS, () => {
      this.#looking = this.look()
        .catch((error: unknown) => { this.#parts.log('warn', 'blobs.retention', { reason: error instanceof Error ? error.name : 'unknown' }) })
        .finally(() => {
          this.#looking = undefined
          if (!this.#isClosed) this.begin()
        })
    })
  }

  /** Takes note that a block was asked for, which may be a blob's root. */
  used (cid: Cid): void { if (this.#parts.keepMs !== undefined && this.#used.size < USED) this.#used.add(mapKey(cid)) }

  /** Ends what is over now. */
  async look (): Promise<void> {
    const { clock, keepMs, leases, end, expireUploads, store: { kv } } = this.#parts
    const now = clock.now()
    await expireUploads(now)
    for await (const { owner, root } of leases.over(now)) {
      if (this.#isClosed) return
      await end(owner, root)
    }
    if (keepMs === undefined) return
    await this.#note(now)
    for await (const { owner, root, made } of leases.all()) {
      if (this.#isClosed) return
      if (made > now - keepMs) continue
      const used = await kv.get(blobKey('used', root))
      if (used === undefined || usedShape(decodeCbor(used, 64), 'use')[1] <= now - keepMs) await end(owner, root)
    }
  }

  /** Ends after what it is at. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.#cancel()
    await this.#looking
    if (this.#parts.store.state === 'open') await this.#note(this.#parts.clock.now())
  }

  async #note (now: number): Promise<void> {
    const names = [...this.#used]
    this.#used.clear()
    for (const name of names) {
      const cid = bytesOfMapKey(name)
      if ((await this.#parts.leases.ownersOf(cid)).length === 0) continue
      await this.#parts.store.kv.batch([{ type: 'put', key: blobKey('used', cid), value: encodeCbor([1, now]) }], { soft: true })
    }
  }
}
