/** Holds the project to the vectors. Each function throws for what is not as the vectors say. */
import assert from 'node:assert/strict'
import { grantName, openVaultKeyEntry } from '../../src/protocol/message/index.js'
import { chainNext, chainStart, decodeLeaf, encodeLeaf, entryHash, eraserHash, logIdOf, openKeyPackage, openManifest, PetrelError, signerFromSeed, verifyRun } from '../../src/protocol/wire/index.js'
import { adapters, attestAgain } from './adapters.js'
import { write, type Value, type ValueMap } from './reference/cbor.js'
import type { Context } from './reference/format.js'
import { LATER, type Chain, type Hashed, type Refused, type Vector } from './vectors.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** What the bytes of a vector say: of a batch, the one statement. */
export const said = ({ format, value }: Vector): Value => format === 'attested' ? (value as [Value[], number])[0][(value as [Value[], number])[1]]! : value

/** Names that the project did not know, at every depth. */
function unknownIn (value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(unknownIn)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).flatMap(([name, v]) => name === 'unknown' ? Object.keys(v as object) : unknownIn(v))
}

/** An order is acted on, or kept as its bytes: what it does not know is not among its values. */
const known = (value: Value): Value => Object.fromEntries(Object.entries(value as ValueMap).filter(([name]) => !LATER.has(name)))

/** That the bytes are read as the vector says, by its signer, and written as they are. */
export function checkVector (vector: Vector): void {
  const { format, note, bytes, context, seed } = vector
  const { value, raw, signer, again } = adapters[format]!(bytes, context)
  const by = seed === undefined ? undefined : signerFromSeed(seed)
  const wanted = format === 'owner action' ? known(said(vector)) : said(vector)
  assert.equal(hex(write(value as Value)), hex(write(wanted)), note)
  assert.deepEqual(unknownIn(raw).filter(name => !LATER.has(name)), [], `${note}: a known field is not known any more`)
  assert.equal(signer === undefined ? undefined : hex(signer), by === undefined ? undefined : hex(by.key), note)
  if (again === undefined) assert.equal(hex(attestAgain((vector.value as Value[])[0]!, (vector.value as [Value, number])[1], by!)), hex(bytes), note)
  else if (hex(write(wanted)) === hex(write(said(vector)))) assert.equal(hex(again(by)), hex(bytes), note)
}

/** That the bytes are refused, with an error that a caller can act on. */
export function checkRefused ({ format, why, bytes, context }: Refused): void {
  assert.throws(() => adapters[format]!(bytes, context), (error: unknown) => error instanceof PetrelError && ['ERR_BAD_INPUT', 'ERR_PROOF', 'ERR_TOO_LARGE'].includes(error.code), `${format}: ${why}`)
}

/** That a log's id, chain and eraser are those of the vectors. */
export function checkChain ({ genesis, log, home, leaves, payloads, hashes, eraser }: Chain): void {
  assert.equal(hex(logIdOf(genesis)), hex(log))
  assert.equal(hex(chainStart(log, home)), hex(hashes[0]!))
  const { entries, to } = verifyRun({ seq: 0, hash: hashes[0]! }, leaves.map((leaf, i) => ({ leaf, payload: payloads[i]! })))
  assert.deepEqual(entries.map(e => hex(e.hash)), hashes.slice(1).map(hex))
  assert.equal(hex(to.hash), hex(hashes.at(-1)!))
  assert.deepEqual(leaves.map(leaf => hex(decodeLeaf(leaf).entry)), payloads.map(payload => hex(entryHash(payload))))
  assert.equal(hex(decodeLeaf(leaves.at(-1)!).erasers[0]!), hex(eraserHash(log, eraser)))
  assert.deepEqual(leaves.map(leaf => hex(encodeLeaf(decodeLeaf(leaf)))), leaves.map(hex))
  assert.equal(hex(chainNext(hashes[0]!, leaves[0]!)), hex(hashes[1]!))
}

const hashes: Record<string, (from: Uint8Array, context: Context) => Uint8Array> = {
  manifest: bytes => openManifest(bytes).hash,
  'key package': bytes => openKeyPackage(bytes).hash,
  'vault key': (bytes, { account, log }) => openVaultKeyEntry(bytes, account as Uint8Array, log as Uint8Array).hash,
  'inbox grant': grantName
}

/** That what stands for a record, or names a grant, is the hash of the vector. */
export function checkHash ({ of, context, from, hash }: Hashed): void { assert.equal(hex(hashes[of]!(from, context)), hex(hash), of) }
