/** The streams of blocks that a host serves at once: strangers, whose keys cost nothing, cannot take those of the others. Pure. */
import { LIMITS, RateLimitError } from '../../../protocol/wire/index.js'
import { OpenConnections } from '../open-connections.js'

/** When somebody for whom there is no place may try again. */
const RETRY_MS = 1000

/** How many streams are served. Each is the one of LIMITS unless told. */
export interface StreamBounds {
  readonly perPeer?: number
  /** Of all together. */
  readonly total?: number
  /** Of guests, and of guests from one address. */
  readonly guests?: number
  readonly guestsPerAddress?: number
}

/** See the file's head. */
export class StreamPlaces {
  readonly #perPeer: number
  readonly #total: number
  readonly #guestsMost: number
  readonly #byAddress: OpenConnections
  #taken = 0
  #guests = 0

  constructor (bounds: StreamBounds = {}) {
    this.#perPeer = bounds.perPeer ?? LIMITS.blobStreamsPerPeer
    this.#total = bounds.total ?? LIMITS.blobStreams
    this.#guestsMost = bounds.guests ?? LIMITS.blobGuestStreams
    this.#byAddress = new OpenConnections(bounds.guestsPerAddress ?? LIMITS.blobGuestStreamsPerAddress)
  }

  /** @throws RateLimitError when one peer has more streams, this one included, than it may */
  requirePeer (streams: number): void {
    if (streams > this.#perPeer) throw tooMany()
  }

  /**
   * Takes a place, for a guest from an address or for somebody who is none; to be called once when the stream ends.
   * @throws RateLimitError when there is none
   */
  take (guestFrom: string | undefined): () => void {
    const isGuest = guestFrom !== undefined
    if (this.#taken >= this.#total || (isGuest && this.#guests >= this.#guestsMost)) throw tooMany()
    const leave = isGuest ? this.#byAddress.add(guestFrom) : () => undefined
    if (leave === undefined) throw tooMany()
    this.#taken++
    if (isGuest) this.#guests++
    return () => {
      this.#taken--
      if (isGuest) this.#guests--
      leave()
    }
  }
}

function tooMany (): RateLimitError {
  return new RateLimitError('too many streams of blocks at once', { details: { retryMs: RETRY_MS } })
}
