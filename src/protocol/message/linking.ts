/**
 * What a new device and one of the account say to each other until the new one is of the account too. The old one begins
 * with a commitment to who it is, the new one says who it is, then the old one opens its commitment: so the words that
 * both make of all this cannot be searched for by anybody in the middle. MESSAGE.md, Linking a device.
 */
import {
  decodeCbor, DIGEST_LENGTH, encodeCbor, keyShape, LABELS, labelledHash, LIMITS, openRecord, ProofError, sameBytes, shape, signRecord,
  type Digest, type KeyBytes, type Signer
} from '../wire/index.js'

/** Random bytes of each side. */
export const LINK_NONCE_BYTES = 32

/** Who the old device is: what its commitment covers. */
export interface LinkOffer { v: 1, account: KeyBytes, device: KeyBytes, accountName: string, deviceName: string, nonce: Uint8Array, unknown?: Record<string, unknown> }
/** Who the new device is, in answer to a commitment. `card` holds the keys that the account's vault is sealed to. */
export interface LinkAnswer { v: 1, commitment: Digest, name: string, card: Uint8Array, nonce: Uint8Array, unknown?: Record<string, unknown> }
/** What the old device hands over, sealed to the new one's card. */
export interface LinkWelcome {
  v: 1
  transcript: Digest
  /** The account's manifest, which lists the new device. */
  manifest: Uint8Array
  accountName: string
  relays: Array<{ peer: KeyBytes, address: string, token: string | null }>
  unknown?: Record<string, unknown>
}
/** One word of a side about what both have seen. */
export type LinkWord = 'agreed' | 'refused' | 'done' | 'over'

/** The frames, each dag-cbor. All but `offer` carry a signed record of their sender's device. */
export type LinkFrame = { unknown?: Record<string, unknown> } & (
  | { kind: 'offer', commitment: Digest }
  | { kind: 'answer', record: Uint8Array }
  | { kind: 'reveal', record: Uint8Array }
  | { kind: 'word', record: Uint8Array }
  | { kind: 'welcome', sealed: Uint8Array }
)

const v = shape.literal(1)
const name = shape.text(LIMITS.nameBytes)
const digest = shape.bytes(DIGEST_LENGTH)
const nonce = shape.bytes(LINK_NONCE_BYTES)
const record = shape.bytes({ min: 1, max: LIMITS.linkRecordBytes })
const offerShape = shape.struct({ v, account: keyShape, device: keyShape, accountName: name, deviceName: name, nonce })
const answerShape = shape.struct({ v, commitment: digest, name, card: shape.bytes({ min: 1, max: LIMITS.cardBytes + 256 }), nonce })
const revealShape = shape.struct({ v, transcript: digest, offer: shape.bytes({ min: 1, max: LIMITS.linkRecordBytes }) })
const wordShape = shape.struct({ v, transcript: digest, word: shape.text(16) })
const relay = shape.struct({ peer: keyShape, address: shape.text(LIMITS.addressBytes), token: shape.nullable(shape.text(LIMITS.tokenBytes)) })
const welcomeShape = shape.struct({ v, transcript: digest, manifest: shape.bytes({ min: 1, max: LIMITS.manifestBytes }), accountName: name, relays: shape.array(relay, LIMITS.homeRelays) })
const FRAMES = {
  offer: shape.struct({ v, k: shape.literal('offer'), commitment: digest }),
  answer: shape.struct({ v, k: shape.literal('answer'), record }),
  reveal: shape.struct({ v, k: shape.literal('reveal'), record }),
  word: shape.struct({ v, k: shape.literal('word'), record }),
  welcome: shape.struct({ v, k: shape.literal('welcome'), sealed: shape.bytes({ min: 1, max: LIMITS.linkWelcomeBytes }) })
} as const

/** A frame's bytes, before they are sealed with the link's secret. */
export function encodeLinkFrame ({ kind, ...fields }: LinkFrame): Uint8Array { return encodeCbor({ ...shape.open(fields), v: 1, k: kind }) }

/** A frame; undefined for a kind of a later version, which is passed over. @throws BadInputError, TooLargeError for malformed bytes */
export function decodeLinkFrame (bytes: Uint8Array): LinkFrame | undefined {
  const value = decodeCbor(bytes, LIMITS.pipeFrameBytes)
  const { k } = shape.struct({ v, k: shape.text(16) })(value, 'link frame')
  if (!Object.hasOwn(FRAMES, k)) return undefined
  const { v: _v, k: kind, ...fields } = FRAMES[k as keyof typeof FRAMES](value, 'link frame')
  return { kind, ...fields } as LinkFrame
}

/** The old device's introduction as the bytes that it commits itself to. */
export function encodeLinkOffer (offer: LinkOffer): Uint8Array { return encodeCbor(shape.open(offer)) }
/**
 * What those bytes say.
 *
 * @internal
 * @throws BadInputError, TooLargeError
 */
