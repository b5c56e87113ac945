/**
 * Protobuf field by field, for messages of which there are thousands a second: the generated decoder makes a reader and three
 * objects for each, and empty byte strings that it then replaces. Here a message's usual form is read: its fields once and
 * in their order, numbers below 2^32. Any other form is left to the generated decoder, which says what is wrong with it.
 */

/** The fields of one message, from a place in bytes to another. */
export class PlainFields {
  /** The next byte. */
  at: number
  /** Where the last byte string began; it ended before `at`. */
  from = 0
  readonly #bytes: Uint8Array
  readonly #end: number

  constructor (bytes: Uint8Array, at = 0, end = bytes.length) {
    this.at = at
    this.#bytes = bytes
    this.#end = end
  }

  /** Whether all was read. */
  get isOver (): boolean { return this.at === this.#end }

  /** Passes a field's tag (below 128: field number and wire type), if it comes next. */
  has (tag: number): boolean {
    if (this.at >= this.#end || this.#bytes[this.at] !== tag) return false
    this.at++
    return true
  }

  /** A number below 2^32; undefined for anything else. */
  uint (): number | undefined {
    let value = 0
    let unit = 1
    for (let i = 0; i < 5 && this.at < this.#end; i++) {
      const byte = this.#bytes[this.at++] ?? 0
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value < 2 ** 32 ? value : undefined
      unit *= 128
    }
    return undefined
  }

  /** Passes a byte string, and says where it began. @returns whether there is a whole one */
  pass (): boolean {
    const length = this.uint()
    if (length === undefined || this.at + length > this.#end) return false
    this.from = this.at
    this.at += length
    return true
  }

  /** A byte string, as a view; undefined when there is no whole one. */
  view (): Uint8Array | undefined { return this.pass() ? this.#bytes.subarray(this.from, this.at) : undefined }
}

/** Writes fields behind each other into memory that is large enough. */
export class FieldWriter {
  at = 0
  readonly #out: Uint8Array

  constructor (out: Uint8Array) { this.#out = out }

  /** A tag (below 128) and a number below 2^32: a field of its own, or the length of what follows. */
  number (tag: number, value: number): void {
    this.#out[this.at++] = tag
    let rest = value
    while (rest >= 0x80) {
      this.#out[this.at++] = rest % 128 | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#out[this.at++] = rest
  }

  /** A byte string. */
  bytes (tag: number, bytes: Uint8Array): void {
    this.number(tag, bytes.length)
    this.#out.set(bytes, this.at)
    this.at += bytes.length
  }
}

/** Bytes of a field with a tag below 128 and a number below 2^32. */
export function numberField (value: number): number {
  return value < 0x80 ? 2 : value < 0x4000 ? 3 : value < 0x20_0000 ? 4 : value < 0x1000_0000 ? 5 : 6
}

/** Bytes of a field with a tag below 128 and a byte string of a length. */
export function bytesField (length: number): number { return numberField(length) + length }
