/** Reads and writes test/vectors/formats: values as JSON, in which a byte string is `{"hex": "…"}` and a link `{"cid": "…"}`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { Link, type Value } from './reference/cbor.js'
import type { Context } from './reference/format.js'

/** Bytes that must be taken, what they say, and (where they are signed) the signer's seed. */
export interface Vector { format: string, note: string, value: Value, seed?: Uint8Array, context: Context, bytes: Uint8Array }
/** Bytes that must be refused. */
export interface Refused { format: string, why: string, context: Context, bytes: Uint8Array }
/** A log's bytes and hashes. */
export interface Chain { genesis: Uint8Array, log: Uint8Array, home: Uint8Array, leaves: Uint8Array[], payloads: Uint8Array[], hashes: Uint8Array[], eraser: Uint8Array }
/** What stands for a record, or names a grant, by a hash of it. */
export interface Hashed { of: string, context: Context, from: Uint8Array, hash: Uint8Array }
/** Files in chunks, and the trees of blobs: see the file's `about`. */
export interface MediaVectors {
  files: Array<{
    size: number, sha256: Uint8Array, secret: Uint8Array, key: Uint8Array, root: Uint8Array, blob: number, nodes: Uint8Array[]
    chunks: Array<{ nonce: Uint8Array, length: number, cid: Uint8Array, tag: Uint8Array, bytes?: Uint8Array }>
  }>
  trees: Array<{ leaves: number, last: number, size: number, root: Uint8Array, nodes: Uint8Array[] }>
}
/** One file of vectors. */
interface VectorFile { about: string, vectors: Vector[], refused: Refused[] }

const place = (name: string): URL => new URL(`../vectors/formats/${name}.json`, import.meta.url)

function fromJson (value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromJson)
  if (typeof value !== 'object' || value === null) return value as Value
  const names = Object.keys(value)
  if (names.length === 1 && names[0] === 'hex') return new Uint8Array(Buffer.from((value as { hex: string }).hex, 'hex'))
  if (names.length === 1 && names[0] === 'cid') return new Link(new Uint8Array(Buffer.from((value as { cid: string }).cid, 'hex')))
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, fromJson(v)]))
}

function toJson (value: Value): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Link) return { cid: Buffer.from(value.cid).toString('hex') }
  if (typeof value === 'bigint') throw new Error('no vector holds this')
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, v]) => [name, toJson(v)])) : value
}

/** Any JSON of values under a name. */
export function readJson (name: string): Value { return fromJson(JSON.parse(readFileSync(place(name), 'utf8'))) }
/** The text of a file of these values. */
export function jsonText (value: Value): string { return `${JSON.stringify(toJson(value), null, 1)}\n` }
export function writeJson (name: string, value: Value): void { writeFileSync(place(name), jsonText(value)) }

/** The vectors of a file. */
export function readVectors (name: string): VectorFile {
  const { about, vectors, refused } = readJson(name) as unknown as VectorFile
  return { about, vectors, refused }
}
/** The hashes of records, and the names of grants. */
export function readHashes (): Hashed[] { return (readJson('hashes') as unknown as { hashes: Hashed[] }).hashes }

/** Fields and kinds that the vectors put there as a later version's. */
export const LATER = new Set(['later', 'unknown', 'deep', 'effect', 'color', 'weight', 'choices', 'poll', 'story', 'photo', '__proto__', '\ufeffkey'])
