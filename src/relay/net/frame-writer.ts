/** Gathers frames for one write. Pure. */
import { Uint8ArrayList } from 'uint8arraylist'
import { pb } from '../../protocol/wire/index.js'

/**
 * Small frames are copied together into slabs: few pieces cost noise and yamux least. They begin small
 * and are let go with each write, since a relay holds thousands of idle channels.
 */
const FIRST_SLAB = 2 * 1024
const LARGEST_SLAB = 64 * 1024
/** Bodies from this size on are sent from where they are; below it a copy is cheaper than one more piece. */
const COPY_BELOW = 4096
/** More than the head of any call, reply or push: three tags and lengths, two numbers. */
const HEAD_ROOM = 64

const EMPTY = new Uint8Array(0)
/** Field numbers of the hot frames in `Frame`. */
const FIELD = { call: 2, reply: 3, push: 4 } as const

function varintLength (value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++
  return length
}

/** Bytes of a protobuf number field with a one-byte tag; absent when zero, as proto3 has it. */
function numberLength (value: number): number { return value === 0 ? 0 : 1 + varintLength(value) }

/** Bytes of a frame with a body of `bodyBytes` beyond that body, at most. */
export const FRAME_OVERHEAD = HEAD_ROOM

/** Collects frames until {@link take}. The hot frames are written straight into the slab; others by the generated encoder. */
export class FrameWriter {
  #slab: Uint8Array = EMPTY
  // Bytes of the slab from #start to #end are not in #parts yet.
  #start = 0
  #end = 0
  #parts: Uint8Array[] = []
  #bytes = 0

  /** Bytes gathered. */
  get bytes (): number { return this.#bytes }

  /** A Call. A body of 4 KiB or more is not copied: it must not change until it has left. */
  call (id: number, method: number, body: Uint8Array, deadlineMs: number): void {
    const bodyField = body.length === 0 ? 0 : 1 + varintLength(body.length) + body.length
    this.#begin(FIELD.call, numberLength(id) + numberLength(method) + bodyField + numberLength(deadlineMs))
    this.#number(8, id)
    this.#number(16, method)
    if (body.length > 0) this.#body(26, body)
    this.#number(32, deadlineMs)
  }

  /** A Reply with a body (see {@link call} for copying). */
  reply (id: number, body: Uint8Array): void {
    this.#begin(FIELD.reply, numberLength(id) + 1 + varintLength(body.length) + body.length)
    this.#number(8, id)
    this.#body(18, body)
  }

  /** A Push (see {@link call} for copying). */
  push (kind: number, body: Uint8Array): void {
    const bodyField = body.length === 0 ? 0 : 1 + varintLength(body.length) + body.length
    this.#begin(FIELD.push, numberLength(kind) + bodyField)
    this.#number(8, kind)
    if (body.length > 0) this.#body(18, body)
  }

  /** Any frame. */
  frame (frame: pb.Frame): void {
    const bytes = pb.Frame.encode(frame)
    this.#room(HEAD_ROOM)
    this.#varint(bytes.length)
    this.#append(bytes)
  }

  /** All gathered bytes, in few pieces; the writer is empty then. */
  take (): Uint8ArrayList {
    this.#closePart()
    const list = new Uint8ArrayList(...this.#parts)
    this.#parts = []
    this.#bytes = 0
    this.#slab = EMPTY
    this.#start = 0
    this.#end = 0
    return list
  }

  #begin (field: number, length: number): void {
    this.#room(HEAD_ROOM)
    this.#varint(1 + varintLength(length) + length)
    this.#varint(field * 8 + 2)
    this.#varint(length)
  }

  #number (tag: number, value: number): void {
    if (value === 0) return
    this.#room(HEAD_ROOM)
    this.#varint(tag)
    this.#varint(value)
  }

  #body (tag: number, body: Uint8Array): void {
    this.#varint(tag)
    this.#varint(body.length)
    this.#append(body)
  }

  #append (bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (bytes.length >= COPY_BELOW) {
      this.#closePart()
      this.#parts.push(bytes)
      return
    }
    this.#room(bytes.length)
    this.#slab.set(bytes, this.#end)
    this.#end += bytes.length
  }

  #varint (value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#slab[this.#end++] = (rest % 128) | 0x80
      this.#bytes++
      rest = Math.floor(rest / 128)
    }
    this.#slab[this.#end++] = rest
    this.#bytes++
  }

  /** Room for `length` more bytes in the slab; a fresh and larger one if need be. */
  #room (length: number): void {
    if (this.#end + length <= this.#slab.length) return
    this.#closePart()
    // Not zeroed: only what is written is ever sent.
    this.#slab = Buffer.allocUnsafe(Math.max(length, Math.min(LARGEST_SLAB, Math.max(FIRST_SLAB, this.#slab.length * 8))))
    this.#start = 0
    this.#end = 0
  }

  #closePart (): void {
    if (this.#end > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}
