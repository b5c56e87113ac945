/** Reads the value out of a DHT record as libp2p stores it: a protobuf of `key` = 1, `value` = 2, `timeReceived` = 5, all with a length. */
import { BadInputError } from '../../protocol/wire/index.js'

const VALUE = 2
const WITH_LENGTH = 2

/** The value. @throws BadInputError for what is no such record */
export function valueOfRecord (bytes: Uint8Array): Uint8Array {
  let value: Uint8Array | undefined
  for (let at = 0; at < bytes.length;) {
    const tag = numberAt(bytes, at)
    const length = numberAt(bytes, tag.end)
    if ((tag.value & 7) !== WITH_LENGTH || length.end + length.value > bytes.length) throw malformed()
    if (tag.value >> 3 === VALUE) value = bytes.slice(length.end, length.end + length.value)
    at = length.end + length.value
  }
  if (value === undefined) throw malformed()
  return value
}

function numberAt (bytes: Uint8Array, at: number): { value: number, end: number } {
  let value = 0
  // Three bytes of seven bits: a record of two megabytes, and ours end at a tenth of that.
  for (let i = 0; i < 3; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) throw malformed()
    value += (byte & 127) << (7 * i)
    if (byte < 128) return { value, end: at + i + 1 }
  }
  throw malformed()
}

function malformed (): BadInputError { return new BadInputError('the bytes are no record of the DHT') }
