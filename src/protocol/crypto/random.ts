/** Randomness as a parameter: the system's by default, a fixed one in vectors. */
import { randomFillSync } from 'node:crypto'

/** Gives that many random bytes. Anything but the system's randomness is for tests alone. */
export type RandomBytes = (length: number) => Uint8Array

// Asking the system costs tens of microseconds whatever the length, and every sealing wants a nonce: so small
// wishes are cut from a larger piece, and each byte is wiped from it as it is handed out.
const POOL_BYTES = 8192
const LARGEST_CUT = 256
const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/** The system's randomness (node:crypto). */
export const systemRandom: RandomBytes = length => {
  if (length > LARGEST_CUT) return randomFillSync(new Uint8Array(length))
  if (used + length > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = pool.slice(used, used + length)
  pool.fill(0, used, used + length)
  used += length
  return bytes
}
