/** The serving side's gets: what is wanted of it, read as the stream takes it. */
import { BadInputError, LIMITS, toPetrelError, type Cid } from '../../../protocol/wire/index.js'
import { failureFrom } from '../failure.js'
import { blockHead, encodeBlobFrame, type BlobFrame } from './frames.js'
import type { BlobOutbox } from './outbox.js'
import type { Share } from './share.js'
import type { BlobGuest, Coming } from './types.js'

/** `hasCome`: somebody brought it, and said so. */
interface Item { readonly want: Want, readonly at: number, readonly cid: Cid, readonly hasCome?: true }
interface Want { readonly id: number, left: number, readonly ending: AbortController }

/** What one stream's gets work with. */
export interface ServingParts {
  readonly guest: BlobGuest
  readonly outbox: BlobOutbox
  readonly signal: AbortSignal
  /** The relay's memory for blocks that are read and have not left, of all streams. */
  readonly share: Share
  /** How long a block that is on its way is waited for, ms. */
  readonly waitMs: number
  readonly onSent: (bytes: number) => void
}

/** See the file's head. */
export class Serving {
  readonly #parts: ServingParts
  readonly #wants = new Map<number, Want>()
  #queue: Item[] = []
  #open = 0
  /** Bytes of the share that this stream holds. */
  #held = 0

  constructor (parts: ServingParts) { this.#parts = parts }

  /** Whether something is not answered. */
  get busy (): boolean { return this.#open > 0 }

  /** Takes a want. @throws BadInputError when more is wanted than may be at once, or under an id that is in use */
  want ({ id, cids, first }: Extract<BlobFrame, { kind: 'want' }>): void {
    if (this.#wants.has(id)) throw new BadInputError('the peer used the id of a want that is not answered yet')
    if (this.#open + cids.length > LIMITS.blobWants) throw new BadInputError(`the peer wants over ${LIMITS.blobWants} blocks at once`)
    const want: Want = { id, left: cids.length, ending: new AbortController() }
    this.#wants.set(id, want)
    this.#open += cids.length
    const items = cids.map((cid, at): Item => ({ want, at, cid }))
    if (first) this.#queue.unshift(...items)
    else this.#queue.push(...items)
    this.#go()
  }

  /** What has not left of a want is wanted no more. One that is answered already is nobody's fault. */
  cancel (id: number): void {
    const want = this.#wants.get(id)
    if (want !== undefined) this.#drop(want)
  }

  /** The stream is over. */
  end (): void {
    for (const want of [...this.#wants.values()]) this.#drop(want)
    this.#parts.share.remove(this.#held)
    this.#held = 0
  }

  #drop (want: Want): void {
    this.#wants.delete(want.id)
    this.#open -= want.left
    want.left = 0
    // Now, not when their turn comes: it does not come while the peer reads nothing, and it could pile up as many as it likes.
    this.#queue = this.#queue.filter(item => item.want !== want)
    want.ending.abort()
  }

  /** Reads on, as long as the peer takes what was read. */
  #go (): void {
    const { share, signal } = this.#parts
    while (!signal.aborted && this.#queue.length > 0) {
      const mine = this.#held
      if (mine > 0 && (mine >= LIMITS.blobReadAheadBytes || !share.fits(LIMITS.blobBytes))) return
      const item = this.#queue.shift()
      if (item === undefined || item.want.left === 0) continue
      this.#hold(LIMITS.blobBytes)
      void this.#answer(item)
    }
  }

  async #answer (item: Item): Promise<void> {
    const { guest, signal } = this.#parts
    let held: number = LIMITS.blobBytes
    try {
      const bytes = await guest.get(item.cid, { signal: item.want.ending.signal })
      if (signal.aborted || item.want.left === 0) return
      if (bytes === undefined) this.#missing(item)
      else {
        this.#send(item, bytes)
        held = 0
      }
    } catch (error) {
      this.#refuse(item.want, error)
    } finally {
      if (!signal.aborted) this.#release(held)
    }
  }

  #send ({ want, at }: Item, bytes: Uint8Array): void {
    const { outbox, onSent } = this.#parts
    // Small blocks are reckoned by their size from here on.
    this.#release(LIMITS.blobBytes - bytes.length)
    outbox.block(blockHead(want.id, at, bytes.length), bytes, () => {
      onSent(bytes.length)
      this.#release(bytes.length)
    })
    this.#answered(want)
  }

  /** A block that is not here: it may be on its way. */
  #missing (item: Item): void {
    // Once: what came and is not here after all (taken down, collected, damaged) would be waited for without end.
    const coming = item.hasCome === true ? undefined : this.#parts.guest.coming?.(item.cid)
    if (coming === undefined) this.#absent(item)
    else void this.#wait(item, coming)
  }

  async #wait (item: Item, coming: Coming): Promise<void> {
    const { signal } = item.want.ending
    const late = new AbortController()
    const stop = (): void => { late.abort() }
    // A timer of its own, not AbortSignal.timeout: a want that is taken back must not leave one behind.
    const timer = setTimeout(stop, this.#parts.waitMs).unref()
    signal.addEventListener('abort', stop)
    const hasCome = await coming(late.signal).catch(() => false)
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    if (this.#parts.signal.aborted || item.want.left === 0) return
    if (hasCome) {
      this.#queue.unshift({ ...item, hasCome: true })
      this.#go()
    } else this.#absent(item)
  }

  #absent ({ want, at }: Item): void {
    // First, since the frame may be one too many and end the stream.
    this.#answered(want)
    this.#parts.outbox.frame(encodeBlobFrame({ absent: { id: want.id, at: [at] } }))
  }

  #refuse (want: Want, error: unknown): void {
    if (this.#parts.signal.aborted || want.left === 0) return
    this.#drop(want)
    this.#parts.outbox.frame(encodeBlobFrame({ refused: { id: want.id, failure: failureFrom(toPetrelError(error)) } }))
  }

  #answered (want: Want): void {
    want.left--
    this.#open--
    if (want.left === 0) this.#wants.delete(want.id)
  }

  #hold (bytes: number): void {
    this.#held += bytes
    this.#parts.share.add(bytes)
  }

  #release (bytes: number): void {
    if (bytes === 0 || this.#parts.signal.aborted) return
    this.#held -= bytes
    this.#parts.share.remove(bytes)
    this.#go()
  }
}
