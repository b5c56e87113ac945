/** Pushes, both ways: nothing is sent beyond the receiver's credit, and credit comes back as its consumer takes them. */
import { BadInputError, InternalError, LIMITS, TooLargeError, toPetrelError, UnavailableError, UnsupportedError } from '../../protocol/wire/index.js'
import type { PetrelError, pb } from '../../protocol/wire/index.js'
import { Budget } from './budget.js'
import { FRAME_OVERHEAD } from './frame-writer.js'
import type { Outbox } from './outbox.js'
import type { GatewayChannel, PushHandler, PushPermit } from './types.js'

const OVERHEAD = LIMITS.pushOverheadBytes
/** Credit is given back at once when it is so large a part of all: the sender has the rest, and need not wait for it. */
const CREDIT_PART = 8
/** Less of it goes with the next write, or after this long: a packet for each push would cost both sides as much as the push. */
const CREDIT_DELAY_MS = 100

/** Pushes to the peer. */
export class OutgoingPushes {
  readonly #credit: Budget
  readonly #most: number
  readonly #outbox: Outbox
  #closed: PetrelError | undefined

  /** @param remote the peer's Hello: its credit */
  constructor (remote: pb.Hello, outbox: Outbox) {
    this.#credit = new Budget(remote.creditBytes)
    this.#most = Math.min(remote.creditBytes - OVERHEAD, remote.maxFrameBytes - FRAME_OVERHEAD)
    this.#outbox = outbox
  }

  /** See GatewayChannel.push. */
  async push (kind: number, body: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    this.#checkOpen()
    this.#checkSize(body, this.#most)
    await this.#credit.take(body.length + OVERHEAD, signal, () => { this.#write(kind, body) })
  }

  /** See GatewayChannel.tryPush. */
  tryPush (kind: number, body: Uint8Array): boolean {
    this.#checkOpen()
    this.#checkSize(body, this.#most)
    if (!this.#credit.tryTake(body.length + OVERHEAD)) return false
    this.#write(kind, body)
    return true
  }

  /** See GatewayChannel.reserve. */
  async reserve (bytes: number, signal: AbortSignal | undefined): Promise<PushPermit> {
    this.#checkOpen()
    const granted = Math.max(0, Math.min(bytes, this.#most))
    await this.#credit.take(granted + OVERHEAD, signal)
    let held = granted + OVERHEAD
    return {
      bytes: granted,
      send: (kind, body) => {
        if (held === 0) throw new InternalError('a push permit was used twice')
        this.#checkOpen()
        this.#checkSize(body, granted)
        const rest = held - body.length - OVERHEAD
        held = 0
        this.#write(kind, body)
        this.#credit.give(rest)
      },
      release: () => {
        const rest = held
        held = 0
        if (rest > 0) this.#credit.give(rest)
      }
    }
  }

  /**
   * The peer has taken pushes.
   * @throws BadInputError when it returns more credit than it was owed
   */
  credit (bytes: number): void {
    if (!this.#credit.give(bytes)) throw new BadInputError('the peer returned more credit than it gave')
  }

  /** Rejects those that wait and those to come. */
  close (error: PetrelError): void {
    this.#closed = error
    this.#credit.close(error)
  }

  #checkOpen (): void {
    if (this.#closed !== undefined) throw this.#closed
    if (this.#most < 0) throw new UnsupportedError('the peer takes no pushes')
  }

  #checkSize (body: Uint8Array, most: number): void {
    if (body.length > most) throw new TooLargeError(`a push of ${body.length} bytes is over the ${most} that may be sent`, { details: { bytes: body.length, limit: most } })
  }

  #write (kind: number, body: Uint8Array): void {
    this.#outbox.writer.push(kind, body)
    this.#outbox.written()
  }
}

/** Pushes from the peer. */
export class IncomingPushes {
  readonly #channel: GatewayChannel
  readonly #handler: PushHandler | undefined
  readonly #outbox: Outbox
  readonly #onFailed: (error: PetrelError) => void
  // What the peer may still send, and what it gets back with the next write.
  #granted: number
  #due = 0
  #later: NodeJS.Timeout | undefined
  readonly #muchDue: number

  /** @param onFailed called when the handler throws: the push is lost here, so the channel must not go on */
  constructor (channel: GatewayChannel, handler: PushHandler | undefined, outbox: Outbox, onFailed: (error: PetrelError) => void) {
    this.#channel = channel
    this.#handler = handler
    this.#outbox = outbox
    this.#onFailed = onFailed
    this.#granted = channel.localHello.creditBytes
    this.#muchDue = this.#granted / CREDIT_PART
  }

  /**
   * A push came in.
   * @throws BadInputError when it is beyond the credit
   */
  take (push: pb.Push): void {
    const cost = push.body.length + OVERHEAD
    if (this.#handler === undefined || cost > this.#granted) throw new BadInputError('the peer pushed beyond its credit')
    this.#granted -= cost
    try {
      const taken = this.#handler({ kind: push.kind, body: push.body, channel: this.#channel })
      if (taken === undefined) this.#giveBack(cost)
      else taken.then(() => { this.#giveBack(cost) }, (error: unknown) => { this.#failed(error) })
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Before each write: one Credit frame for all that was taken since the last. */
  writeCredit (): void {
    if (this.#due === 0) return
    this.close()
    this.#outbox.writer.frame({ credit: { bytes: this.#due } })
    this.#granted += this.#due
    this.#due = 0
  }

  /** Nothing more comes. */
  close (): void {
    clearTimeout(this.#later)
    this.#later = undefined
  }

  #giveBack (cost: number): void {
    this.#due += cost
    if (this.#due >= this.#muchDue) {
      this.#outbox.written()
    } else if (this.#later === undefined) {
      this.#later = setTimeout(() => { this.#outbox.written() }, CREDIT_DELAY_MS)
      this.#later.unref()
    }
  }

  #failed (error: unknown): void {
    const reason = toPetrelError(error)
    this.#onFailed(new UnavailableError('a push could not be taken here; come back and read again', { cause: reason }))
  }
}
