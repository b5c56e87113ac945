/**
 * Memory that the records of many appends share: one of their own for each key and value costs as much as filling it, to
 * make and to collect. What was given out is never given out again; a slab goes when nothing of it is held any more.
 */

const SLAB_BYTES = 64 * 1024
/** Larger ones have memory of their own: they would leave most of a slab unused, and hold it for long. */
const SHARED_BYTES = 8 * 1024

/** Gives out memory: so many bytes, with `room` before them that nobody else uses. */
export interface Memory { take (length: number, room?: number): Uint8Array }

/** Memory of their own for a few that are written alone. */
export const OWN_MEMORY: Memory = { take: (length, room = 0) => new Uint8Array(room + length).subarray(room) }

/** The same memory again and again, for what is copied before the next is taken. */
export class Scratch implements Memory {
  #bytes: Uint8Array = new Uint8Array(0)
  #room = 0

  take (length: number, room = 0): Uint8Array {
    if (this.#bytes.length !== length || this.#room !== room) {
      this.#bytes = OWN_MEMORY.take(length, room)
      this.#room = room
    }
    return this.#bytes
  }
}

/** See the file's head. */
export class Slab implements Memory {
  #bytes = new Uint8Array(0)
  #at = 0

  take (length: number, room = 0): Uint8Array {
    const whole = room + length
    if (whole > SHARED_BYTES) return OWN_MEMORY.take(length, room)
    if (this.#at + whole > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES)
      this.#at = 0
    }
    const from = this.#at + room
    this.#at += whole
    return this.#bytes.subarray(from, from + length)
  }
}
