/** Leases and uploads as they are kept. */
import { decodeCbor, encodeCbor, KEY_LENGTH, LIMITS, shape, type KeyBytes } from '../../protocol/wire/index.js'

/** Where a blob may be had. */
export interface BlobSource { readonly peer: KeyBytes, readonly addrs: readonly string[] }

/** `coming`: blocks are missing; `held`: all of them were here. */
export type LeaseState = 'coming' | 'held'

/** A blob kept for somebody. */
export interface LeaseRecord {
  /** Bytes of its leaves. */
  readonly size: number
  readonly state: LeaseState
  /** When it was made, ms. */
  readonly made: number
  /** Where the rest of it may be had, while it is coming. */
  readonly sources: readonly BlobSource[]
}

/** Room for blocks that come. */
export interface UploadRecord {
  /** Bytes it was begun for. */
  readonly bytes: number
  /** It ends then, ms; 0: it has ended, and what it kept is being let go. */
  readonly until: number
}

/** A record is some fields and a few addresses. */
const MAX_BYTES = 64 * 1024

const sourceShape = shape.tuple(shape.bytes(KEY_LENGTH), shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay))
const leaseShape = shape.tuple(shape.literal(1), shape.uint(LIMITS.blobTreeBytes, 1), shape.uint(1), shape.uint(), shape.array(sourceShape, LIMITS.holdersPerFile))
const endShape = shape.tuple(shape.literal(1), shape.uint())
const uploadShape = shape.tuple(shape.literal(1), shape.uint(), shape.uint())

/** The bytes of a lease. */
export function encodeLease ({ size, state, made, sources }: LeaseRecord): Uint8Array {
  return encodeCbor([1, size, state === 'held' ? 1 : 0, made, sources.map(({ peer, addrs }) => [peer, addrs])])
}

/** A lease from its bytes. @throws BadInputError */
export function decodeLease (bytes: Uint8Array): LeaseRecord {
  const [, size, state, made, sources] = leaseShape(decodeCbor(bytes, MAX_BYTES), 'lease')
  return { size, state: state === 1 ? 'held' : 'coming', made, sources: sources.map(([peer, addrs]) => ({ peer, addrs })) }
}

/** When a lease ends by itself (ms), as it is kept beside it. */
export function encodeEnd (until: number): Uint8Array { return encodeCbor([1, until]) }

/** That from its bytes. @throws BadInputError */
export function decodeEnd (bytes: Uint8Array): number { return endShape(decodeCbor(bytes, 64), 'end of a lease')[1] }

/** The bytes of an upload. */
export function encodeUpload ({ bytes, until }: UploadRecord): Uint8Array { return encodeCbor([1, bytes, until]) }

/** An upload from its bytes. @throws BadInputError */
export function decodeUpload (bytes: Uint8Array): UploadRecord {
  const [, declared, until] = uploadShape(decodeCbor(bytes, MAX_BYTES), 'upload')
  return { bytes: declared, until }
}
