/**
 * Sealing of what a log keeps: messages under CK_e and commits under HK_e. CRYPTO.md gives the
 * format: version byte 1 ‖ nonce (24) ‖ XChaCha20-Poly1305(padded plaintext), bound to its place.
 */
import { BadInputError, encodeCbor, ENTRY_ID_LENGTH, LIMITS, sameBytes, TooLargeError, UnsupportedError, type EntryId, type LogId } from '../wire/index.js'
import { CRYPTO_LABELS } from './labels.js'
import { pad, paddedLength, unpad } from './padme.js'
import { systemRandom, type RandomBytes } from './random.js'
import { KEY_BYTES, SEAL_OVERHEAD, xopen, xseal } from './xchacha.js'

/** Where a sealed entry stands: it opens nowhere else. */
export interface Place {
  readonly log: LogId
  /** The chat's MLS epoch. */
  readonly epoch: number
  readonly id: EntryId
}

const VERSION = Uint8Array.of(1)

/** What is sealed, and what it may take once it is. */
interface Use { readonly what: string, readonly max: number }
const MESSAGE: Use = { what: 'the message', max: LIMITS.entryBytes }
// A commit stands in its entry beside the link to what was before.
const COMMIT: Use = { what: 'the commit', max: LIMITS.commitBytes - 512 }

// Of the messages of a log in an epoch all but the id is the same.
let last: { readonly label: string, readonly log: LogId, readonly epoch: number, readonly start: Uint8Array } | undefined

/** The canonical bytes of [label, log, epoch, id]. The id's stand at their end. */
function aadOf (label: string, { log, epoch, id }: Place): Uint8Array {
  if (id.length !== ENTRY_ID_LENGTH) return encodeCbor([label, log, epoch, id])
  if (last?.label !== label || last.epoch !== epoch || !sameBytes(last.log, log)) {
    last = { label, log: log.slice(), epoch, start: encodeCbor([label, log, epoch, id]).slice(0, -ENTRY_ID_LENGTH) }
  }
  const { start } = last
  const aad = new Uint8Array(start.length + ENTRY_ID_LENGTH)
  aad.set(start)
  aad.set(id, start.length)
  return aad
}

function requireKey (key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new BadInputError(`a sealing key must be ${KEY_BYTES} bytes, got ${key.length}`)
}

/** How many bytes a plaintext of `length` bytes takes in the log. @internal */
export function sealedLength (length: number): number { return VERSION.length + SEAL_OVERHEAD + paddedLength(length) }

function seal (key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, random: RandomBytes, { what, max }: Use): Uint8Array {
  requireKey(key)
  const length = sealedLength(plaintext.length)
  if (length > max) throw new TooLargeError(`${what} takes ${length} bytes once padded and sealed, over the limit of ${max}`, { details: { bytes: length, limit: max } })
  return xseal(key, pad(plaintext), aad, VERSION, random)
}

function open (key: Uint8Array, sealed: Uint8Array, aad: Uint8Array, { what, max }: Use): Uint8Array {
  requireKey(key)
  if (sealed.length > max) throw new TooLargeError(`${what} of ${sealed.length} bytes is over the limit of ${max}`)
  if (sealed[0] !== VERSION[0]) {
    throw sealed.length === 0
      ? new BadInputError(`${what} is empty`)
      : new UnsupportedError(`${what} has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  }
  return unpad(xopen(key, sealed.subarray(VERSION.length), aad, what))
}

/**
 * Seals a message under CK_e for its place. Each sealing has its own nonce, so the same message sealed
 * again (for a new epoch, say) is another byte string under the same id.
 *
 * @throws TooLargeError when it would not fit an entry once padded
 */
export function sealMessage (key: Uint8Array, plaintext: Uint8Array, place: Place, random: RandomBytes = systemRandom): Uint8Array {
  return seal(key, plaintext, aadOf(CRYPTO_LABELS.sealedMessage, place), random, MESSAGE)
}

/**
 * The plaintext of {@link sealMessage}.
 *
 * @throws DecryptError when key, place or bytes are not the ones that were sealed
 * @throws UnsupportedError for a format of a later version
 * @throws TooLargeError, BadInputError for what no sealing makes
 */
export function openMessage (key: Uint8Array, sealed: Uint8Array, place: Place): Uint8Array {
  return open(key, sealed, aadOf(CRYPTO_LABELS.sealedMessage, place), MESSAGE)
}

/** Seals an MLS commit under HK_e of the epoch it starts from. @throws TooLargeError when it would not fit an entry */
export function sealHandshake (key: Uint8Array, commit: Uint8Array, place: Place, random: RandomBytes = systemRandom): Uint8Array {
  return seal(key, commit, aadOf(CRYPTO_LABELS.sealedHandshake, place), random, COMMIT)
}

/** The commit of {@link sealHandshake}. @throws DecryptError, UnsupportedError, TooLargeError, BadInputError as {@link openMessage} */
export function openHandshake (key: Uint8Array, sealed: Uint8Array, place: Place): Uint8Array {
  return open(key, sealed, aadOf(CRYPTO_LABELS.sealedHandshake, place), COMMIT)
}
