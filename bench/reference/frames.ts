/** Frames of the bare programs, `length (4) ‖ …`, split from what comes and gathered for what goes. */
import type { Stream } from '@libp2p/interface'

/** Cuts what comes into frames: each memory of its own, or a part of what came, for who copies it on at once. */
export class FrameSplitter {
  readonly #frames: 'own' | 'lent'
  #rest = new Uint8Array(0)

  constructor (frames: 'own' | 'lent' = 'own') { this.#frames = frames }

  /** The frames that are whole now. */
  take (bytes: Uint8Array): Uint8Array[] {
    const all = this.#rest.length === 0 ? bytes : new Uint8Array(Buffer.concat([this.#rest, bytes]))
    const view = new DataView(all.buffer, all.byteOffset, all.length)
    const frames: Uint8Array[] = []
    let at = 0
    while (all.length - at >= 4) {
      const end = at + 4 + view.getUint32(at)
      if (end > all.length) break
      frames.push(this.#frames === 'own' ? all.slice(at, end) : all.subarray(at, end))
      at = end
    }
    this.#rest = all.slice(at)
    return frames
  }
}

/** Sends all pieces of one tick as one, and waits when the stream is full. */
export class Writes {
  readonly #stream: Stream
  #pieces: Uint8Array[] = []
  #isDue = false

  constructor (stream: Stream) { this.#stream = stream }

  add (piece: Uint8Array): void {
    this.#pieces.push(piece)
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => { this.#send() })
  }

  #send (): void {
    const pieces = this.#pieces
    this.#pieces = []
    if (this.#stream.status === 'open' && !this.#stream.send(new Uint8Array(Buffer.concat(pieces)))) {
      this.#stream.addEventListener('drain', () => { this.#again() }, { once: true })
      return
    }
    this.#again()
  }

  #again (): void {
    this.#isDue = this.#pieces.length > 0
    if (this.#isDue) setImmediate(() => { this.#send() })
  }
}
