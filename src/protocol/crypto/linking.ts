/** The secrets of linking a device: where both meet at a relay, how frames there are sealed, and the words that a person compares. CRYPTO.md gives the format. */
import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { BadInputError, DIGEST_LENGTH, encodeCbor, LIMITS, TooLargeError, UnsupportedError, type Digest } from '../wire/index.js'
import { xwingBox } from './hpke.js'
import { CRYPTO_LABELS } from './labels.js'
import { pad, paddedLength, unpad } from './padme.js'
import { systemRandom, type RandomBytes } from './random.js'
import { SEAL_OVERHEAD, xopen, xseal } from './xchacha.js'

const VERSION = Uint8Array.of(1)
const SECRET_BYTES = 16
const WORDS = 4
const encoder = new TextEncoder()

/** Whom a frame is for. */
export type LinkSide = 'old' | 'new'

function derive (secret: Uint8Array, label: string): Uint8Array {
  if (secret.length !== SECRET_BYTES) throw new BadInputError(`a device link's secret has ${SECRET_BYTES} bytes, got ${secret.length}`)
  return expand(sha256, sha256(secret), encoder.encode(label), 32)
}

/** The pipe addresses at which each side listens. */
export function linkAddress (secret: Uint8Array, side: LinkSide): Uint8Array { return derive(secret, `${CRYPTO_LABELS.linkAddress}\0${side}`) }

function placeOf (to: LinkSide): Uint8Array { return encodeCbor([CRYPTO_LABELS.sealedLinkFrame, to]) }

/** Seals a frame with the link's secret: whoever carries it learns nothing of it. @throws TooLargeError when it would not fit a pipe's frame */
export function sealLinkFrame (secret: Uint8Array, frame: Uint8Array, to: LinkSide, random: RandomBytes = systemRandom): Uint8Array {
  const length = VERSION.length + SEAL_OVERHEAD + paddedLength(frame.length)
  if (length > LIMITS.pipeFrameBytes) throw new TooLargeError(`the frame takes ${length} bytes once padded and sealed, over the limit of ${LIMITS.pipeFrameBytes}`)
  return xseal(derive(secret, CRYPTO_LABELS.linkFrameKey), pad(frame), placeOf(to), VERSION, random)
}

/** A frame that was sealed for a side. @throws DecryptError for another secret, side or altered bytes; UnsupportedError for a later format; TooLargeError, BadInputError */
export function openLinkFrame (secret: Uint8Array, sealed: Uint8Array, to: LinkSide): Uint8Array {
  if (sealed.length > LIMITS.pipeFrameBytes) throw new TooLargeError(`a frame of ${sealed.length} bytes is over the limit of ${LIMITS.pipeFrameBytes}`)
  if (sealed.length === 0) throw new BadInputError('the frame is empty')
  if (sealed[0] !== VERSION[0]) throw new UnsupportedError(`the frame has format ${sealed[0] ?? 0}; this version of Petrel reads format 1: update it`)
  return unpad(xopen(derive(secret, CRYPTO_LABELS.linkFrameKey), sealed.subarray(VERSION.length), placeOf(to), 'the frame'))
}

function welcomeInfo (transcript: Digest): Uint8Array { return encodeCbor([CRYPTO_LABELS.sealedLinkWelcome, transcript]) }

/** Seals what is handed over to the new device's X-Wing key. */
export async function sealLinkWelcome (recipient: Uint8Array, welcome: Uint8Array, transcript: Digest): Promise<Uint8Array> {
  return await xwingBox.seal(recipient, welcome, welcomeInfo(transcript))
}

/** What was handed over. @throws DecryptError when it is for another key or meeting; TooLargeError */
export async function openLinkWelcome (privateKey: Uint8Array, sealed: Uint8Array, transcript: Digest): Promise<Uint8Array> {
  if (sealed.length > LIMITS.linkWelcomeBytes) throw new TooLargeError(`what is handed over has at most ${LIMITS.linkWelcomeBytes} bytes`)
  return await xwingBox.open(privateKey, sealed, welcomeInfo(transcript))
}

/**
 * The words of what two devices have seen of each other: 4 of BIP-39's English list, 44 bits of the transcript. Who stands
 * in the middle has one try in 2^44: both sides are bound before either learns what the words depend on.
 */
export function matchingWords (transcript: Digest): string[] {
  if (transcript.length !== DIGEST_LENGTH) throw new BadInputError('the words are made of a transcript\'s hash')
  const bits = expand(sha256, transcript, encoder.encode(CRYPTO_LABELS.linkWords), 8)
  const all = new DataView(bits.buffer, bits.byteOffset).getBigUint64(0)
  return Array.from({ length: WORDS }, (_, i) => wordlist[Number((all >> BigInt(53 - 11 * i)) & 0x7ffn)] ?? '')
}
