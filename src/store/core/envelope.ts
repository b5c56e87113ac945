/** How a value lies on the disk: with a checksum bound to its key, or sealed by the caller's cipher. */
import { crc32 } from 'node:zlib'
import { CorruptError, DecryptError } from '../../protocol/wire/index.js'
import type { Cipher } from '../contract.js'
import { put32 } from '../uint.js'

/** Bytes before a value on the disk, when no cipher seals it. */
export const CHECK_BYTES = 4

/** Turns values into what is stored and back. */
export interface Envelope {
  /** The bytes to store under `key`. `hasRoom`: CHECK_BYTES before the value in its memory are free to be written to. */
  wrap: (key: Uint8Array, value: Uint8Array, hasRoom?: boolean) => Uint8Array
  /** The value. @throws CorruptError naming the key in hex, when the bytes are not what was stored under `key` */
  unwrap: (key: Uint8Array, stored: Uint8Array) => Uint8Array
}

function corrupt (key: Uint8Array, cause?: unknown): CorruptError {
  const hex = Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex')
  return new CorruptError(`the record ${hex} is not what was written: restore from a backup or run doctor`, { cause, details: { key: hex } })
}

// The key's length goes first: else a byte could pass from the key's end to the value's start.
function checkOf (key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key, key.length))
}

/**
 * CRC-32 over key and value: it finds every flip of up to three bits and misses other damage once in 2^32. Measured at
 * 0.5 µs for 1 KiB, where SHA-256 takes 1.8 and would protect no more: who can write the file can write the hash.
 */
export const checked: Envelope = {
  wrap (key, value, hasRoom = false) {
    const out = hasRoom ? new Uint8Array(value.buffer, value.byteOffset - CHECK_BYTES, CHECK_BYTES + value.length) : new Uint8Array(CHECK_BYTES + value.length)
    put32(out, 0, checkOf(key, value))
    if (!hasRoom) out.set(value, CHECK_BYTES)
    return out
  },
  unwrap (key, stored) {
    if (stored.length < CHECK_BYTES) throw corrupt(key)
    const value = new Uint8Array(stored.buffer, stored.byteOffset + CHECK_BYTES, stored.length - CHECK_BYTES)
    const check = new DataView(stored.buffer, stored.byteOffset).getUint32(0)
    if (checkOf(key, value) !== check) throw corrupt(key)
    return value
  }
}

/** Values sealed by `cipher`, the key as its additional data. */
export function sealedBy (cipher: Cipher): Envelope {
  return {
    wrap: (key, value) => cipher.seal(value, key),
    unwrap (key, stored) {
      try {
        return cipher.open(stored, key)
      } catch (error) {
        if (error instanceof DecryptError) throw corrupt(key, error)
        throw error
      }
    }
  }
}
