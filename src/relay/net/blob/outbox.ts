/**
 * The writing half of a stream of blocks. Small frames of one turn of the event loop leave together and before blocks;
 * blocks leave in pieces, each when the connection has room, so that nothing else on the connection waits behind more than
 * one piece.
 */
import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { LIMITS, UnavailableError } from '../../../protocol/wire/index.js'
import type { PetrelError } from '../../../protocol/wire/index.js'
import { bytesPassed } from './garbage.js'

/** What an outbox tells the wire around it. */
export interface BlobOutboxOptions {
  /** With bytes waiting, some must leave within this time. */
  readonly writeStallMs: number
  /** Called once when the peer does not read or the stream is gone. */
  readonly onBroken: (error: PetrelError) => void
}

interface Bulk { readonly bytes: Uint8ArrayList, readonly left: () => void }

/** See the file's head. */
export class BlobOutbox {
  readonly #stream: Stream
  readonly #options: BlobOutboxOptions
  readonly #small: Uint8Array[] = []
  #smallBytes = 0
  readonly #bulk: Bulk[] = []
  #bulkBytes = 0
  /** The first block has begun to leave: nothing may come between its pieces. */
  #inBlock = false
  #needsDrain = false
  #scheduled: NodeJS.Immediate | undefined
  #stall: NodeJS.Timeout | undefined
  #handed = 0
  #takenAtStall = 0
  #closed = false

  constructor (stream: Stream, options: BlobOutboxOptions) {
    this.#stream = stream
    this.#options = options
    // The event, not stream.onDrain(): in this libp2p that resolves at once after the first drain.
    stream.addEventListener('drain', this.#onDrain)
  }

  /** Bytes of blocks that have not left. */
  get bulkBytes (): number { return this.#bulkBytes }

  /** Bytes of all that has not left. */
  get waiting (): number { return this.#bulkBytes + this.#smallBytes }

  /** A frame without a block. It leaves within this turn of the event loop, or when the connection has room; too many that wait end the stream. */
  frame (bytes: Uint8Array): void {
    if (this.#closed) return
    this.#small.push(bytes)
    this.#smallBytes += bytes.length
    // With room, all of it leaves within this turn: only what waits for the peer to read can pile up.
    const cost = this.#smallBytes + this.#small.length * LIMITS.blobSmallCost
    if (this.#needsDrain && cost > LIMITS.blobSmallBytes) this.#broken(new UnavailableError('the peer asks on and does not read the answers'))
    else this.#schedule()
  }

  /** A frame with a block, which must not change until it has left: then `left` is called, unless the stream ends first. */
  block (head: Uint8Array, bytes: Uint8Array, left: () => void = () => undefined): void {
    if (this.#closed) return
    this.#bulk.push({ bytes: new Uint8ArrayList(head, bytes), left })
    this.#bulkBytes += head.length + bytes.length
    this.#schedule()
  }

  /** Hands over all that is gathered and not a block, room or not, and closes: the stream's own close waits for it to leave. */
  finish (): void {
    if (!this.#inBlock) this.#writeSmall()
    this.close()
  }

  /** Writes nothing more. */
  close (): void {
    this.#closed = true
    clearImmediate(this.#scheduled)
    clearTimeout(this.#stall)
    this.#stream.removeEventListener('drain', this.#onDrain)
    this.#bulk.length = 0
    this.#bulkBytes = 0
    this.#small.length = 0
    this.#smallBytes = 0
  }

  #schedule (): void {
    if (this.#needsDrain) return
    this.#scheduled ??= setImmediate(() => { this.#pump() })
  }

  readonly #onDrain = (): void => {
    this.#needsDrain = false
    this.#pump()
  }

  #pump (): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    while (!this.#closed && !this.#needsDrain && this.waiting > 0) {
      if (!this.#inBlock && this.#smallBytes > 0) this.#writeSmall()
      else this.#writePiece()
    }
  }

  #writeSmall (): void {
    const list = new Uint8ArrayList(Buffer.concat(this.#small))
    this.#small.length = 0
    this.#smallBytes = 0
    this.#send(list)
  }

  /** One piece: of as many blocks as it holds, so that small ones leave together too. */
  #writePiece (): void {
    const piece = new Uint8ArrayList()
    const left: Array<() => void> = []
    for (let bulk = this.#bulk[0]; bulk !== undefined; bulk = this.#bulk[0]) {
      const room = LIMITS.blobPieceBytes - piece.length
      const part = bulk.bytes.length <= room ? bulk.bytes : bulk.bytes.sublist(0, room)
      piece.append(part)
      this.#inBlock = part !== bulk.bytes
      if (this.#inBlock) {
        bulk.bytes.consume(room)
        break
      }
      left.push(bulk.left)
      this.#bulk.shift()
      if (this.#smallBytes > 0) break
    }
    this.#bulkBytes -= piece.length
    this.#send(piece)
    for (const tell of left) tell()
  }

  #send (list: Uint8ArrayList): void {
    if (list.length === 0) return
    this.#handed += list.length
    bytesPassed(list.length)
    try {
      if (this.#stream.send(list)) return
      this.#needsDrain = true
      if (this.#stall === undefined) this.#watchStall()
    } catch (cause) {
      this.#broken(new UnavailableError('the stream to the peer is gone', { cause }))
    }
  }

  #watchStall (): void {
    this.#takenAtStall = this.#handed - this.#stream.writeBufferLength
    this.#stall = setTimeout(() => { this.#onStall() }, this.#options.writeStallMs)
    this.#stall.unref()
  }

  #onStall (): void {
    this.#stall = undefined
    const left = this.#stream.writeBufferLength
    if (left === 0 && !this.#needsDrain) return
    if (this.#handed - left > this.#takenAtStall) this.#watchStall()
    else this.#broken(new UnavailableError(`the peer has read nothing for ${this.#options.writeStallMs} ms`))
  }

  #broken (error: PetrelError): void {
    if (this.#closed) return
    this.close()
    this.#options.onBroken(error)
  }
}
