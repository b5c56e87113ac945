/** The asking side's puts: blocks on their way, and their answers. */
import { AbortedError, BadInputError, LIMITS, UnavailableError, type Block, type PetrelError } from '../../../protocol/wire/index.js'
import { BULK_OVERHEAD, putHead } from './frames.js'
import type { BlobOutbox } from './outbox.js'
import type { PutOptions } from './types.js'
import { Window } from './window.js'

/** `hasLeft`: its bytes are looked at no more here. */
interface Flight { readonly bytes: Uint8Array, readonly put: Put, hasLeft: boolean }

/** One call of put. */
class Put {
  outstanding = 0
  readonly onAcked: ((bytes: Uint8Array) => void) | undefined
  readonly #ending = new AbortController()
  #failure: PetrelError | undefined
  #wake: () => void = () => undefined

  constructor (onAcked: ((bytes: Uint8Array) => void) | undefined) { this.onAcked = onAcked }

  /** Aborts when it has failed. */
  get ending (): AbortSignal { return this.#ending.signal }

  answered (bytes: Uint8Array): void {
    this.outstanding--
    this.onAcked?.(bytes)
    if (this.outstanding === 0) this.#wake()
  }

  fail (error: PetrelError): void {
    this.#failure ??= error
    this.#ending.abort(error)
    this.#wake()
  }

  /** @throws what it failed with */
  check (): void { if (this.#failure !== undefined) throw this.#failure }

  /** Resolves when every block is answered. @throws what it failed with */
  async settled (): Promise<void> {
    while (this.outstanding > 0 && this.#failure === undefined) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      this.#wake = () => { resolve(undefined) }
      await promise
    }
    this.check()
  }
}

/** See the file's head. */
export class Puts {
  readonly #outbox: BlobOutbox
  readonly #nextId: () => number
  readonly #onAsked: () => void
  readonly #window = new Window(LIMITS.blobFirstWindowBytes)
  readonly #places = new Window(LIMITS.blobPutsInFlight)
  readonly #flights = new Map<number, Flight>()

  /** `onAsked` is called with each block that is handed to the outbox. */
  constructor (outbox: BlobOutbox, nextId: () => number, onAsked: () => void) {
    this.#outbox = outbox
    this.#nextId = nextId
    this.#onAsked = onAsked
  }

  /** Whether something is unanswered. */
  get busy (): boolean { return this.#flights.size > 0 }

  /** See BlobClient.put. */
  async put (upload: Uint8Array, blocks: AsyncIterable<Block> | Iterable<Block>, { signal, onAcked }: PutOptions): Promise<void> {
    const put = new Put(onAcked)
    // By hand: a signal that lives long would keep what AbortSignal.any makes of it.
    const onAbort = (): void => { put.fail(new AbortedError(undefined, { cause: signal?.reason })) }
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted === true) onAbort()
    try {
      for await (const block of blocks) await this.#send(put, upload, block)
      await put.settled()
    } catch (error) {
      put.check()
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** @throws BadInputError for an answer to what was not asked, or has not left */
  stored (ids: readonly number[], window: number): void {
    for (const id of ids) {
      // Who has it told so may use its memory for another block, which would leave in its place.
      if (this.#flights.get(id)?.hasLeft === false) throw new BadInputError('the peer answered a put before it had it')
      const flight = this.#take(id)
      if (flight === undefined) throw new BadInputError('the peer answered a put that was never made')
      flight.put.answered(flight.bytes)
    }
    this.#window.resize(window)
  }

  /** Whether it was a put that was refused. */
  refused (id: number, error: PetrelError): boolean {
    const flight = this.#take(id)
    flight?.put.fail(error)
    return flight !== undefined
  }

  /** Nothing is answered any more. */
  close (error: PetrelError): void {
    for (const { put } of this.#flights.values()) put.fail(error)
    this.#flights.clear()
    this.#window.close(error)
    this.#places.close(error)
  }

  async #send (put: Put, upload: Uint8Array, { cid, bytes }: Block): Promise<void> {
    put.check()
    await this.#places.take(1, put.ending)
    try {
      await this.#window.take(cost(bytes), put.ending)
    } catch (error) {
      this.#places.give(1)
      throw error
    }
    const id = this.#nextId()
    put.outstanding++
    const flight = { bytes, put, hasLeft: false }
    this.#flights.set(id, flight)
    this.#outbox.block(putHead(id, upload, cid, bytes.length), bytes, () => { flight.hasLeft = true })
    this.#onAsked()
  }

  #take (id: number): Flight | undefined {
    const flight = this.#flights.get(id)
    if (flight === undefined) return undefined
    this.#flights.delete(id)
    this.#window.give(cost(flight.bytes))
    this.#places.give(1)
    return flight
  }
}

/** What a put counts for, on both sides. */
function cost (bytes: Uint8Array): number { return bytes.length + BULK_OVERHEAD }

/** What waits when the stream is gone. */
export function gone (reason: PetrelError | undefined): UnavailableError {
  return new UnavailableError(`the stream of blocks is closed${reason === undefined ? '' : `: ${reason.message}`}`, { cause: reason })
}
