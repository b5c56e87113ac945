/** A stream of blocks as frames: reading with deadlines, writing through the outbox, one end. */
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { DeadlineError, LIMITS, toPetrelError } from '../../../protocol/wire/index.js'
import type { PetrelError } from '../../../protocol/wire/index.js'
import { errorFromFailure, failureFrom } from '../failure.js'
import { FrameReader } from '../frame-reader.js'
import { frameBuffers } from './frame-buffers.js'
import { bytesPassed } from './garbage.js'
import { decodeBlobFrame, encodeBlobFrame, type BlobFrame } from './frames.js'
import { BlobOutbox } from './outbox.js'
import { endOf, endStream, lost, plain } from '../stream-end.js'
import { gatherWindowUpdates } from '../window-updates.js'

/** Times of a stream of blocks, ms. Each is the one of LIMITS with the same name unless told. */
export interface BlobTimes {
  readonly frameDeadlineMs: number
  readonly writeStallMs: number
  readonly blobAnswerMs: number
  readonly blobWaitMs: number
  readonly blobIdleMs: number
}

/** Who uses the wire. */
export interface BlobWireUser {
  /** Takes a frame, in order. What it throws cuts the wire off. */
  readonly onFrame: (frame: BlobFrame) => void
  /** Called once, with the reason, or undefined after a plain close. */
  readonly onClosed: (reason: PetrelError | undefined) => void
}

/** See the file's head. */
export class BlobWire {
  readonly outbox: BlobOutbox
  readonly #stream: Stream
  readonly #times: BlobTimes
  readonly #user: BlobWireUser
  readonly #reader = new FrameReader(LIMITS.blobFrameBytes, frameBuffers)
  #frameTimer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor (stream: Stream, times: BlobTimes, user: BlobWireUser) {
    this.#stream = stream
    this.#times = times
    this.#user = user
    this.outbox = new BlobOutbox(stream, { writeStallMs: times.writeStallMs, onBroken: error => { this.#cut(error) } })
    gatherWindowUpdates(stream)
    stream.addEventListener('message', this.#onMessage)
    stream.addEventListener('end', this.#onEnd)
    stream.addEventListener('close', this.#onStreamClose)
    // It may have ended before anybody listened. Later, since the user is not ready inside a constructor.
    if (stream.readableEnded) queueMicrotask(this.#onEnd)
  }

  get isClosed (): boolean { return this.#isClosed }

  /** Ends plainly: small frames that are written leave first. */
  async close (): Promise<void> {
    this.outbox.finish()
    await this.#end(undefined, undefined)
  }

  /** Ends with an error, and tells the peer if the stream still takes it. */
  abort (error: PetrelError): void {
    if (this.#isClosed) return
    this.outbox.frame(encodeBlobFrame({ closing: failureFrom(error) }))
    this.outbox.finish()
    void this.#end(error, error)
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    if (this.#isClosed) return
    try {
      const { data } = event
      bytesPassed(data.byteLength)
      if (data instanceof Uint8Array) this.#reader.read(plain(data), this.#take)
      else for (const chunk of data) this.#reader.read(plain(chunk), this.#take)
      this.#watchFrame()
    } catch (error) {
      this.abort(toPetrelError(error))
    }
  }

  readonly #take = (bytes: Uint8Array): boolean => {
    const frame = decodeBlobFrame(bytes)
    if (frame.kind === 'closing') void this.#end(errorFromFailure(frame.failure), undefined)
    else this.#user.onFrame(frame)
    return !this.#isClosed
  }

  /** A frame that has begun must end in time: it is looked at when the time passes, not with each byte. */
  #watchFrame (): void {
    if (this.#isClosed || this.#frameTimer !== undefined || !this.#reader.partial) return
    const { frames } = this.#reader
    const begun = performance.now()
    const look = (): void => {
      this.#frameTimer = undefined
      if (!this.#reader.partial || this.#reader.frames !== frames) {
        this.#watchFrame()
        return
      }
      const allowed = this.#times.frameDeadlineMs + Math.ceil(this.#reader.partialLength / LIMITS.frameBytesPerMs)
      const left = allowed - (performance.now() - begun)
      if (left > 0) this.#frameTimer = setTimeout(look, left).unref()
      else this.abort(new DeadlineError(`the peer began a frame and did not end it within ${allowed} ms`))
    }
    this.#frameTimer = setTimeout(look, this.#times.frameDeadlineMs).unref()
  }

  /** No more bytes will come: a plain close if the stream itself still stands, else the connection was lost. */
  readonly #onEnd = (): void => {
    const end = endOf(this.#stream, this.#reader.partial)
    if (end === 'told later') return
    if (end.isGone) this.#finish(end.reason)
    else void this.#end(end.reason, undefined)
  }

  readonly #onStreamClose = (event: StreamCloseEvent): void => { this.#finish(lost(event.error)) }

  /** Closes the stream after its last words; cuts it if they do not leave in time. */
  async #end (reason: PetrelError | undefined, cut: PetrelError | undefined): Promise<void> {
    if (this.#finish(reason)) await endStream(this.#stream, cut, LIMITS.lastWordsMs)
  }

  #cut (error: PetrelError): void {
    if (this.#finish(error)) this.#stream.abort(error)
  }

  #finish (reason: PetrelError | undefined): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    this.#reader.stop()
    clearTimeout(this.#frameTimer)
    this.outbox.close()
    this.#stream.removeEventListener('message', this.#onMessage)
    this.#stream.removeEventListener('end', this.#onEnd)
    this.#stream.removeEventListener('close', this.#onStreamClose)
    this.#user.onClosed(reason)
    return true
  }
}