export function decodeLinkOffer (bytes: Uint8Array): LinkOffer { return offerShape(decodeCbor(bytes, LIMITS.linkRecordBytes), 'link offer') }
/** The commitment to an introduction: nobody can tell from it what the introduction says, which holds 32 random bytes. */
export function linkCommitment (offer: Uint8Array): Digest { return labelledHash(LABELS.linkCommitment, offer) }

/** The new device's introduction, signed. */
export function signLinkAnswer (answer: LinkAnswer, device: Signer): Uint8Array { return signRecord(LABELS.linkAnswer, encodeCbor(shape.open(answer)), device) }
/** The new device's introduction. @throws BadInputError, TooLargeError; ProofError when the signature does not hold or is another device's */
export function openLinkAnswer (bytes: Uint8Array, device: KeyBytes): { answer: LinkAnswer, body: Uint8Array } {
  const { body } = openedBy(LABELS.linkAnswer, bytes, device, 'a new device\'s answer')
  return { answer: answerShape(decodeCbor(body, LIMITS.linkRecordBytes), 'link answer'), body }
}

/** What both sides have seen of each other. Signatures are not in it: whoever signs could search for one that suits. */
export function linkTranscript (commitment: Digest, answerBody: Uint8Array, offer: Uint8Array): Digest {
  return labelledHash(LABELS.linkTranscript, encodeCbor([1, commitment, answerBody, offer]))
}

/** The old device's introduction, opened, and its signature over what both have seen. */
export function signLinkReveal (transcript: Digest, offer: Uint8Array, device: Signer): Uint8Array {
  return signRecord(LABELS.linkReveal, encodeCbor({ v: 1, transcript, offer }), device)
}

/**
 * What the old device says of itself, if it fits its commitment and the answer that it was given.
 * @throws BadInputError, TooLargeError; ProofError when it does not, or the device that it names has not signed it
 */
export function openLinkReveal (bytes: Uint8Array, commitment: Digest, answerBody: Uint8Array): { offer: LinkOffer, transcript: Digest } {
  const signed = openRecord(LABELS.linkReveal, bytes, LIMITS.linkRecordBytes, 'a device\'s introduction')
  const reveal = revealShape(decodeCbor(signed.body, LIMITS.linkRecordBytes), 'link reveal')
  const offer = decodeLinkOffer(reveal.offer)
  if (!sameBytes(linkCommitment(reveal.offer), commitment)) throw new ProofError('the other device is not the one that it committed itself to be')
  const transcript = linkTranscript(commitment, answerBody, reveal.offer)
  if (!sameBytes(reveal.transcript, transcript)) throw new ProofError('the other device has seen another answer than was given')
  if (!sameBytes(signed.signer, offer.device)) throw new ProofError('the introduction is signed by another device than it names')
  return { offer, transcript }
}

/** A word about a transcript. */
export function signLinkWord (transcript: Digest, word: LinkWord, device: Signer): Uint8Array {
  return signRecord(LABELS.linkWord, encodeCbor({ v: 1, transcript, word }), device)
}

/** The word of a device about a transcript; of a later version it may be one that is not known here. @throws BadInputError, TooLargeError, ProofError */
export function openLinkWord (bytes: Uint8Array, transcript: Digest, device: KeyBytes): string {
  const word = wordShape(decodeCbor(openedBy(LABELS.linkWord, bytes, device, 'a device\'s word').body, LIMITS.linkRecordBytes), 'link word')
  if (!sameBytes(word.transcript, transcript)) throw new ProofError('the word is about another meeting')
  return word.word
}

/** What is handed over, signed by the old device; it is sealed to the new one then. */
export function signLinkWelcome (welcome: LinkWelcome, device: Signer): Uint8Array { return signRecord(LABELS.linkWelcome, encodeCbor(shape.open(welcome)), device) }
/** What was handed over. @throws BadInputError, TooLargeError; ProofError when it is not the old device's, or of another meeting */
export function openLinkWelcome (bytes: Uint8Array, transcript: Digest, device: KeyBytes): LinkWelcome {
  const welcome = welcomeShape(decodeCbor(openedBy(LABELS.linkWelcome, bytes, device, 'what is handed over').body, LIMITS.linkWelcomeBytes), 'link welcome')
  if (!sameBytes(welcome.transcript, transcript)) throw new ProofError('what is handed over is of another meeting')
  return welcome
}

function openedBy (label: string, bytes: Uint8Array, device: KeyBytes, what: string): { body: Uint8Array } {
  const signed = openRecord(label, bytes, LIMITS.linkWelcomeBytes, what)
  if (!sameBytes(signed.signer, device)) throw new ProofError(`${what} is signed by another device`)
  return signed
}
