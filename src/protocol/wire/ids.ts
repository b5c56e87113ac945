/**
 * Ids and keys as bytes and as text. Each carries its algorithm's tag from the
 * multicodec table, so that another algorithm can come beside this one.
 */
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { bytesName } from './bytes-name.js'
import { BadInputError } from './errors.js'

/** A tagged Ed25519 public key: multicodec 0xed as varint, then 32 bytes; 34 in all. */
export type KeyBytes = Uint8Array
/** A tagged X25519 public key (multicodec 0xec as varint, then 32 bytes; 34 in all). */
export type AgreementKeyBytes = Uint8Array
/** A log's id: the sha2-256 multihash (34 bytes) of its genesis record. */
export type LogId = Uint8Array
/** An entry's id and a message's id: 16 random bytes, for ever. */
export type EntryId = Uint8Array
/** A bare SHA-256 digest, 32 bytes; its algorithm is fixed by the label or version around it. */
export type Digest = Uint8Array

/** Bytes of a {@link KeyBytes}. */
export const KEY_LENGTH = 34
/** Bytes of a {@link LogId}. */
export const LOG_ID_LENGTH = 34
/** Bytes of an {@link EntryId}. */
export const ENTRY_ID_LENGTH = 16
/** Bytes of a {@link Digest}. */
export const DIGEST_LENGTH = 32
/** Bytes of an Ed25519 signature. */
export const SIGNATURE_LENGTH = 64

const ED25519_TAG = Uint8Array.of(0xed, 0x01)
const X25519_TAG = Uint8Array.of(0xec, 0x01)
const SHA256_TAG = Uint8Array.of(0x12, 0x20)
// Decoding base58 takes the square of the length: longer texts are refused unread.
const MAX_PEER_ID_CHARS = 64
// A libp2p PeerId of an Ed25519 key: identity multihash (00 24) of the PublicKey protobuf (08 01 12 20 ‖ key).
const PEER_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

function tagged (tag: Uint8Array, raw: Uint8Array, what: string): Uint8Array {
  if (raw.length !== 32) throw new BadInputError(`${what} must be 32 bytes, got ${raw.length}`)
  const out = new Uint8Array(34)
  out.set(tag)
  out.set(raw, 2)
  return out
}

function untagged (tag: Uint8Array, bytes: Uint8Array, what: string): Uint8Array {
  if (!hasTag(tag, bytes)) throw new BadInputError(`${what} has the wrong length or algorithm tag`)
  return bytes.subarray(2)
}

function hasTag (tag: Uint8Array, bytes: Uint8Array): boolean { return bytes.length === 34 && bytes[0] === tag[0] && bytes[1] === tag[1] }

/** Tags 32 raw bytes as an Ed25519 public key. @throws BadInputError on another length */
export function ed25519Key (raw: Uint8Array): KeyBytes { return tagged(ED25519_TAG, raw, 'an Ed25519 public key') }
/** The 32 raw bytes of a tagged Ed25519 key. @throws BadInputError on another tag or length */
export function rawEd25519 (key: KeyBytes): Uint8Array { return untagged(ED25519_TAG, key, 'an Ed25519 key') }
/** Whether these bytes are a tagged Ed25519 key. Makes nothing: what asks for a part of short bytes moves them out of the heap. */
export function isEd25519Key (key: Uint8Array): boolean { return hasTag(ED25519_TAG, key) }
/** Tags 32 raw bytes as an X25519 public key. @throws BadInputError on another length */
export function x25519Key (raw: Uint8Array): AgreementKeyBytes { return tagged(X25519_TAG, raw, 'an X25519 public key') }
/** The 32 raw bytes of a tagged X25519 key. @throws BadInputError on another tag or length */
export function rawX25519 (key: AgreementKeyBytes): Uint8Array { return untagged(X25519_TAG, key, 'an X25519 key') }
/** Tags a SHA-256 digest as a multihash. @throws BadInputError on another length */
export function sha256Multihash (digest: Digest): Uint8Array { return tagged(SHA256_TAG, digest, 'a SHA-256 digest') }
/** The digest in a sha2-256 multihash. @throws BadInputError on another tag or length */
export function rawSha256 (multihash: Uint8Array): Digest { return untagged(SHA256_TAG, multihash, 'a sha2-256 multihash') }

// Base58 costs tens of microseconds, and the same few keys are shown and compared all day.
const MAX_CACHED_TEXTS = 4096
const peerIdTexts = new Map<string, string>()
const logIdTexts = new Map<string, string>()

/** A tagged Ed25519 key as libp2p PeerId text (base58btc, `12D3Koo…`). @throws BadInputError on a wrong key */
export function peerIdText (key: KeyBytes): string {
  const name = bytesName(key)
  const known = peerIdTexts.get(name)
  if (known !== undefined) return known
  const text = encodePeerId(key)
  if (peerIdTexts.size >= MAX_CACHED_TEXTS) peerIdTexts.clear()
  peerIdTexts.set(name, text)
  return text
}

function encodePeerId (key: KeyBytes): string {
  const raw = rawEd25519(key)
  const bytes = new Uint8Array(PEER_PREFIX.length + 32)
  bytes.set(PEER_PREFIX)
  bytes.set(raw, PEER_PREFIX.length)
  return base58btc.baseEncode(bytes)
}

/** The tagged Ed25519 key in a PeerId's text. @throws BadInputError when the text is no Ed25519 PeerId */
export function keyFromPeerId (text: string): KeyBytes {
  let bytes: Uint8Array
  try {
    if (text.length > MAX_PEER_ID_CHARS) throw new BadInputError(`a PeerId has at most ${MAX_PEER_ID_CHARS} characters`)
    bytes = base58btc.baseDecode(text)
  } catch (cause) {
    throw new BadInputError(`"${text.slice(0, 80)}" is not a PeerId`, { cause })
  }
  if (bytes.length !== 38 || PEER_PREFIX.some((b, i) => bytes[i] !== b) || base58btc.baseEncode(bytes) !== text) {
    throw new BadInputError(`"${text.slice(0, 80)}" is not the PeerId of an Ed25519 key`)
  }
  return ed25519Key(bytes.subarray(PEER_PREFIX.length))
}

/** Bytes as lower-case multibase base32 (`b…`): the text of log ids, entry ids and digests. */
export function base32Text (bytes: Uint8Array): string {
  // A chat's is asked for with each of its messages; a message's own only a few times ever.
  if (bytes.length !== LOG_ID_LENGTH) return base32.encode(bytes)
  const name = bytesName(bytes)
  let text = logIdTexts.get(name)
  if (text !== undefined) return text
  text = base32.encode(bytes)
  if (logIdTexts.size >= MAX_CACHED_TEXTS) logIdTexts.clear()
  logIdTexts.set(name, text)
  return text
}

/** The bytes of a multibase base32 text. @throws BadInputError when the text is not that, or not `length` bytes */
export function fromBase32Text (text: string, length: number): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = base32.decode(text)
  } catch (cause) {
    throw new BadInputError(`"${text.slice(0, 80)}" is not base32 text (it starts with "b")`, { cause })
  }
  if (bytes.length !== length) throw new BadInputError(`expected ${length} bytes of base32 text, got ${bytes.length}`)
  // Base32 has unused tail bits: only the one canonical spelling of an id is that id.
  if (base32.encode(bytes) !== text) throw new BadInputError('not canonical base32 text')
  return bytes
}

/** Whether two byte strings are equal. Not for secrets: it returns at the first difference. */
export function sameBytes (a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && Buffer.compare(a, b) === 0)
}
