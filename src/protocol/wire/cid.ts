/**
 * Content ids: what a blob is called is what it holds. CIDv1 (https://github.com/multiformats/cid) with sha2-256, as
 * 36 bytes: version 1, codec, 0x12, 0x20, digest. Two codecs: raw for a chunk's bytes, dag-cbor for an index node.
 */
import { BadInputError, ProofError } from './errors.js'
import { sha256 } from './hash.js'
import { base32Text, DIGEST_LENGTH, fromBase32Text, sameBytes, type Digest } from './ids.js'
import type { Shape } from './shape.js'

/** A CID's 36 bytes. */
export type Cid = Uint8Array

/** Bytes of a {@link Cid}. */
export const CID_LENGTH = 36

/** What a block's bytes are. The numbers are of the multicodec table. */
export const CODEC = { raw: 0x55, dagCbor: 0x71 } as const
/** One of {@link CODEC}. */
export type Codec = typeof CODEC[keyof typeof CODEC]

const DIGEST_AT = 4

/** The CID of a block. */
export function cidOf (codec: Codec, bytes: Uint8Array): Cid {
  return cidFromDigest(codec, sha256(bytes))
}

/** The CID of a block with this SHA-256. @throws BadInputError for a digest of another length */
export function cidFromDigest (codec: Codec, digest: Digest): Cid {
  if (digest.length !== DIGEST_LENGTH) throw new BadInputError(`a SHA-256 has ${DIGEST_LENGTH} bytes, not ${digest.length}`)
  const cid = new Uint8Array(CID_LENGTH)
  cid.set([1, codec, 0x12, 0x20])
  cid.set(digest, DIGEST_AT)
  return cid
}

/** Whether bytes are a CID of the one kind that is used here. */
function isCid (bytes: Uint8Array): boolean {
  return bytes.length === CID_LENGTH && bytes[0] === 1 && (bytes[1] === CODEC.raw || bytes[1] === CODEC.dagCbor) && bytes[2] === 0x12 && bytes[3] === 0x20
}

/** The bytes, which must be a CIDv1 of raw or dag-cbor with sha2-256. @throws BadInputError for any others */
export function decodeCid (bytes: Uint8Array): Cid {
  if (!isCid(bytes)) throw new BadInputError('not a CID of this kind: it has 36 bytes, version 1, raw or dag-cbor, sha2-256')
  return bytes
}

/** Checks a decoded field that holds a CID as a byte string. */
export const cidShape: Shape<Cid> = (value, path) => {
  if (!(value instanceof Uint8Array) || !isCid(value)) throw new BadInputError(`${path}: expected a CID: 36 bytes, version 1, raw or dag-cbor, sha2-256`)
  return value
}

/** Whether the block is bytes (raw) or an index node (dag-cbor). @throws BadInputError for no CID */
export function cidCodec (cid: Cid): Codec { return decodeCid(cid)[1] === CODEC.raw ? CODEC.raw : CODEC.dagCbor }

/** A CID as text: lower-case multibase base32, `bafkrei…` of bytes, `bafyrei…` of index nodes. */
export function cidText (cid: Cid): string { return base32Text(cid) }

/** The CID of a text. @throws BadInputError when it is none, or in another spelling */
export function cidFromText (text: string): Cid { return decodeCid(fromBase32Text(text, CID_LENGTH)) }

/** Whether a block is the one that the CID names. Costs a SHA-256 of it. */
export function isBlock (cid: Cid, bytes: Uint8Array): boolean {
  return sameBytes(cid.subarray(DIGEST_AT), sha256(bytes))
}

/** Checks that a block is the one that the CID names. @throws ProofError when it is another */
export function requireBlock (cid: Cid, bytes: Uint8Array): void {
  if (!isBlock(cid, bytes)) throw new ProofError(`the bytes are not those of ${cidText(cid)}: whoever sent them is broken or lies`)
}
