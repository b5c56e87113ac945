/** The writing half of a gateway stream: frames of one turn of the event loop leave as one write, and a peer that does not read is found out. */
import type { Stream } from '@libp2p/interface'
import { UnavailableError } from '../../protocol/wire/index.js'
import type { PetrelError } from '../../protocol/wire/index.js'
import { FrameWriter } from './frame-writer.js'

/** Gathering beyond this gains nothing: it is one noise message. */
const FLUSH_AT = 64 * 1024

/** What an outbox needs from the channel around it. */
export interface OutboxOptions {
  /** Bytes that may wait. */
  readonly writeBufferBytes: number
  /** With bytes waiting, some must leave within this time. */
  readonly writeStallMs: number
  /** Called before each write, to add frames that are due once per write (credit). */
  readonly beforeWrite: () => void
  /** Called when everything written so far has been taken by the connection, with the room that was marked for it. */
  readonly onRoom: (bytes: number) => void
  /** Called when the peer has taken some of what waited. */
  readonly onDrain: () => void
  /** Called once when the peer does not read or the stream is gone. */
  readonly onBroken: (error: PetrelError) => void
}

/** Gathers and writes frames. Write with `writer`, then call {@link written}. */
export class Outbox {
  readonly writer = new FrameWriter()
  readonly #stream: Stream
  readonly #options: OutboxOptions
  #scheduled: NodeJS.Immediate | undefined
  #needsDrain = false
  #stall: NodeJS.Timeout | undefined
  #handed = 0
  #takenAtStall = 0
  #roomWritten = 0
  #roomTaken = 0
  #closed = false

  constructor (stream: Stream, options: OutboxOptions) {
    this.#stream = stream
    this.#options = options
    // A backstop behind our own check, which cuts off first.
    stream.maxWriteBufferLength = 2 * options.writeBufferBytes
    // The events, not stream.onDrain(): in this libp2p that resolves at once after the first drain.
    stream.addEventListener('drain', this.#onDrain)
    stream.addEventListener('idle', this.#onIdle)
  }

  /** Whether the peer is behind: what is written now waits. */
  get behind (): boolean { return this.#needsDrain }

  /** Marks room that a written reply holds until it has left. */
  holdRoom (bytes: number): void { this.#roomWritten += bytes }

  /** Something was written (or is due): it leaves within this turn of the event loop, or when the peer has room. */
  written (): void {
    if (this.#closed) return
    const waiting = this.writer.bytes + (this.#needsDrain ? this.#stream.writeBufferLength : 0)
    if (waiting > this.#options.writeBufferBytes) {
      this.#broken(new UnavailableError(`the peer reads too slowly: ${waiting} bytes wait for it`))
      return
    }
    if (this.#needsDrain) return
    if (this.writer.bytes >= FLUSH_AT) this.flush()
    else this.#scheduled ??= setImmediate(() => { this.flush() })
  }

  /** Writes what is gathered now, if the peer has room. */
  flush (): void {
    if (!this.#needsDrain) this.#write()
  }

  /** Hands over all that is gathered, room or not, and closes: the stream's own close waits for it to leave. */
  finish (): void {
    this.#write()
    this.close()
  }

  #write (): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#closed) return
    this.#options.beforeWrite()
    if (this.writer.bytes === 0) return
    this.#roomTaken += this.#roomWritten
    this.#roomWritten = 0
    this.#handed += this.writer.bytes
    try {
      if (!this.#stream.send(this.writer.take())) {
        this.#needsDrain = true
        if (this.#stall === undefined) this.#watchStall()
      }
    } catch (cause) {
      this.#broken(new UnavailableError('the stream to the peer is gone', { cause }))
    }
  }

  /** Writes nothing more. */
  close (): void {
    this.#closed = true
    clearImmediate(this.#scheduled)
    clearTimeout(this.#stall)
    this.#stream.removeEventListener('drain', this.#onDrain)
    this.#stream.removeEventListener('idle', this.#onIdle)
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

  readonly #onDrain = (): void => {
    // What libp2p still holds goes first; if it is too much, the next write says so again.
    this.#needsDrain = false
    this.#options.onDrain()
    this.flush()
  }

  readonly #onIdle = (): void => {
    if (this.#roomTaken === 0) return
    const room = this.#roomTaken
    this.#roomTaken = 0
    this.#options.onRoom(room)
  }

  #broken (error: PetrelError): void {
    if (this.#closed) return
    this.close()
    this.#options.onBroken(error)
  }
}
