/** Frames of /petrel/blob/1: bytes to checked values and back. Pure. */
import { BadInputError, CID_LENGTH, decodeCid, LIMITS, pb, PetrelError, type Cid } from '../../../protocol/wire/index.js'
import { checkFailure } from '../frame-decode.js'
import { knownField } from '../frame-walk.js'

/** A frame that this build knows, checked. `unknown` is a frame of a later version, to be skipped. */
export type BlobFrame =
  | { readonly kind: 'put', readonly id: number, readonly upload: Uint8Array, readonly cid: Cid, readonly bytes: Uint8Array }
  | { readonly kind: 'stored', readonly ids: readonly number[], readonly window: number }
  | { readonly kind: 'want', readonly id: number, readonly cids: readonly Cid[], readonly first: boolean }
  | { readonly kind: 'block', readonly id: number, readonly at: number, readonly bytes: Uint8Array }
  | { readonly kind: 'absent', readonly id: number, readonly at: readonly number[] }
  | { readonly kind: 'refused', readonly id: number, readonly failure: pb.Failure }
  | { readonly kind: 'cancel', readonly id: number }
  | { readonly kind: 'closing', readonly failure: pb.Failure }
  | { readonly kind: 'unknown' }

const UNKNOWN: BlobFrame = { kind: 'unknown' }
const LAST_FIELD = 8
const EMPTY = new Uint8Array(0)
/** Fields of `BlobFrame` whose last field is a block's bytes, and that field's number. */
const PUT = { field: 1, bytes: 4 } as const
const BLOCK = { field: 4, bytes: 3 } as const

/**
 * Decodes one frame. A block's bytes are a view of the frame's.
 * @throws BadInputError when it is malformed: two frames in one, a field cut short, an id of zero, what is no CID
 */
export function decodeBlobFrame (bytes: Uint8Array): BlobFrame {
  try {
    const found = knownField(bytes, LAST_FIELD)
    return found === undefined ? UNKNOWN : decodeBody(found.field, found.body)
  } catch (error) {
    if (error instanceof PetrelError) throw error
    throw new BadInputError('the peer sent a malformed frame', { cause: error })
  }
}

function decodeBody (field: number, body: Uint8Array): BlobFrame {
  switch (field) {
    case 1: return checkPut(pb.BlobPut.decode(body))
    case 2: return checkStored(pb.BlobStored.decode(body, { limits: { ids: LIMITS.blobPutsInFlight } }))
    case 3: return checkWant(pb.BlobWant.decode(body, { limits: { cids: LIMITS.blobWants } }))
    case 4: return checkBlock(pb.BlobBlock.decode(body))
    case 5: return checkAbsent(pb.BlobAbsent.decode(body, { limits: { at: LIMITS.blobWants } }))
    case 6: return checkRefused(pb.BlobRefused.decode(body))
    case 7: return { kind: 'cancel', id: idOf(pb.BlobCancel.decode(body).id) }
    default: return { kind: 'closing', failure: checkFailure(pb.Failure.decode(body)) }
  }
}

function idOf (id: number): number {
  if (id < 1) throw new BadInputError('the peer sent an id of zero')
  return id
}

function placeOf (at: number): number {
  if (at >= LIMITS.blobWants) throw new BadInputError(`the peer named the place ${at} of a want, which has ${LIMITS.blobWants} at most`)
  return at
}

function blockBytes (bytes: Uint8Array): Uint8Array {
  if (bytes.length > LIMITS.blobBytes) throw new BadInputError(`the peer sent a block of ${bytes.length} bytes; ${LIMITS.blobBytes} are the most`)
  return bytes
}

function checkPut ({ id, upload, cid, bytes }: pb.BlobPut): BlobFrame {
  if (upload.length !== LIMITS.uploadIdBytes) throw new BadInputError(`an upload's id has ${LIMITS.uploadIdBytes} bytes, not ${upload.length}`)
  return { kind: 'put', id: idOf(id), upload, cid: decodeCid(cid), bytes: blockBytes(bytes) }
}

function checkStored ({ ids, window }: pb.BlobStored): BlobFrame {
  return { kind: 'stored', ids: ids.map(idOf), window: Math.min(window, LIMITS.blobWindowBytes) }
}

function checkWant ({ id, cids, first }: pb.BlobWant): BlobFrame {
  if (cids.length === 0) throw new BadInputError('the peer wants nothing')
  // Copied: they outlive the frame, and would keep all of what it came in.
  return { kind: 'want', id: idOf(id), cids: cids.map(cid => Uint8Array.from(decodeCid(cid))), first }
}

function checkBlock ({ id, at, bytes }: pb.BlobBlock): BlobFrame {
  return { kind: 'block', id: idOf(id), at: placeOf(at), bytes: blockBytes(bytes) }
}

function checkAbsent ({ id, at }: pb.BlobAbsent): BlobFrame {
  return { kind: 'absent', id: idOf(id), at: at.map(placeOf) }
}

function checkRefused ({ id, failure }: pb.BlobRefused): BlobFrame {
  if (failure === undefined) throw new BadInputError('the peer refused something and did not say why')
  return { kind: 'refused', id: idOf(id), failure: checkFailure(failure) }
}

/** Any frame without a block, its length before it. */
export function encodeBlobFrame (frame: pb.BlobFrame): Uint8Array {
  const bytes = pb.BlobFrame.encode(frame)
  return new Uint8Array(Buffer.concat([varint(bytes.length), bytes]))
}

/** What stands before a put's block: its bytes follow as they are. */
export function putHead (id: number, upload: Uint8Array, cid: Cid, length: number): Uint8Array {
  return bulkHead(PUT, pb.BlobPut.encode({ id, upload, cid, bytes: EMPTY }), length)
}

/** What stands before a wanted block: its bytes follow as they are. */
export function blockHead (id: number, at: number, length: number): Uint8Array {
  return bulkHead(BLOCK, pb.BlobBlock.encode({ id, at, bytes: EMPTY }), length)
}

/** Bytes of a frame beyond its block, at most. */
export const BULK_OVERHEAD = 32 + LIMITS.uploadIdBytes + CID_LENGTH

/** Protobuf puts the bytes last, since their field's number is the highest: so that a block is never copied into a frame. */
function bulkHead ({ field, bytes }: typeof PUT | typeof BLOCK, fields: Uint8Array, length: number): Uint8Array {
  const data = length === 0 ? EMPTY : Uint8Array.from([bytes * 8 + 2, ...varint(length)])
  const inner = fields.length + data.length + length
  const outer = Uint8Array.from([field * 8 + 2, ...varint(inner)])
  return new Uint8Array(Buffer.concat([varint(outer.length + inner), outer, fields, data]))
}

function varint (value: number): Uint8Array {
  const out: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80)
  return Uint8Array.from([...out, rest])
}
