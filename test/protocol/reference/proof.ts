/** Hashes and Ed25519 signatures under labels, and signed records, as WIRE.md says them. */
import { createHash, createPrivateKey, createPublicKey, sign as signRaw, verify as verifyRaw } from 'node:crypto'
import { read, write, type Value, type ValueMap } from './cbor.js'

const label = (text: string): Buffer => Buffer.from(`${text}\0`)

export const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
/** SHA-256 under a label. */
export const hash = (name: string, ...parts: Uint8Array[]): Buffer => sha256(label(name), ...parts)

const privateKey = (seed: Uint8Array): ReturnType<typeof createPrivateKey> =>
  createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' })

/** The tagged public key of a seed. */
export function keyOf (seed: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xed, 0x01]), createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' }).subarray(-32)])
}

/** An Ed25519 signature under a label. */
export const sign = (seed: Uint8Array, name: string, bytes: Uint8Array): Buffer => signRaw(null, Buffer.concat([label(name), bytes]), privateKey(seed))

/** Whether an Ed25519 signature under a label holds for a tagged key. */
export function signed (key: Uint8Array, name: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 34 || key[0] !== 0xed || key[1] !== 1) return false
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(2)])
  return verifyRaw(null, Buffer.concat([label(name), bytes]), createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature)
}

/** A signed record, `[body, signer, signature]`, by the holder of a seed. */
export function makeRecord (name: string, body: Value, seed: Uint8Array): Buffer {
  const bytes = write(body)
  return write([bytes, keyOf(seed), sign(seed, name, bytes)])
}

/** The body and signer of a signed record whose form and signature hold. */
export function openRecord (name: string, record: Uint8Array, maxBytes: number): { body: ValueMap, bytes: Uint8Array, signer: Uint8Array } {
  const parts = read(record, maxBytes + 256)
  if (!Array.isArray(parts) || parts.length !== 3) throw new Error('no signed record')
  const [bytes, signer, signature] = parts
  if (!(bytes instanceof Uint8Array && signer instanceof Uint8Array && signature instanceof Uint8Array)) throw new Error('no signed record')
  if (bytes.length > maxBytes || signature.length !== 64 || !signed(signer, name, bytes, signature)) throw new Error(`the signature under "${name}" does not hold`)
  return { body: read(bytes, maxBytes) as ValueMap, bytes, signer }
}
