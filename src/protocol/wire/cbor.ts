/** Strict dag-cbor: one value, one spelling. Signed and stored values are this. */
import * as dagCbor from '@ipld/dag-cbor'
import { decode, encode, Token, Tokenizer, Type } from 'cborg'
import { BadInputError, TooLargeError } from './errors.js'
import { sameBytes } from './ids.js'
import { LIMITS } from './limits.js'
import { readPlain } from './read-plain-cbor.js'
import { writePlain } from './write-plain-cbor.js'

/** What a dag-cbor map decodes to. A key `__proto__` is an own property like any other; `struct` refuses it. */
export type CborMap = Record<string, unknown>

const { encodeOptions, decodeOptions } = dagCbor
// Half a surrogate pair has no UTF-8; the library would write another character in its place.
const wholeTextOptions = {
  ...encodeOptions,
  typeEncoders: {
    ...encodeOptions.typeEncoders,
    string: (text: string): null => {
      if (!text.isWellFormed()) throw new BadInputError('a text holds half a surrogate pair')
      return null
    }
  }
}

/** A value's canonical dag-cbor bytes. @throws BadInputError for what dag-cbor has no form for (undefined, NaN, functions, ill-formed text) */
export function encodeCbor (value: unknown): Uint8Array { return writePlain(value) ?? encodeAny(value) }

/**
 * Like {@link encodeCbor}, for small values that are copied elsewhere at once: many share memory, for memory of its own costs
 * more than writing the value. One that is kept would keep 8 KiB.
 */
export function encodeBriefly (value: unknown): Uint8Array { return writePlain(value, true) ?? encodeAny(value) }

function encodeAny (value: unknown): Uint8Array {
  try {
    return encode(value, wholeTextOptions)
  } catch (cause) {
    throw new BadInputError('the value has no dag-cbor form', { cause })
  }
}

/**
 * The value of canonical dag-cbor bytes. The bytes must be exactly what {@link encodeCbor} makes of
 * the value: trailing bytes, unsorted or double keys, long-form numbers, invalid UTF-8 and nesting without end throw.
 *
 * @throws TooLargeError over `maxBytes`, before anything is decoded
 * @throws BadInputError for anything not canonical
 */
export function decodeCbor (bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw new TooLargeError(`${bytes.length} bytes of dag-cbor are over the limit of ${maxBytes}`)
  // A Buffer would give byte strings that are Buffers. The memory behind other bytes is not asked for: short ones lie in the heap until then.
  const own = Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes
  return readPlain(own) ?? decodeAny(own)
}

/** By the library, which reads more than the canonical form: what comes of it is written again and compared. */
function decodeAny (bytes: Uint8Array): unknown {
  let value: unknown
  let again: Uint8Array
  try {
    value = decode(bytes, { ...decodeOptions, tokenizer: new StrictTokens(bytes, decodeOptions) })
    again = encode(value, wholeTextOptions)
  } catch (cause) {
    throw new BadInputError('not valid dag-cbor', { cause })
  }
  if (!sameBytes(again, bytes)) throw new BadInputError('not canonical dag-cbor')
  return value
}

/**
 * The library's tokens, with two faults mended: its text decoder drops a byte order mark at a text's start, so that an
 * honest text would not come out as it went in, and it nests as deep as the stack goes.
 */
class StrictTokens extends Tokenizer {
  /** Items that are still to come in each array and map that is open. */
  readonly #open: number[] = []

  override next (): Token {
    const at = this.pos()
    const token = super.next()
    if (Type.equals(token.type, Type.tag)) return token
    const items = itemsIn(token)
    if (items !== undefined && this.#open.length === LIMITS.cborDepth) throw new BadInputError(`arrays and maps are nested deeper than ${LIMITS.cborDepth}`)
    if (items === undefined || items === 0) this.#leave()
    else this.#open.push(items)
    return Type.equals(token.type, Type.string) && this.#isMarked(at) ? new Token(Type.string, `\ufeff${String(token.value)}`, token.encodedLength) : token
  }

  /** One item has ended; with it, perhaps, the array or map it is the last of, and so on. */
  #leave (): void {
    for (let left = this.#open.pop(); left !== undefined; left = this.#open.pop()) {
      if (left > 1) {
        this.#open.push(left - 1)
        return
      }
    }
  }

  /** Whether the text whose item begins at `at` begins with a byte order mark. */
  #isMarked (at: number): boolean {
    const begin = at + headLength(this.data[at] ?? 0)
    return begin + 3 <= this.pos() && this.data[begin] === 0xef && this.data[begin + 1] === 0xbb && this.data[begin + 2] === 0xbf
  }
}

/** What an array or map holds; undefined for anything else. */
function itemsIn ({ type, value }: Token): number | undefined {
  if (Type.equals(type, Type.array)) return Number(value)
  return Type.equals(type, Type.map) ? 2 * Number(value) : undefined
}

/** Bytes of an item's head: the first, and those of a length that does not fit it. RFC 8949 section 3. */
function headLength (first: number): number {
  const info = first & 0x1f
  return info < 24 ? 1 : 1 + 2 ** (info - 24)
}
