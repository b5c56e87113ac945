/** A gateway stream as frames: reading with deadlines, writing through the outbox, silence noticed, one end. */
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { DeadlineError, LIMITS, toPetrelError, UnavailableError } from '../../protocol/wire/index.js'
import type { PetrelError } from '../../protocol/wire/index.js'
import { Deadlines } from './deadlines.js'
import { failureFrom } from './failure.js'
import { decodeFrame } from './frame-decode.js'
import type { Frame } from './frame-decode.js'
import { FrameReader } from './frame-reader.js'
import { Outbox } from './outbox.js'
import { endOf, endStream, lost, plain } from './stream-end.js'
import type { ChannelLimits } from './types.js'
import { gatherWindowUpdates } from './window-updates.js'

/** Who uses the wire now: the handshake, then the channel. */
export interface WireUser {
  /** Takes a frame, in order. What it throws cuts the wire off. */
  readonly onFrame: (frame: Frame) => void
  readonly beforeWrite?: () => void
  readonly onRoom?: (bytes: number) => void
  /** Called once, with the reason, or undefined after a plain close. */
  readonly onClosed: (reason: PetrelError | undefined) => void
}

type Timer = 'frame' | 'idle' | 'answer'

/** Frames over one stream. */
export class Wire {
  readonly outbox: Outbox
  readonly closed: Promise<PetrelError | undefined>
  readonly #resolveClosed: (reason: PetrelError | undefined) => void
  readonly #stream: Stream
  readonly #limits: ChannelLimits
  readonly #now: () => number
  readonly #onLost: (error: PetrelError) => void
  readonly #reader = new FrameReader(LIMITS.helloBytes)
  readonly #timers: Deadlines<Timer>
  #user: WireUser
  #isClosed = false
  #framesAtDeadline = -1
  #frameBegan = 0
  #lastHeard: number
  #probedAt = 0

