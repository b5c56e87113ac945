/** The head of a CBOR item: its first byte and its argument, in the fewest bytes. RFC 8949 section 3. */

const WORD = 0x1_0000_0000

/** How many bytes a head takes whose argument is `n`, 0 to 2^53 - 1. */
export function headBytes (n: number): number { return n < 24 ? 1 : n < 0x100 ? 2 : n < 0x1_0000 ? 3 : n < WORD ? 5 : 9 }

/** Writes a head at `at`, where there is room for it. `n`: 0 to 2^53 - 1. @returns where it ends */
export function putHead (out: Uint8Array, at: number, major: number, n: number): number {
  if (n < 24) {
    out[at] = major | n
    return at + 1
  }
  const size = headBytes(n) - 1
  out[at++] = major | (size === 1 ? 24 : size === 2 ? 25 : size === 4 ? 26 : 27)
  if (size === 8) at = putWord(out, at, Math.floor(n / WORD))
  if (size >= 4) return putWord(out, at, n % WORD)
  if (size === 2) out[at++] = n >>> 8
  out[at++] = n & 0xff
  return at
}

function putWord (out: Uint8Array, at: number, n: number): number {
  out[at] = n >>> 24
  out[at + 1] = n >>> 16
  out[at + 2] = n >>> 8
  out[at + 3] = n
  return at + 4
}
