/**
 * Pipes between the members of a chat: where each of them listens, and how frames are sealed. Both follow from the
 * epoch's pipe secret, so they change with every commit. CRYPTO.md gives the format.
 */
import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { BadInputError, encodeCbor, LIMITS, rawEd25519, TooLargeError, UnsupportedError, type KeyBytes, type LogId } from '../wire/index.js'
import { CRYPTO_LABELS } from './labels.js'
import { pad, paddedLength, unpad } from './padme.js'
import { systemRandom, type RandomBytes } from './random.js'
import { SEAL_OVERHEAD, xopen, xseal } from './xchacha.js'

const SECRET_BYTES = 32
const VERSION = Uint8Array.of(1)
const encoder = new TextEncoder()

/** To whom a frame goes: it opens for nobody else. */
export interface PipePlace {
  readonly log: LogId
  /** The chat's MLS epoch. */
  readonly epoch: number
  /** The account that it is for. */
  readonly to: KeyBytes
}

function derive (pipe: Uint8Array, label: string, more: Uint8Array): Uint8Array {
  if (pipe.length !== SECRET_BYTES) throw new BadInputError(`a pipe secret must be ${SECRET_BYTES} bytes, got ${pipe.length}`)
  const head = encoder.encode(`${label}\0`)
  const info = new Uint8Array(head.length + more.length)
  info.set(head)
  info.set(more, head.length)
  return expand(sha256, pipe, info, SECRET_BYTES)
}

/** Where an account's devices listen for frames of a chat, in one epoch: 32 bytes. @throws BadInputError for wrong lengths */
export function pipeAddress (pipe: Uint8Array, account: KeyBytes): Uint8Array {
  rawEd25519(account)
  return derive(pipe, CRYPTO_LABELS.pipeAddress, account)
}

function keyOf (pipe: Uint8Array): Uint8Array { return derive(pipe, CRYPTO_LABELS.pipeKey, new Uint8Array(0)) }

function aadOf ({ log, epoch, to }: PipePlace): Uint8Array { return encodeCbor([CRYPTO_LABELS.sealedPipeFrame, log, epoch, to]) }

/** Seals a frame under the epoch's pipe secret. @throws TooLargeError when it would not fit a pipe's frame once padded */
export function sealPipeFrame (pipe: Uint8Array, plaintext: Uint8Array, place: PipePlace, random: RandomBytes = systemRandom): Uint8Array {
  const length = VERSION.length + SEAL_OVERHEAD + paddedLength(plaintext.length)
  if (length > LIMITS.pipeFrameBytes) throw new TooLargeError(`the frame takes ${length} bytes once padded and sealed, over the limit of ${LIMITS.pipeFrameBytes}`, { details: { bytes: length, limit: LIMITS.pipeFrameBytes } })
  return xseal(keyOf(pipe), pad(plaintext), aadOf(place), VERSION, random)
}

/**
 * The plaintext of {@link sealPipeFrame}. That it opens says that a member of the epoch sealed it, not which one.
 *
 * @throws DecryptError when secret, place or bytes are not the ones that were sealed
 * @throws UnsupportedError for a format of a later version; TooLargeError, BadInputError for what no sealing makes
 */
export function openPipeFrame (pipe: Uint8Array, sealed: Uint8Array, place: PipePlace): Uint8Array {
  if (sealed.length > LIMITS.pipeFrameBytes) throw new TooLargeError(`a pipe's frame of ${sealed.length} bytes is over the limit of ${LIMITS.pipeFrameBytes}`)
  if (sealed.length === 0) throw new BadInputError('the pipe\'s frame is empty')
  if (sealed[0] !== VERSION[0]) throw new UnsupportedError(`the pipe's frame has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  return unpad(xopen(keyOf(pipe), sealed.subarray(VERSION.length), aadOf(place), 'the pipe\'s frame'))
}