  /** @param onLost called when the peer has fallen silent: its whole connection is no good any more */
  constructor (stream: Stream, limits: ChannelLimits, now: () => number, user: WireUser, onLost: (error: PetrelError) => void) {
    this.#stream = stream
    this.#onLost = onLost
    this.#limits = limits
    this.#now = now
    this.#user = user
    this.#lastHeard = now()
    const { promise, resolve } = Promise.withResolvers<PetrelError | undefined>()
    this.closed = promise
    this.#resolveClosed = resolve
    this.#timers = new Deadlines(now, timer => { this.#onTimer(timer) })
    this.outbox = new Outbox(stream, {
      writeBufferBytes: limits.writeBufferBytes,
      writeStallMs: limits.writeStallMs,
      beforeWrite: () => { this.#user.beforeWrite?.() },
      onRoom: bytes => { this.#user.onRoom?.(bytes) },
      onDrain: () => { this.#lastHeard = now() },
      onBroken: error => { this.#cut(error) }
    })
    gatherWindowUpdates(stream)
    stream.addEventListener('message', this.#onMessage)
    stream.addEventListener('end', this.#onEnd)
    stream.addEventListener('close', this.#onStreamClose)
    // It may have ended before anybody listened. Later, since the user is not ready inside a constructor.
    if (stream.readableEnded) queueMicrotask(this.#onEnd)
  }

  get isClosed (): boolean { return this.#isClosed }

  /** Another user from the next frame on. */
  use (user: WireUser): void { this.#user = user }

  /** The Hellos are exchanged: whole frames are taken, and silence is noticed. */
  established (): void {
    this.#reader.setMaxBytes(this.#limits.frameBytes)
    this.#timers.set('idle', this.#limits.probeIdleMs)
  }

  /** Ends plainly: what is written leaves first. Resolves when it has, or when the peer did not take it in time. */
  async close (): Promise<void> {
    if (this.#isClosed) return
    this.outbox.finish()
    await this.#end(undefined, undefined)
  }

  /** Ends with an error, and tells the peer if the stream still takes it. */
  abort (error: PetrelError): void {
    if (this.#isClosed) return
    if (this.outbox.behind) {
      this.#cut(error)
      return
    }
    this.outbox.writer.frame({ closing: failureFrom(error) })
    this.outbox.finish()
    void this.#end(error, error)
  }

  /** The peer has ended with an error of its own. */
  ended (reason: PetrelError): void { void this.#end(reason, undefined) }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    if (this.#isClosed) return
    this.#lastHeard = this.#now()
    try {
      const { data } = event
      if (data instanceof Uint8Array) this.#reader.read(plain(data), this.#take)
      else for (const chunk of data) this.#reader.read(plain(chunk), this.#take)
      this.#watchFrame()
    } catch (error) {
      this.abort(toPetrelError(error))
    }
  }

  readonly #take = (bytes: Uint8Array): boolean => {
    const frame = decodeFrame(bytes)
    if (frame.kind === 'probe') {
      if (!frame.answer) this.#probe(true)
    } else {
      this.#user.onFrame(frame)
    }
    return !this.#isClosed
  }

  /** A frame that has begun must end in time; its deadline moves with its length, not with each byte. */
  #watchFrame (): void {
    if (this.#isClosed) return
    if (!this.#reader.partial) {
      if (this.#framesAtDeadline === -1) return
      this.#framesAtDeadline = -1
      this.#timers.delete('frame')
      return
    }
    if (this.#framesAtDeadline === this.#reader.frames) return
    this.#framesAtDeadline = this.#reader.frames
    this.#frameBegan = this.#now()
    this.#timers.set('frame', this.#limits.frameDeadlineMs)
  }

  #onTimer (timer: Timer): void {
    if (timer === 'frame') this.#onFrameDeadline()
    else if (timer === 'idle') this.#onIdle()
    else if (this.#lastHeard < this.#probedAt) this.#onSilence()
    else this.#timers.set('idle', this.#limits.probeIdleMs)
  }

  #onFrameDeadline (): void {
    const allowed = this.#limits.frameDeadlineMs + Math.ceil(this.#reader.partialLength / LIMITS.frameBytesPerMs)
    const elapsed = this.#now() - this.#frameBegan
    if (elapsed < allowed) this.#timers.set('frame', allowed - elapsed)
    else this.abort(new DeadlineError(`the peer began a frame and did not end it within ${allowed} ms`))
  }

  #onIdle (): void {
    const silent = this.#now() - this.#lastHeard
    if (silent < this.#limits.probeIdleMs) {
      this.#timers.set('idle', this.#limits.probeIdleMs - silent)
      return
    }
    this.#probe(false)
    this.#probedAt = this.#now()
    this.#timers.set('answer', this.#limits.probeAnswerMs)
  }

  #onSilence (): void {
    const error = new UnavailableError('the peer does not answer any more')
    this.#cut(error)
    this.#onLost(error)
  }

  #probe (answer: boolean): void {
    this.outbox.writer.frame({ probe: { answer } })
    this.outbox.written()
  }

  /** No more bytes will come: a plain close if the stream itself still stands, else the connection was lost. */
  readonly #onEnd = (): void => {
    const end = endOf(this.#stream, this.#reader.partial)
    if (end === 'told later') return
    if (end.isGone) this.#finish(end.reason)
    else void this.#end(end.reason, undefined)
  }

  readonly #onStreamClose = (event: StreamCloseEvent): void => {
    this.#finish(lost(event.error))
  }

  /** Closes the stream after its last words; cuts it if they do not leave in time. */
  async #end (reason: PetrelError | undefined, cut: PetrelError | undefined): Promise<void> {
    if (this.#finish(reason)) await endStream(this.#stream, cut, this.#limits.lastWordsMs)
  }

  #cut (error: PetrelError): void {
    if (this.#finish(error)) this.#stream.abort(error)
  }

  #finish (reason: PetrelError | undefined): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    this.#reader.stop()
    this.#timers.clear()
    this.outbox.close()
    this.#stream.removeEventListener('message', this.#onMessage)
    this.#stream.removeEventListener('end', this.#onEnd)
    this.#stream.removeEventListener('close', this.#onStreamClose)
    this.#user.onClosed(reason)
    this.#resolveClosed(reason)
    return true
  }
}
