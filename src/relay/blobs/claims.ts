/**
 * What an upload is charged for the blocks it keeps. An index node keeps what it links to, which may be here already: so
 * it counts with all that may be below it. Each row of a tree counts by itself, so an honest upload's blocks are not
 * charged twice.
 */
import { cidCodec, CODEC, LIMITS, QuotaError, type Cid, type IndexNode } from '../../protocol/wire/index.js'

/** Bytes of blocks; of leaves that nodes right above leaves may keep; of leaves that nodes above such nodes may keep. */
export interface Charge { readonly own: number, readonly rows: number, readonly tops: number }

/** A block that an upload is to keep. */
export interface Claim { readonly cid: Cid, readonly charge: Charge }

/** No block. */
export const NO_CHARGE: Charge = { own: 0, rows: 0, tops: 0 }

/** Index nodes for one leaf that is not full, and fields around a node's links. */
const NODE_BYTES = 1024

/** Whether a node stands above index nodes: nothing stands above it. */
export function isTop ({ links: [first] }: IndexNode): boolean { return first !== undefined && cidCodec(first) === CODEC.dagCbor }

/** What a block is charged. `node`: when it is an index node. */
export function chargeOf (size: number, node?: IndexNode): Charge {
  if (node === undefined) return { own: size, rows: 0, tops: 0 }
  return isTop(node) ? { own: size, rows: 0, tops: node.size } : { own: size, rows: node.size, tops: 0 }
}

/** Both together; `sign` -1: the first without the second. */
export function plus (a: Charge, b: Charge, sign: 1 | -1 = 1): Charge {
  return { own: a.own + sign * b.own, rows: a.rows + sign * b.rows, tops: a.tops + sign * b.tops }
}

/** Checks what an upload that was begun for so many bytes is to keep. @throws QuotaError when that is too much */
export function requireRoom (bytes: number, { own, rows, tops }: Charge): void {
  // A blob of one leaf has no index node. One with a leaf's worth below it would be kept for a byte.
  const hasNodes = bytes > LIMITS.blobBytes
  const most = bytes + (hasNodes ? Math.ceil(bytes / LIMITS.blobFanOut) + NODE_BYTES : 0)
  if (own <= most && rows <= bytes && tops <= bytes && (hasNodes || rows + tops === 0)) return
  throw new QuotaError(`the upload was begun for ${bytes} bytes: begin it again for more`, { details: { bytes } })
}

/** A charge as it is noted with the block. */
export function encodeCharge ({ own, rows, tops }: Charge): Uint8Array {
  const view = new DataView(new ArrayBuffer(20))
  view.setUint32(0, own)
  view.setFloat64(4, rows)
  view.setFloat64(12, tops)
  return new Uint8Array(view.buffer)
}

/** A charge from its bytes. Of what was noted before index nodes were charged there are four. */
export function decodeCharge (value: Uint8Array): Charge {
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  const isOld = value.length < 20
  return { own: view.getUint32(0), rows: isOld ? 0 : view.getFloat64(4), tops: isOld ? 0 : view.getFloat64(12) }
}
