/** Randomness as a parameter: the system's by default, a fixed one in vectors. */
import { randomBytes } from 'node:crypto'

/** Gives that many random bytes. Anything but the system's randomness is for tests alone. */
export type RandomBytes = (length: number) => Uint8Array

/** The system's randomness (node:crypto). */
export const systemRandom: RandomBytes = length => {
  const bytes = randomBytes(length)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
