/** The first bytes of every key, and ranges under a prefix. The layout stands in FORMAT.md. */
import type { KeyRange } from './contract.js'

/** Log keys start with their slot, 0 to 1023; these are above every slot. */
export const SPACE = {
  records: Uint8Array.of(0x80, 0x00),
  expiry: Uint8Array.of(0x80, 0x01),
  blocks: Uint8Array.of(0xa0, 0x00),
  segments: Uint8Array.of(0xa0, 0x01),
  plain: Uint8Array.of(0xc0, 0x00),
  system: Uint8Array.of(0xff, 0x00)
} as const

/** prefix ‖ key. */
export function prefixed (prefix: Uint8Array, key: Uint8Array): Uint8Array {
  // From Node's pool: the database and the cipher ask for the memory behind it, and each would be a piece of its own.
  const { buffer, byteOffset, length } = Buffer.allocUnsafe(prefix.length + key.length)
  const out = new Uint8Array(buffer, byteOffset, length)
  out.set(prefix)
  out.set(key, prefix.length)
  return out
}

/** The first key above every key that starts with `prefix`; undefined when there is none (all bytes 0xff). */
function endOf (prefix: Uint8Array): Uint8Array | undefined {
  let n = prefix.length
  while (n > 0 && prefix[n - 1] === 0xff) n--
  if (n === 0) return undefined
  const out = prefix.slice(0, n)
  out[n - 1] = (out[n - 1] ?? 0) + 1
  return out
}

/** All keys that start with `prefix`. */
export function rangeOf (prefix: Uint8Array): KeyRange {
  const lt = endOf(prefix)
  return lt === undefined ? { gte: prefix } : { gte: prefix, lt }
}

/** A range of short keys as the range of full keys under `prefix`. */
export function rangeUnder (prefix: Uint8Array, range: KeyRange): KeyRange {
  const out: KeyRange = rangeOf(prefix)
  if (range.gte !== undefined) {
    out.gte = prefixed(prefix, range.gte)
  } else if (range.gt !== undefined) {
    delete out.gte
    out.gt = prefixed(prefix, range.gt)
  }
  if (range.lte !== undefined) {
    delete out.lt
    out.lte = prefixed(prefix, range.lte)
  } else if (range.lt !== undefined) {
    out.lt = prefixed(prefix, range.lt)
  }
  if (range.reverse !== undefined) out.reverse = range.reverse
  if (range.limit !== undefined) out.limit = range.limit
  return out
}
