/** Randomness as a parameter: the system's by default, a fixed one in vectors. */
import { randomFillSync } from 'node:crypto'
import { BadInputError } from '../wire/index.js'

/** Gives that many random bytes. Anything but the system's randomness is for tests alone. */
export type RandomBytes = (length: number) => Uint8Array

// Asking the system costs several microseconds whatever the length, and every sealing wants a nonce and an id: so these
// are cut from a larger piece, and each byte is wiped from it as it is handed out. Both are shown to the relay anyway.
// What is longer may be a key, and comes from the system at the moment it is wanted: who reads this memory today must
// not learn the keys of tomorrow. A worker and a child process load this module anew, so none shares another's pool.
const POOL_BYTES = 8192
/** The length of a nonce. */
const LARGEST_CUT = 24
const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/** The system's randomness (node:crypto). @throws BadInputError when `length` is no whole number of at least 0 */
export const systemRandom: RandomBytes = length => {
  if (!Number.isSafeInteger(length) || length < 0) throw new BadInputError(`cannot give ${length} random bytes`)
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
