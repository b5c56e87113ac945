/**
 * Index nodes byte by byte: nearly all are a version, a size and links, and have one spelling (WIRE.md, Blobs). A value
 * of the general decoder takes 2 MB for 1,024 links, and a node is read several times while a file is kept; this takes
 * as much as the node itself. What looks otherwise is left to the general one, which says what is wrong with it.
 */
import { CID_LENGTH, CODEC, type Cid } from './cid.js'
import { LIMITS } from './limits.js'

/** What a plain node says. */
export interface PlainIndex { readonly size: number, readonly links: Cid[] }

/** A map of three, and its first keys: `{v: 1, size: …`. */
const HEAD = Uint8Array.of(0xa3, 0x61, 0x76, 0x01, 0x64, 0x73, 0x69, 0x7a, 0x65)
/** The key `links`. */
const LINKS = Uint8Array.of(0x65, 0x6c, 0x69, 0x6e, 0x6b, 0x73)
/** What stands before each link: tag 42, a string of 37 bytes, and the first of these, which says that a CID follows. */
const LINK = Uint8Array.of(0xd8, 0x2a, 0x58, CID_LENGTH + 1, 0x00)
const UINT = 0x00
const ARRAY = 0x80
/** A head of eight bytes. RFC 8949 section 3. */
const LONGEST_HEAD = 9

/** Bytes in front of a place in a node. */
class Walk {
  at = 0
  readonly #bytes: Uint8Array

  constructor (bytes: Uint8Array) { this.#bytes = bytes }

  /** Passes these bytes, if they come next. */
  pass (expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[this.at + i] !== expected[i]) return false
    this.at += expected.length
    return true
  }

  /** The number in a head of this major type, in its shortest form; undefined for anything else. */
  number (major: number): number | undefined {
    const first = this.#bytes[this.at] ?? 0xff
    const info = first ^ major
    if (info > 0x1b) return undefined
    const more = info < 0x18 ? 0 : 1 << (info - 0x18)
    if (this.at + 1 + more > this.#bytes.length) return undefined
    let value = more === 0 ? info : 0
    for (let i = 1; i <= more; i++) value = value * 256 + (this.#bytes[this.at + i] ?? 0)
    // A shorter one would have done.
    if (more > 0 && value < (more === 1 ? 0x18 : 2 ** (4 * more))) return undefined
    this.at += 1 + more
    return Number.isSafeInteger(value) ? value : undefined
  }
}

/** The node, if it is a plain one. Its links share one copy of the bytes. */
export function decodePlainIndex (bytes: Uint8Array): PlainIndex | undefined {
  const walk = new Walk(bytes)
  const size = walk.pass(HEAD) ? walk.number(UINT) : undefined
  if (size === undefined || size < 1 || size > LIMITS.blobTreeBytes || !walk.pass(LINKS)) return undefined
  const count = walk.number(ARRAY)
  const each = LINK.length + CID_LENGTH
  if (count === undefined || count < 1 || count > LIMITS.blobFanOut || walk.at + count * each !== bytes.length) return undefined
  const copy = new Uint8Array(bytes)
  const links: Cid[] = []
  while (links.length < count) {
    if (!walk.pass(LINK)) return undefined
    const cid = copy.subarray(walk.at, walk.at + CID_LENGTH)
    if (cid[0] !== 1 || (cid[1] !== CODEC.raw && cid[1] !== CODEC.dagCbor) || cid[2] !== 0x12 || cid[3] !== 0x20) return undefined
    links.push(cid)
    walk.at += CID_LENGTH
  }
  return { size, links }
}

/** The bytes of a plain node: what the general encoder makes of `{v: 1, size, links}`. */
export function encodePlainIndex ({ size, links }: PlainIndex): Uint8Array {
  const out = new Uint8Array(HEAD.length + LINKS.length + 2 * LONGEST_HEAD + links.length * (LINK.length + CID_LENGTH))
  let at = 0
  const put = (bytes: Uint8Array): void => {
    out.set(bytes, at)
    at += bytes.length
  }
  put(HEAD)
  put(headOf(UINT, size))
  put(LINKS)
  put(headOf(ARRAY, links.length))
  for (const cid of links) {
    put(LINK)
    put(cid)
  }
  return out.slice(0, at)
}

/** A head in its shortest form. */
function headOf (major: number, value: number): Uint8Array {
  if (value < 0x18) return Uint8Array.of(major | value)
  const power = value < 2 ** 8 ? 0 : value < 2 ** 16 ? 1 : value < 2 ** 32 ? 2 : 3
  const head = new Uint8Array(1 + 2 ** power)
  head[0] = major | (0x18 + power)
  for (let i = head.length - 1, rest = value; i > 0; i--, rest = Math.floor(rest / 256)) head[i] = rest % 256
  return head
}
