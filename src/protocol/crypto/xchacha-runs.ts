/**
 * XChaCha20-Poly1305 for many short texts under one key: what is sealed in a row shares the first 16 bytes of its nonces,
 * and so the subkey that they lead to (draft-irtf-cfrg-xchacha-03 section 2.3), which is made once. The bytes are the
 * same as {@link xseal}'s for those nonces, and either opens what the other sealed. Measured: half of the time a record.
 */
import type { KeyObject } from 'node:crypto'
import { bytesName, DecryptError } from '../wire/index.js'
import type { RandomBytes } from './random.js'
import { NONCE_BYTES, openUnder, SEAL_OVERHEAD, sealUnder, subkey, xopen, xseal } from './xchacha.js'

const HEAD_BYTES = 16
const NO_PREFIX = new Uint8Array()
/** Sealings that share a nonce's beginning: then it is drawn anew, all of it. A power of two. @internal */
export const RUN_SEALINGS = 256
// Beginnings that are known while reading: what was written together is mostly read together.
const SUBKEYS_KEPT = 32

interface Run { readonly nonce: Uint8Array, readonly key: KeyObject, left: number }

/** One key, for sealing and opening. It keeps the caller's 32 bytes, so they must not change. */
export class SealRuns {
  readonly #key: Uint8Array
  readonly #random: RandomBytes
  readonly #subkeys = new Map<string, KeyObject>()
  #run: Run | undefined
  /** Whether anything was sealed yet: a key that seals one text makes no subkey for it. */
  #isUsed = false
  /** The beginning of the last nonce whose subkey is not known: one that stands alone is not worth it. */
  #seen = ''

  constructor (key: Uint8Array, random: RandomBytes) {
    this.#key = key
    this.#random = random
  }

  /** nonce ‖ ciphertext ‖ tag. No nonce comes twice: each run begins with a random one, and counts up from it. */
  seal (plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
    if (!this.#isUsed) {
      this.#isUsed = true
      return xseal(this.#key, plaintext, aad, NO_PREFIX, this.#random)
    }
    const { nonce, key } = this.#next()
    // From Node's pool: a database takes many small ones, and each would be a piece of memory of its own.
    const { buffer, byteOffset, length } = Buffer.allocUnsafe(SEAL_OVERHEAD + plaintext.length)
    const out = new Uint8Array(buffer, byteOffset, length)
    out.set(nonce)
    sealUnder(key, nonce, plaintext, aad, out.subarray(NONCE_BYTES))
    return out
  }

  /** What {@link seal} or xseal made. `what` names it in the error. @throws DecryptError */
  open (sealed: Uint8Array, aad: Uint8Array, what: string): Uint8Array {
    const key = sealed.length < SEAL_OVERHEAD ? undefined : this.#subkeyOf(sealed)
    if (key === undefined) return xopen(this.#key, sealed, aad, what)
    try {
      return openUnder(key, sealed, sealed.subarray(NONCE_BYTES), aad)
    } catch {
      // No cause: nothing a library says of a failed opening helps, and it must not leak what it compared.
      throw new DecryptError(`${what} does not open: wrong key, wrong place, or altered`)
    }
  }

  #next (): Run {
    let run = this.#run
    if (run === undefined || run.left === 0) {
      const nonce = this.#random(NONCE_BYTES).slice()
      run = this.#run = { nonce, key: subkey(this.#key, nonce), left: RUN_SEALINGS }
    } else {
      countUp(run.nonce)
    }
    run.left--
    return run
  }

  #subkeyOf (sealed: Uint8Array): KeyObject | undefined {
    const head = bytesName(sealed.subarray(0, HEAD_BYTES))
    let key = this.#subkeys.get(head)
    if (key !== undefined) return key
    if (head !== this.#seen) {
      this.#seen = head
      return undefined
    }
    if (this.#subkeys.size >= SUBKEYS_KEPT) this.#subkeys.delete(this.#subkeys.keys().next().value ?? '')
    this.#subkeys.set(head, key = subkey(this.#key, sealed))
    return key
  }
}

/** The next nonce with the same beginning. */
function countUp (nonce: Uint8Array): void {
  for (let i = NONCE_BYTES - 1; i >= HEAD_BYTES; i--) {
    const byte = ((nonce[i] ?? 0) + 1) & 0xff
    nonce[i] = byte
    if (byte !== 0) return
  }
}
