/** Where blocks lie: their keys in the index, and the head of each in a segment file. FORMAT.md has the layout. */
import { crc32 } from 'node:zlib'
import { CID_LENGTH, CorruptError, LIMITS, type Cid } from '../../protocol/wire/index.js'
import { prefixed, SPACE } from '../keys.js'
import { setUint, uintAt } from '../uint.js'

/** Bytes before each block in a segment. */
export const HEAD_BYTES = 48
const MAGIC = 0x50424c4b
const LENGTH_AT = 4
const CID_AT = 8
const CHECK_AT = CID_AT + CID_LENGTH

/** A block's place: the segment's number, where its bytes begin, and how many they are. */
export interface Place { readonly segment: number, readonly at: number, readonly length: number }

/** What the index knows of a segment. */
export interface SegmentFacts {
  /** Bytes of the file that the index knows: what lies behind was not acknowledged, or the index forgot it in a power cut. */
  size: number
  /** Bytes of its blocks that are still wanted, heads included. */
  live: number
  /** How many those are. */
  blocks: number
}

/** The index's key of a block. */
export function blockKey (cid: Cid): Uint8Array { return prefixed(SPACE.blocks, cid) }

/** The CID in a {@link blockKey}. */
export function cidOfKey (key: Uint8Array): Cid { return key.slice(SPACE.blocks.length) }

/** The key of a segment's facts. */
export function segmentKey (segment: number): Uint8Array {
  const key = new Uint8Array(SPACE.segments.length + 4)
  key.set(SPACE.segments)
  new DataView(key.buffer).setUint32(SPACE.segments.length, segment)
  return key
}

/** The number in a {@link segmentKey}. */
export function segmentOfKey (key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset, key.length).getUint32(SPACE.segments.length)
}

/** A place as the index keeps it. */
export function encodePlace ({ segment, at, length }: Place): Uint8Array {
  const out = new Uint8Array(12)
  const view = new DataView(out.buffer)
  view.setUint32(0, segment)
  view.setUint32(4, at)
  view.setUint32(8, length)
  return out
}

/** The place in its bytes. @throws CorruptError */
export function decodePlace (bytes: Uint8Array): Place {
  if (bytes.length !== 12) throw new CorruptError('a block\'s place does not decode: restore from a backup or run doctor')
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12)
  return { segment: view.getUint32(0), at: view.getUint32(4), length: view.getUint32(8) }
}

/** A segment's facts as the index keeps them. */
export function encodeFacts ({ size, live, blocks }: SegmentFacts): Uint8Array {
  const out = new Uint8Array(24)
  const view = new DataView(out.buffer)
  setUint(view, 0, size)
  setUint(view, 8, live)
  setUint(view, 16, blocks)
  return out
}

/** The facts in their bytes. @throws CorruptError */
export function decodeFacts (bytes: Uint8Array): SegmentFacts {
  if (bytes.length !== 24) throw new CorruptError('what is known of a segment does not decode: restore from a backup or run doctor')
  const view = new DataView(bytes.buffer, bytes.byteOffset, 24)
  return { size: uintAt(view, 0), live: uintAt(view, 8), blocks: uintAt(view, 16) }
}

/** What stands before a block in a segment: enough to find it again without the index. */
export function encodeHead (cid: Cid, length: number): Uint8Array {
  const out = new Uint8Array(HEAD_BYTES)
  const view = new DataView(out.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(LENGTH_AT, length)
  out.set(cid, CID_AT)
  view.setUint32(CHECK_AT, crc32(out.subarray(0, CHECK_AT)))
  return out
}

/** The head at the beginning of some bytes; undefined when there is none, or it is not what was written. */
export function decodeHead (bytes: Uint8Array): { readonly cid: Cid, readonly length: number } | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES)
  if (view.getUint32(0) !== MAGIC || view.getUint32(CHECK_AT) !== crc32(bytes.subarray(0, CHECK_AT))) return undefined
  const length = view.getUint32(LENGTH_AT)
  return length > LIMITS.blobBytes ? undefined : { cid: bytes.slice(CID_AT, CHECK_AT), length }
}
