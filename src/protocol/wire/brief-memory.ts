/** Memory that values which are copied on at once share: one of their own for each costs more than filling it, to make and to collect. */

const CHUNK_BYTES = 8 * 1024
/** Larger ones have their own. */
const SHARED_BYTES = CHUNK_BYTES / 8

/** See the file's head. What was given out is never given out again; one value that is kept keeps 8 KiB. */
export class BriefMemory {
  #chunk = new Uint8Array(0)
  #given = 0

  /** So many bytes, all zero. */
  take (length: number): Uint8Array {
    if (length > SHARED_BYTES) return new Uint8Array(length)
    if (this.#given + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(CHUNK_BYTES)
      this.#given = 0
    }
    const from = this.#given
    this.#given += length
    return this.#chunk.subarray(from, this.#given)
  }
}
