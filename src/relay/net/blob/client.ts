/** The asking side of a stream of blocks. */
import type { Stream } from '@libp2p/interface'
import { BadInputError, DeadlineError, type Block, type Cid, type KeyBytes, type PetrelError } from '../../../protocol/wire/index.js'
import { errorFromFailure } from '../failure.js'
import type { BlobFrame } from './frames.js'
import { Gets } from './getting.js'
import { gone, Puts } from './putting.js'
import type { BlobClient, GetOptions, PutOptions } from './types.js'
import { BlobWire, type BlobTimes } from './wire.js'

/** Ids are 32 bits on the wire: long before they end the stream does, and another begins. */
const LAST_ID = 2 ** 31

/** See the file's head. */
export class BlobAsker implements BlobClient {
  readonly peer: KeyBytes
  readonly closed: Promise<PetrelError | undefined>
  readonly #resolveClosed: (reason: PetrelError | undefined) => void
  readonly #wire: BlobWire
  readonly #times: BlobTimes
  readonly #puts: Puts
  readonly #gets: Gets
  #id = 0
  #timer: NodeJS.Timeout | undefined
  #heard: number
  #isWaiting = false

  constructor (stream: Stream, peer: KeyBytes, times: BlobTimes) {
    this.peer = peer
    this.#times = times
    const { promise, resolve } = Promise.withResolvers<PetrelError | undefined>()
    this.closed = promise
    this.#resolveClosed = resolve
    this.#heard = performance.now()
    this.#wire = new BlobWire(stream, times, {
      onFrame: frame => {
        this.#heard = performance.now()
        this.#take(frame)
      },
      onClosed: reason => { this.#onClosed(reason) }
    })
    const nextId = (): number => {
      if (this.#id === LAST_ID) throw gone(undefined)
      return ++this.#id
    }
    const onAsked = (): void => { this.#asked() }
    const { outbox } = this.#wire
    this.#puts = new Puts(outbox, nextId, onAsked)
    this.#gets = new Gets({ outbox, nextId, lastId: () => this.#id, onAsked, onLie: error => { this.#wire.abort(error) } })
    this.#watch(times.blobIdleMs)
  }

  get isClosed (): boolean { return this.#wire.isClosed }

  async put (upload: Uint8Array, blocks: AsyncIterable<Block> | Iterable<Block>, options: PutOptions = {}): Promise<void> {
    await this.#puts.put(upload, blocks, options)
  }

  get (cids: readonly Cid[], options: GetOptions = {}): AsyncIterable<Block> { return this.#gets.get(cids, options) }

  async close (): Promise<void> { await this.#wire.close() }

  #take (frame: BlobFrame): void {
    switch (frame.kind) {
      case 'stored': this.#puts.stored(frame.ids, frame.window); break
      case 'block': this.#gets.block(frame.id, frame.at, frame.bytes); break
      case 'absent': this.#gets.absent(frame.id, frame.at); break
      case 'refused': {
        const error = errorFromFailure(frame.failure)
        if (!this.#puts.refused(frame.id, error) && !this.#gets.refused(frame.id, error)) throw new BadInputError('the peer refused what nobody asked')
        break
      }
      case 'put': case 'want': case 'cancel': throw new BadInputError('the peer asks on a stream that it did not open')
      default: break
    }
  }

  get #busy (): boolean { return this.#puts.busy || this.#gets.busy }

  /** Something is asked: from now on something must be heard in time. */
  #asked (): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#heard = performance.now()
    clearTimeout(this.#timer)
    this.#watch(this.#times.blobAnswerMs)
  }

  #watch (ms: number): void {
    if (!this.isClosed) this.#timer = setTimeout(() => { this.#onTimer() }, ms).unref()
  }

  /** Without anything to wait for the stream ends by itself. */
  #onTimer (): void {
    const { blobAnswerMs, blobIdleMs } = this.#times
    this.#isWaiting = this.#busy
    // What still leaves has a deadline of its own, in the outbox.
    if (this.#wire.outbox.waiting > 0) this.#heard = performance.now()
    const left = (this.#isWaiting ? blobAnswerMs : blobIdleMs) - (performance.now() - this.#heard)
    if (left > 1) this.#watch(left)
    else if (this.#isWaiting) this.#wire.abort(new DeadlineError(`the peer has answered nothing for ${blobAnswerMs} ms`))
    else void this.close()
  }

  #onClosed (reason: PetrelError | undefined): void {
    clearTimeout(this.#timer)
    const error = reason ?? gone(undefined)
    this.#puts.close(error)
    this.#gets.close(error)
    this.#resolveClosed(reason)
  }
}
