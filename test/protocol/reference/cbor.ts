/** Canonical dag-cbor by hand, as WIRE.md says it. Nothing in this folder knows src/: it is what a second implementer has. */

export type Value = null | boolean | number | bigint | string | Uint8Array | Link | Value[] | ValueMap
export interface ValueMap { [name: string]: Value }

/** A CID in a field that a later version may have. */
export class Link {
  readonly cid: Uint8Array
  constructor (cid: Uint8Array) { this.cid = cid }
}

const MAX_DEPTH = 64

function head (major: number, n: number | bigint): Buffer {
  if (n < 24) return Buffer.from([major << 5 | Number(n)])
  if (n < 0x100) return Buffer.from([major << 5 | 24, Number(n)])
  const out = Buffer.alloc(n < 0x10000 ? 3 : n < 0x100000000 ? 5 : 9)
  if (out.length === 3) out.writeUInt16BE(Number(n), 1)
  else if (out.length === 5) out.writeUInt32BE(Number(n), 1)
  else out.writeBigUInt64BE(BigInt(n), 1)
  out[0] = major << 5 | (out.length === 3 ? 25 : out.length === 5 ? 26 : 27)
  return out
}

function float (value: number): Buffer {
  if (!Number.isFinite(value)) throw new Error('no finite number')
  const out = Buffer.alloc(9)
  out[0] = 0xfb
  out.writeDoubleBE(value, 1)
  return out
}

const byLengthThenBytes = (a: string, b: string): number => Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Canonical dag-cbor of a value. */
export function write (value: Value): Buffer {
  if (value === null) return Buffer.from([0xf6])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return float(value)
  if (typeof value === 'number' || typeof value === 'bigint') return value < 0 ? head(1, typeof value === 'bigint' ? -1n - value : -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Link) return Buffer.concat([Buffer.from([0xd8, 42]), head(2, value.cid.length + 1), Buffer.from([0]), value.cid])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(write)])
  const names = Object.keys(value).sort(byLengthThenBytes)
  return Buffer.concat([head(5, names.length), ...names.flatMap(name => [write(name), write(value[name]!)])])
}

/** Reads one value; what is not its canonical form is found by writing it again. */
class Reader {
  readonly data: Buffer
  at = 0

  constructor (bytes: Uint8Array) { this.data = Buffer.from(bytes) }

  part (n: number): Buffer {
    if (n > this.data.length - this.at) throw new Error('cut short')
    return this.data.subarray(this.at, this.at += n)
  }

  argument (first: number): number | bigint {
    const info = first & 0x1f
    if (info < 24) return info
    if (info > 27) throw new Error('a length that is none')
    const digits = this.part(2 ** (info - 24)).toString('hex')
    const n = BigInt(`0x${digits}`)
    return n <= Number.MAX_SAFE_INTEGER ? Number(n) : n
  }

  text (n: number): string { return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.part(n)) }

  value (depth: number): Value {
    const first = this.part(1)[0]!
    const major = first >> 5
    if (first === 0xfb) return this.part(8).readDoubleBE()
    if (major === 7) return simple(first)
    const n = this.argument(first)
    if (major === 0) return n
    if (major === 1) return negative(n)
    const length = Number(n)
    if (major === 2) return Uint8Array.from(this.part(length))
    if (major === 3) return this.text(length)
    if (major === 6) return this.link(length)
    if (depth === MAX_DEPTH) throw new Error('nested too deep')
    if (length > this.data.length - this.at) throw new Error('cut short')
    return major === 4 ? Array.from({ length }, () => this.value(depth + 1)) : this.map(length, depth)
  }

  map (length: number, depth: number): ValueMap {
    const map: ValueMap = {}
    for (let i = 0; i < length; i++) {
      const name = this.value(depth + 1)
      if (typeof name !== 'string') throw new Error('a key that is no text')
      Object.defineProperty(map, name, { value: this.value(depth + 1), enumerable: true, configurable: true, writable: true })
    }
    return map
  }

  link (tag: number): Link {
    const body = tag === 42 ? this.value(MAX_DEPTH) : null
    if (!(body instanceof Uint8Array) || body[0] !== 0) throw new Error('a tag that is no link')
    const cid = body.slice(1)
    if (!isCid(cid)) throw new Error('a link that is no CID')
    return new Link(cid)
  }
}

function simple (first: number): Value {
  if (first === 0xf4 || first === 0xf5) return first === 0xf5
  if (first === 0xf6) return null
  throw new Error('a value that dag-cbor has not')
}

function negative (n: number | bigint): number | bigint {
  const value = -1n - BigInt(n)
  return value >= -Number.MAX_SAFE_INTEGER ? Number(value) : value
}

function isCid (cid: Uint8Array): boolean {
  if (cid.length === 34 && cid[0] === 0x12 && cid[1] === 0x20) return true
  let at = 0
  const varint = (): number => {
    let n = 0
    for (let i = 0; ; i++) {
      const byte = cid[at++]
      if (byte === undefined || i > 8) return Number.NaN
      n += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return n
    }
  }
  const [version, , , length] = [varint(), varint(), varint(), varint()]
  return version === 1 && cid.length - at === length
}

/** The value of canonical dag-cbor bytes. @throws when they are not that */
export function read (bytes: Uint8Array, maxBytes: number): Value {
  if (bytes.length > maxBytes) throw new Error('too long')
  const reader = new Reader(bytes)
  const value = reader.value(0)
  if (reader.at !== bytes.length) throw new Error('bytes are left over')
  if (!write(value).equals(bytes)) throw new Error('not the canonical form')
  return value
}
