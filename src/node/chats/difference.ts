/**
 * What makes some bytes of others, as parts of the others and what is new. For states of a group, of which a commit
 * changes little: a few keys on a path, at places that may have moved. Pure.
 */
import { BadInputError, TooLargeError } from '../../protocol/wire/index.js'

// Parts that are alike and shorter are not looked for: a key of MLS is as long.
const BLOCK = 32

/** The difference from `before` to `after`: again and again a number of new bytes, these, and which part of `before` follows (start, length). */
export function difference (before: Uint8Array, after: Uint8Array): Uint8Array {
  const blocks = new Map<string, number>()
  for (let at = 0; at + BLOCK <= before.length; at += BLOCK) {
    const name = nameOf(before, at)
    if (!blocks.has(name)) blocks.set(name, at)
  }
  const out = new Writer()
  let written = 0
  for (let at = 0; at + BLOCK <= after.length;) {
    const found = blocks.get(nameOf(after, at))
    if (found === undefined) { at++; continue }
    let [from, to, start] = [found, at + BLOCK, at]
    while (to < after.length && after[to] === before[found + to - at]) to++
    while (start > written && from > 0 && after[start - 1] === before[from - 1]) { start--; from-- }
    out.part(after.subarray(written, start), from, to - start)
    written = at = to
  }
  out.part(after.subarray(written), 0, 0)
  return out.bytes()
}

/** What a difference makes of `before`. @throws BadInputError for what is none; TooLargeError beyond `most` bytes */
export function applied (before: Uint8Array, diff: Uint8Array, most: number): Uint8Array {
  const parts: Uint8Array[] = []
  let total = 0
  for (let at = 0; at < diff.length;) {
    const [fresh, afterCount] = read(diff, at)
    const [from, afterFrom] = read(diff, afterCount + fresh)
    const [length, end] = read(diff, afterFrom)
    if (from + length > before.length) throw new BadInputError('a difference takes more than there is')
    total += fresh + length
    if (total > most) throw new TooLargeError(`a difference makes more than ${most} bytes`)
    parts.push(diff.subarray(afterCount, afterCount + fresh), before.subarray(from, from + length))
    at = end
  }
  return new Uint8Array(Buffer.concat(parts))
}

function nameOf (bytes: Uint8Array, at: number): string { return Buffer.from(bytes.buffer, bytes.byteOffset + at, BLOCK).toString('latin1') }

class Writer {
  readonly #parts: Uint8Array[] = []

  part (fresh: Uint8Array, from: number, length: number): void { this.#parts.push(number(fresh.length), fresh, number(from), number(length)) }
  bytes (): Uint8Array { return new Uint8Array(Buffer.concat(this.#parts)) }
}

/** Seven bits at a time, the lowest first. */
function number (n: number): Uint8Array {
  const out: number[] = []
  for (let left = n; ; left >>>= 7) {
    if (left < 0x80) return Uint8Array.of(...out, left)
    out.push(0x80 | (left & 0x7f))
  }
}

function read (bytes: Uint8Array, from: number): [value: number, next: number] {
  let value = 0
  for (let at = from, shift = 0; shift < 28; at++, shift += 7) {
    const byte = bytes[at]
    if (byte === undefined) break
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return [value, at + 1]
  }
  throw new BadInputError('a difference ends too early')
}
