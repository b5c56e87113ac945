/** Strict dag-cbor: one value, one spelling. Signed and stored values are this. */
import * as dagCbor from '@ipld/dag-cbor'
import { BadInputError, TooLargeError } from './errors.js'
import { sameBytes } from './ids.js'

/** What a dag-cbor map decodes to. A key `__proto__` is an own property like any other; `struct` refuses it. */
export type CborMap = Record<string, unknown>

/** A value's canonical dag-cbor bytes. @throws BadInputError for what dag-cbor has no form for (undefined, NaN, functions) */
export function encodeCbor (value: unknown): Uint8Array {
  try {
    return dagCbor.encode(value)
  } catch (cause) {
    throw new BadInputError('the value has no dag-cbor form', { cause })
  }
}

/**
 * The value of canonical dag-cbor bytes. The bytes must be exactly what {@link encodeCbor} makes of
 * the value: trailing bytes, unsorted or double keys, long-form numbers and invalid UTF-8 throw.
 *
 * @throws TooLargeError over `maxBytes`, before anything is decoded
 * @throws BadInputError for anything not canonical
 */
export function decodeCbor (bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw new TooLargeError(`${bytes.length} bytes of dag-cbor are over the limit of ${maxBytes}`)
  let value: unknown
  let again: Uint8Array
  try {
    value = dagCbor.decode(bytes)
    again = dagCbor.encode(value)
  } catch (cause) {
    throw new BadInputError('not valid dag-cbor', { cause })
  }
  if (!sameBytes(again, bytes)) throw new BadInputError('not canonical dag-cbor')
  return value
}
