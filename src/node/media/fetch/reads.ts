/** Who reads a file while it comes, where each one stands, and who still looks at a block's bytes. Pure, but for the memory that is given back. */
import { releaseBlock } from '../../../relay/net/index.js'

/** A place in the file that somebody reads on from. `held`: the bytes that were given out last, until the next ones are asked for; `next`: the leaf after those. */
export interface ReadPlace { at: number, readonly last: number, held?: Uint8Array | undefined, next?: number }

/** See the file's head. */
export class Reads {
  readonly #places = new Set<ReadPlace>()
  readonly #aheadChunks: number
  readonly #uses = new WeakMap<Uint8Array, number>()

  /** @param aheadChunks how many leaves a reader is ahead of itself */
  constructor (aheadChunks: number) { this.#aheadChunks = aheadChunks }

  /** Whether nobody reads. */
  get isIdle (): boolean { return this.#places.size === 0 }

  /** Somebody begins to read. */
  open (first: number, last: number): ReadPlace {
    const place = { at: first, last }
    this.#places.add(place)
    return place
  }

  /** Somebody ends. */
  close (place: ReadPlace): void {
    this.handIn(place)
    this.#places.delete(place)
  }

  /** A reader's next leaves. */
  window ({ at, last }: ReadPlace): number[] {
    return Array.from({ length: Math.max(0, Math.min(last - at + 1, this.#aheadChunks)) }, (_, i) => at + i)
  }

  /** All readers' next leaves, in turns, so that none starves the others. */
  next (): number[] {
    const windows = [...this.#places].map(place => this.window(place))
    return Array.from({ length: this.#aheadChunks }, (_, step) => windows.flatMap(window => window[step] ?? [])).flat()
  }

  /** Somebody looks at bytes of a leaf that came. */
  use (bytes: Uint8Array): void { this.#uses.set(bytes, (this.#uses.get(bytes) ?? 0) + 1) }

  /** One of those looks no more. After the last one the bytes are another block's. */
  used (bytes: Uint8Array): void {
    const left = (this.#uses.get(bytes) ?? 1) - 1
    this.#uses.set(bytes, left)
    if (left === 0) releaseBlock(bytes)
  }

  /** Hands such bytes to a reader, who looks at them until it hands them in. */
  hand (place: ReadPlace, bytes: Uint8Array): Uint8Array {
    this.use(bytes)
    place.held = bytes
    return bytes
  }

  /** A reader looks no more at what it was handed. */
  handIn (place: ReadPlace): void {
    if (place.held !== undefined) this.used(place.held)
    place.held = undefined
  }
}
