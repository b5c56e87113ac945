/**
 * Padmé padding (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
 * Communication with PURBs", 2019): the length keeps only its leading bits, so an observer
 * learns O(log log n) bits of it, at a cost of at most 12%.
 */
import { BadInputError } from '../wire/index.js'

const PREFIX = 4

/** floor(log2 n) for 1 <= n < 2^32, exactly. */
function log2 (n: number): number { return 31 - Math.clz32(n) }

/** The padded length of `length` bytes (below 2^31): at least `length`, at most 12% more. */
export function padmeLength (length: number): number {
  if (length < 2) return length
  const exponent = log2(length)
  const step = 2 ** (exponent - (log2(exponent) + 1))
  return step <= 1 ? length : Math.ceil(length / step) * step
}

/** How long `bytes` bytes are once padded: prefix and zeros included. */
export function paddedLength (bytes: number): number { return padmeLength(PREFIX + bytes) }

/** u32 big-endian length ‖ bytes ‖ zeros up to the Padmé length of both together. */
export function pad (bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(paddedLength(bytes.length))
  new DataView(out.buffer).setUint32(0, bytes.length)
  out.set(bytes, PREFIX)
  return out
}

/**
 * The bytes that were padded (a view into `padded`).
 *
 * @throws BadInputError unless it is exactly what {@link pad} makes: right length, zeros only
 */
export function unpad (padded: Uint8Array): Uint8Array {
  if (padded.length < PREFIX) throw new BadInputError('padded bytes are too short')
  const length = new DataView(padded.buffer, padded.byteOffset, padded.length).getUint32(0)
  if (length > padded.length - PREFIX || paddedLength(length) !== padded.length) throw new BadInputError('padded bytes have the wrong length')
  for (let i = PREFIX + length; i < padded.length; i++) {
    if (padded[i] !== 0) throw new BadInputError('padding holds something other than zeros')
  }
  return padded.subarray(PREFIX, PREFIX + length)
}
