/**
 * What this node knows of a file that was added here, and of the drafts that wait to be sent. What follows from the
 * bytes is the file's; a name, a kind and a preview are a draft's: the same bytes may be sent under two names.
 */
import { MEDIA_KINDS, type Holder, type MediaFile, type MediaKind } from '../../protocol/message/index.js'
import { cidShape, decodeCbor, DIGEST_LENGTH, encodeCbor, keyShape, LIMITS, shape, type Cid, type Digest } from '../../protocol/wire/index.js'

/** Bytes of an upload's id. */
export const UPLOAD_ID_BYTES = 16
const KEY_BYTES = 32

/** A file whose sealed chunks are in the node's own store, or were. */
export interface FileRecord {
  readonly root: Cid
  readonly key: Uint8Array
  /** Bytes of the plaintext. */
  readonly size: number
  /** Of the plaintext. */
  readonly sha256: Digest
  /** What the relays are told that blocks on their way belong to. */
  readonly upload: Uint8Array
  /** ms since 1970. */
  readonly addedAt: number
  /** The relays of this account that hold it for the account. */
  readonly homes: readonly Holder[]
}

/** What a message tells of a file beside its bytes. */
export type FileFacts = Pick<MediaFile, 'name' | 'type' | 'width' | 'height' | 'duration' | 'thumb' | 'waveform'>

/** A file that was added and may be sent. */
export interface Draft {
  readonly root: Cid
  /** 1, or more when the same bytes were added under another name meanwhile. */
  readonly n: number
  readonly as: MediaKind
  readonly facts: FileFacts
  /** ms since 1970: drafts that nobody sent go after a while. */
  readonly usedAt: number
  /** Sent since it was added last. It may be sent again, and goes with the last message that has the file. */
  readonly sent?: boolean
}

/** What came of a file as it was given: another one when it was stripped of what it told of its author. */
export interface SourceRecord { readonly root: Cid, readonly as: MediaKind, readonly facts: FileFacts, readonly notes: readonly string[] }

const pixels = shape.uint(LIMITS.mediaPixels, 1)
const mediaType = shape.text(LIMITS.mediaTypeBytes)
const factsShape = shape.struct({
  name: shape.optional(shape.text(LIMITS.fileNameBytes)),
  type: shape.optional(mediaType),
  width: shape.optional(pixels),
  height: shape.optional(pixels),
  duration: shape.optional(shape.uint(LIMITS.mediaDurationMs)),
  thumb: shape.optional(shape.struct({ bytes: shape.bytes({ min: 1, max: LIMITS.thumbBytes }), type: mediaType, width: pixels, height: pixels })),
  waveform: shape.optional(shape.bytes({ min: 1, max: LIMITS.waveformBytes }))
})
const kindShape = shape.uint(MEDIA_KINDS.length - 1)
const fileShape = shape.struct({
  v: shape.literal(1),
  root: cidShape,
  key: shape.bytes(KEY_BYTES),
  size: shape.uint(LIMITS.mediaFileBytes),
  sha256: shape.bytes(DIGEST_LENGTH),
  upload: shape.bytes(UPLOAD_ID_BYTES),
  addedAt: shape.uint(),
  homes: shape.array(shape.struct({ peer: keyShape, addrs: shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay) }), LIMITS.homeRelays)
})
const draftShape = shape.struct({ v: shape.literal(1), root: cidShape, n: shape.uint(LIMITS.draftsPerFile, 1), as: kindShape, facts: factsShape, usedAt: shape.uint(), sent: shape.optional(shape.bool) })
const sourceShape = shape.struct({ v: shape.literal(1), root: cidShape, as: kindShape, facts: factsShape, notes: shape.array(shape.text(64), 16) })

// A draft's largest part is its thumbnail.
const RECORD_BYTES = 64 * 1024

function encodeRecord (record: object): Uint8Array {
  const versioned: object = { v: 1, ...record }
  return encodeCbor(shape.open(versioned))
}

/** A file's bytes in the store. */
export function encodeFile (file: FileRecord): Uint8Array { return encodeRecord(file) }

/** A file from its bytes. @throws BadInputError */
export function decodeFile (bytes: Uint8Array): FileRecord {
  const { v: _v, unknown: _unknown, ...file } = fileShape(decodeCbor(bytes, RECORD_BYTES), 'file')
  return file
}

/** A draft's bytes. */
export function encodeDraft ({ as, ...draft }: Draft): Uint8Array { return encodeRecord({ ...draft, as: MEDIA_KINDS.indexOf(as) }) }

/** A draft from its bytes. @throws BadInputError */
export function decodeDraft (bytes: Uint8Array): Draft {
  const { v: _v, unknown: _unknown, as, ...draft } = draftShape(decodeCbor(bytes, RECORD_BYTES), 'draft')
  return { ...draft, as: MEDIA_KINDS[as] as MediaKind }
}

/** A source's bytes. */
export function encodeSource ({ as, ...source }: SourceRecord): Uint8Array { return encodeRecord({ ...source, as: MEDIA_KINDS.indexOf(as) }) }

/** A source from its bytes. @throws BadInputError */
export function decodeSource (bytes: Uint8Array): SourceRecord {
  const { v: _v, unknown: _unknown, as, ...source } = sourceShape(decodeCbor(bytes, RECORD_BYTES), 'source')
  return { ...source, as: MEDIA_KINDS[as] as MediaKind }
}
