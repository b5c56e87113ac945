/** The outermost layer of a frame: a protobuf message of which exactly one field is set. Pure. */
import { BadInputError } from '../../protocol/wire/index.js'

const BYTES_TYPE = 2

/**
 * The one known field of a frame, numbers 1 to `last`; undefined when it has none. Walked here, since the generated decoder
 * keeps the last of several and lets fields overrun.
 *
 * @throws BadInputError for two known fields, one that is cut short, or what is no protobuf
 */
export function knownField (bytes: Uint8Array, last: number): { field: number, body: Uint8Array } | undefined {
  const walk = { bytes, at: 0 }
  let found: { field: number, body: Uint8Array } | undefined
  while (walk.at < bytes.length) {
    const tag = varint(walk)
    const field = Math.floor(tag / 8)
    const type = tag % 8
    if (field === 0) throw new BadInputError('the peer sent a frame with a field number of zero')
    if (field > last) {
      skip(walk, type)
      continue
    }
    if (type !== BYTES_TYPE) throw new BadInputError(`the peer sent frame field ${field} with wire type ${type}`)
    if (found !== undefined) throw new BadInputError('the peer sent two frames in one')
    found = { field, body: take(walk, varint(walk)) }
  }
  return found
}

interface Walk { readonly bytes: Uint8Array, at: number }

function varint (walk: Walk): number {
  let value = 0
  for (let i = 0; i < 7; i++) {
    const byte = walk.bytes[walk.at]
    if (byte === undefined) break
    walk.at++
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return value
  }
  throw new BadInputError('the peer sent a frame with a broken number')
}

function take (walk: Walk, length: number): Uint8Array {
  const end = walk.at + length
  if (end > walk.bytes.length) throw new BadInputError('the peer sent a frame that is cut short')
  const part = walk.bytes.subarray(walk.at, end)
  walk.at = end
  return part
}

function skip (walk: Walk, type: number): void {
  if (type === 0) {
    // A 64-bit number may take ten bytes, which varint() rightly refuses for lengths.
    while ((take(walk, 1)[0] ?? 0) >= 0x80);
  } else if (type === 1) take(walk, 8)
  else if (type === BYTES_TYPE) take(walk, varint(walk))
  else if (type === 5) take(walk, 4)
  else throw new BadInputError(`the peer sent a frame with wire type ${type}`)
}
