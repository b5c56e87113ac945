/**
 * Where the two devices of a secret chat listen for each other's frames, and the seal around a frame: MLS shows the
 * group and its epoch in the clear, and a commit lies open. Both follow from the epoch, so they change with every
 * turn, and whoever carries the frames cannot tell that two of them belong together. CRYPTO.md gives the format.
 */
import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { BadInputError, encodeCbor, LIMITS, TooLargeError, UnsupportedError } from '../../wire/index.js'
import { CRYPTO_LABELS } from '../labels.js'
import { pad, paddedLength, unpad } from '../padme.js'
import { systemRandom, type RandomBytes } from '../random.js'
import { SEAL_OVERHEAD, xopen, xseal } from '../xchacha.js'

const SECRET_BYTES = 32
const VERSION = Uint8Array.of(1)
const encoder = new TextEncoder()

/** What a frame is sealed for. */
export interface SecretPlace {
  /** The chat's MLS group id. */
  readonly chat: Uint8Array
  /** The epoch whose pipe secret it is. */
  readonly epoch: number
  /** The leaf of the device that it is for: 0 for who began the chat, else 1. */
  readonly to: number
}

function derive (pipe: Uint8Array, label: string, to: number): Uint8Array {
  if (pipe.length !== SECRET_BYTES) throw new BadInputError(`a pipe secret must be ${SECRET_BYTES} bytes, got ${pipe.length}`)
  if (to !== 0 && to !== 1) throw new BadInputError('a secret chat has the leaves 0 and 1')
  const head = encoder.encode(`${label}\0`)
  const info = new Uint8Array(head.length + 1)
  info.set(head)
  info[head.length] = to
  return expand(sha256, pipe, info, SECRET_BYTES)
}

/** The address at which the device of a leaf listens, in one epoch: 32 bytes. @throws BadInputError for wrong lengths or leaves */
export function secretAddress (pipe: Uint8Array, to: number): Uint8Array { return derive(pipe, CRYPTO_LABELS.secretAddress, to) }

function aadOf ({ chat, epoch, to }: SecretPlace): Uint8Array { return encodeCbor([CRYPTO_LABELS.sealedSecretFrame, chat, epoch, to]) }

/** Seals a frame for the device of a leaf. @throws TooLargeError when it would not fit a pipe's frame once padded */
export function sealSecretFrame (pipe: Uint8Array, plaintext: Uint8Array, place: SecretPlace, random: RandomBytes = systemRandom): Uint8Array {
  const length = VERSION.length + SEAL_OVERHEAD + paddedLength(plaintext.length)
  if (length > LIMITS.pipeFrameBytes) throw new TooLargeError(`the frame takes ${length} bytes once padded and sealed, over the limit of ${LIMITS.pipeFrameBytes}`, { details: { bytes: length, limit: LIMITS.pipeFrameBytes } })
  return xseal(derive(pipe, CRYPTO_LABELS.secretPipeKey, place.to), pad(plaintext), aadOf(place), VERSION, random)
}

/**
 * The plaintext of {@link sealSecretFrame}.
 *
 * @throws DecryptError when secret, place or bytes are not the ones that were sealed
 * @throws UnsupportedError for a format of a later version; TooLargeError, BadInputError for what no sealing makes
 */
export function openSecretFrame (pipe: Uint8Array, sealed: Uint8Array, place: SecretPlace): Uint8Array {
  if (sealed.length > LIMITS.pipeFrameBytes) throw new TooLargeError(`a frame of ${sealed.length} bytes is over the limit of ${LIMITS.pipeFrameBytes}`)
  if (sealed.length === 0) throw new BadInputError('the frame is empty')
  if (sealed[0] !== VERSION[0]) throw new UnsupportedError(`the frame has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  return unpad(xopen(derive(pipe, CRYPTO_LABELS.secretPipeKey, place.to), sealed.subarray(VERSION.length), aadOf(place), 'the secret chat\'s frame'))
}
