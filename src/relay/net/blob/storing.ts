/** The serving side's puts: what has come and is not on the disk yet, bounded by the window that was told. */
import { BadInputError, LIMITS, sameBytes, toPetrelError, type Block } from '../../../protocol/wire/index.js'
import { failureFrom } from '../failure.js'
import { releaseBlock } from './frame-buffers.js'
import type { Share } from './share.js'
import { BULK_OVERHEAD, encodeBlobFrame, type BlobFrame } from './frames.js'
import type { BlobOutbox } from './outbox.js'
import type { BlobGuest } from './types.js'

type PutFrame = Extract<BlobFrame, { kind: 'put' }>

/**
 * What is handed over at once: one group is being synced, one is hashed and written, and the next one is gathered. With two
 * a tenth less came through. More than this would be smaller, and each costs writes to the index and a sync of its own.
 */
const GROUPS = 3

/** What one stream's puts work with. */
export interface StoringParts {
  readonly guest: BlobGuest
  readonly outbox: BlobOutbox
  readonly signal: AbortSignal
  /** The relay's memory for blocks that are not on the disk yet, of all streams. */
  readonly share: Share
}

/** See the file's head. */
export class Storing {
  readonly #parts: StoringParts
  #gathered: PutFrame[] = []
  #scheduled = false
  #groups = 0
  #unanswered = 0
  #puts = 0
  /** The largest window that was told: what the peer may have on the way. */
  #told: number = LIMITS.blobFirstWindowBytes
  #stored: number[] = []

  constructor (parts: StoringParts) { this.#parts = parts }

  /** Whether something is not answered. */
  get busy (): boolean { return this.#puts > 0 }

  /** Takes a block. @throws BadInputError when more comes than the window allows */
  put (frame: PutFrame): void {
    const cost = frame.bytes.length + BULK_OVERHEAD
    if (this.#puts >= LIMITS.blobPutsInFlight || (this.#unanswered > 0 && this.#unanswered + cost > this.#told)) throw new BadInputError('the peer puts more than it was told that it may')
    this.#unanswered += cost
    this.#puts++
    this.#parts.share.add(cost)
    this.#gathered.push(frame)
    this.#schedule()
  }

  #schedule (): void {
    if (this.#scheduled || this.#gathered.length === 0 || this.#groups >= GROUPS) return
    this.#scheduled = true
    setImmediate(() => { this.#keep() })
  }

  /** The stream is over: what it took of the relay's memory is free again. */
  end (): void {
    this.#parts.share.remove(this.#unanswered)
    this.#unanswered = 0
  }

  /** Hands over what has come, one upload's blocks together. */
  #keep (): void {
    this.#scheduled = false
    const { signal } = this.#parts
    const frames = this.#gathered
    this.#gathered = []
    if (signal.aborted) return
    for (let at = 0; at < frames.length;) {
      const first = frames[at]
      if (first === undefined) return
      let end = at + 1
      for (let next = frames[end]; next !== undefined && sameBytes(next.upload, first.upload); next = frames[end]) end++
      void this.#keepOf(first.upload, frames.slice(at, end))
      at = end
    }
  }

  async #keepOf (upload: Uint8Array, frames: readonly PutFrame[]): Promise<void> {
    const { guest, outbox, signal } = this.#parts
    this.#groups++
    try {
      await guest.put(upload, frames.map(({ cid, bytes }): Block => ({ cid, bytes })), { signal })
      this.#stored.push(...frames.map(({ id }) => id))
      // Only now: after a failure something may still be writing.
      for (const { bytes } of frames) releaseBlock(bytes)
      if (this.#stored.length === frames.length) setImmediate(() => { this.#tellStored() })
    } catch (error) {
      const failure = failureFrom(toPetrelError(error))
      for (const { id } of frames) outbox.frame(encodeBlobFrame({ refused: { id, failure } }))
    }
    this.#groups--
    if (signal.aborted) return
    this.#schedule()
    // Lengths stay what they were.
    const cost = frames.reduce((sum, { bytes }) => sum + bytes.length + BULK_OVERHEAD, 0)
    this.#unanswered -= cost
    this.#puts -= frames.length
    this.#parts.share.remove(cost)
  }

  #tellStored (): void {
    const ids = this.#stored
    this.#stored = []
    const window = this.#parts.share.of(LIMITS.blobWindowBytes, LIMITS.blobFirstWindowBytes)
    this.#told = Math.max(this.#told, window)
    this.#parts.outbox.frame(encodeBlobFrame({ stored: { ids, window } }))
  }
}
