/**
 * A second reader of the formats, made from WIRE.md and MESSAGE.md with node:crypto alone, so that the vectors hold
 * the words and not only the code to what they say. It shares nothing with src/.
 */
import { createHash, createPublicKey, verify as verifyRaw } from 'node:crypto'

export type Value = null | boolean | number | string | Uint8Array | Value[] | { [name: string]: Value }

function head (major: number, n: number): Buffer {
  if (n < 24) return Buffer.from([major << 5 | n])
  if (n < 0x100) return Buffer.from([major << 5 | 24, n])
  const out = Buffer.alloc(n < 0x10000 ? 3 : n < 0x100000000 ? 5 : 9)
  if (out.length === 3) out.writeUInt16BE(n, 1)
  else if (out.length === 5) out.writeUInt32BE(n, 1)
  else out.writeBigUInt64BE(BigInt(n), 1)
  out[0] = major << 5 | (out.length === 3 ? 25 : out.length === 5 ? 26 : 27)
  return out
}

/** Canonical dag-cbor of the values the formats use. */
export function write (value: Value): Buffer {
  if (value === null) return Buffer.from([0xf6])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(write)])
  const names = Object.keys(value).sort((a, b) => Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return Buffer.concat([head(5, names.length), ...names.flatMap(name => [write(name), write(value[name]!)])])
}

/** The value of dag-cbor bytes; no strictness beyond what it needs. */
export function read (bytes: Uint8Array): Value {
  const data = Buffer.from(bytes)
  let at = 0
  const number = (): number => {
    const low = data[at++]! & 0x1f
    if (low < 24) return low
    const length = 2 ** (low - 24)
    const n = length === 8 ? Number(data.readBigUInt64BE(at)) : data.readUIntBE(at, length)
    at += length
    return n
  }
  const part = (n: number): Buffer => data.subarray(at, at += n)
  const one = (): Value => {
    const major = data[at]! >> 5
    if (major === 7) return { 0xf4: false, 0xf5: true, 0xf6: null }[data[at++]!]!
    const n = number()
    if (major === 0) return n
    if (major === 1) return -1 - n
    if (major === 2) return Uint8Array.from(part(n))
    if (major === 3) return part(n).toString('utf8')
    if (major === 4) return Array.from({ length: n }, one)
    return Object.fromEntries(Array.from({ length: n }, () => [one() as string, one()] as const))
  }
  const value = one()
  if (at !== data.length) throw new Error('bytes are left over')
  return value
}

export const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
const label = (text: string): Buffer => Buffer.from(`${text}\0`)
/** SHA-256 under a label. */
export const hash = (name: string, ...parts: Uint8Array[]): Buffer => sha256(label(name), ...parts)

/** Whether an Ed25519 signature under a label holds for a tagged key. */
export function signed (key: Uint8Array, name: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 34 || key[0] !== 0xed || key[1] !== 1) return false
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(2)])
  return verifyRaw(null, Buffer.concat([label(name), bytes]), createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature)
}

/** The body and signer of a signed record whose signature holds. */
export function record (name: string, bytes: Uint8Array): { body: Record<string, Value>, bytes: Uint8Array, signer: Uint8Array } {
  const [body, signer, signature] = read(bytes) as [Uint8Array, Uint8Array, Uint8Array]
  if (!signed(signer, name, body, signature)) throw new Error(`the signature under "${name}" does not hold`)
  return { body: read(body) as Record<string, Value>, bytes: body, signer }
}
