/** A file from its blob, and the blob of a file: written from CRYPTO.md (Files), KEYS.md (Files) and WIRE.md (Blobs). */
import { createHmac } from 'node:crypto'
import { Link, write, type Value, type ValueMap } from './cbor.js'
import { open, seal } from './chacha.js'
import { must, same } from './format.js'
import { sha256 } from './proof.js'
import { wireFormats } from './wire.js'

const CHUNK = 262_144
const LEAF = CHUNK + 16
const FAN_OUT = 1024
const RAW = 0x55
const DAG_CBOR = 0x71

/** RFC 5869 section 2.3, of one block. */
const fileKey = (secret: Uint8Array, hash: Uint8Array): Uint8Array =>
  Uint8Array.from(createHmac('sha256', secret).update('petrel/v1 file key\0').update(hash).update(Buffer.from([1])).digest())

const cidOf = (codec: number, bytes: Uint8Array): Uint8Array => Uint8Array.from([1, codec, 0x12, 0x20, ...sha256(bytes)])

/** The Padmé length, as its paper says it. */
function padme (length: number): number {
  if (length < 2) return length
  const e = Math.floor(Math.log2(length))
  const bits = e - (Math.floor(Math.log2(e)) + 1)
  const mask = 2 ** Math.max(0, bits)
  return Math.ceil(length / mask) * mask
}

/** How many chunks a file of `size` bytes has, and how many bytes each of them seals. */
function chunkLengths (size: number): number[] {
  const chunks = Math.max(1, Math.ceil(size / CHUNK))
  const before = (chunks - 1) * CHUNK
  return [...new Array<number>(chunks - 1).fill(CHUNK), Math.min(CHUNK, padme(size) - before)]
}

function nonceOf (index: number, last: boolean): Uint8Array {
  return Uint8Array.from(Buffer.from(index.toString(16).padStart(22, '0') + (last ? '01' : '00'), 'hex'))
}

/** A file's sealed chunks. */
function sealFile (key: Uint8Array, file: Uint8Array): Uint8Array[] {
  const lengths = chunkLengths(file.length)
  return lengths.map((length, i) => {
    const chunk = Buffer.alloc(length)
    chunk.set(file.subarray(i * CHUNK, i * CHUNK + length))
    return seal(key, nonceOf(i, i === lengths.length - 1), chunk)
  })
}

interface Block { cid: Uint8Array, bytes: Uint8Array }
interface Part { cid: Uint8Array, size: number }

function rowAbove (row: Part[]): Array<Part & Block> {
  return Array.from({ length: Math.ceil(row.length / FAN_OUT) }, (_, i) => {
    const below = row.slice(i * FAN_OUT, (i + 1) * FAN_OUT)
    const size = below.reduce((sum, part) => sum + part.size, 0)
    const bytes = Uint8Array.from(write({ v: 1, size, links: below.map(part => new Link(part.cid)) }))
    return { cid: cidOf(DAG_CBOR, bytes), size, bytes }
  })
}

/** The root of leaves, and the index nodes above them, in rows from below. */
function treeOf (leaves: Part[]): { root: Uint8Array, size: number, nodes: Block[] } {
  const nodes: Block[] = []
  let row = leaves
  while (row.length > 1) {
    const above = rowAbove(row)
    nodes.push(...above)
    row = above
  }
  return { root: row[0]!.cid, size: row[0]!.size, nodes }
}

function checked ({ cid, size }: Part, codec: number, blocks: (cid: Uint8Array) => Uint8Array): Uint8Array {
  const bytes = blocks(cid)
  must(same(cid, cidOf(codec, bytes)), 'not the block that was named')
  if (codec === RAW) must(bytes.length === size, 'a leaf of another length')
  return bytes
}

function leavesOf (part: Part, depth: number, blocks: (cid: Uint8Array) => Uint8Array): Uint8Array[] {
  if (depth === 0) return [checked(part, RAW, blocks)]
  const node = wireFormats['index node'].take(checked(part, DAG_CBOR, blocks), {}).value as ValueMap
  must(node.size === part.size, 'a node of another size')
  const full = depth === 1 ? LEAF : LEAF * FAN_OUT
  return (node.links as Value[]).flatMap((link, i) => leavesOf({ cid: (link as Link).cid, size: Math.min(full, part.size - i * full) }, depth - 1, blocks))
}

/** The plaintext of a file as a message names it. @throws for anything that is not this file */
export function openFile (file: { root: Uint8Array, key: Uint8Array, size: number, sha256: Uint8Array }, blocks: (cid: Uint8Array) => Uint8Array): Uint8Array {
  const lengths = chunkLengths(file.size)
  const size = lengths.reduce((sum, length) => sum + length + 16, 0)
  const depth = size <= LEAF ? 0 : size <= LEAF * FAN_OUT ? 1 : 2
  const leaves = leavesOf({ cid: file.root, size }, depth, blocks)
  must(leaves.length === lengths.length, 'another number of chunks')
  const padded = Buffer.concat(leaves.map((leaf, i) => open(file.key, nonceOf(i, i === leaves.length - 1), leaf)))
  const plaintext = padded.subarray(0, file.size)
  must(padded.subarray(file.size).every(byte => byte === 0), 'padded by something else')
  must(sha256(plaintext).equals(file.sha256), 'another plaintext')
  return Uint8Array.from(plaintext)
}

/** What a vector's file holds: byte i is (31 i + ⌊i / 512⌋) mod 256. */
export const plaintextOf = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (31 * i + Math.floor(i / 512)) % 256)

/** A leaf of a tree's vector is named by the hash of its number. */
export const leafOf = (i: number): Uint8Array => Uint8Array.from([1, RAW, 0x12, 0x20, ...sha256(Buffer.from(i.toString(16).padStart(8, '0'), 'hex'))])

/** Files and trees, for others' implementations and our own. */
export function mediaVectors (): Value {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 0x60 + i)
  const files = [0, 1, 300, 4097, CHUNK - 1, CHUNK, CHUNK + 1, 600_000].map((size): ValueMap => {
    const file = plaintextOf(size)
    const hash = Uint8Array.from(sha256(file))
    const key = fileKey(secret, hash)
    const leaves = sealFile(key, file)
    const { root, size: sealed, nodes } = treeOf(leaves.map(bytes => ({ cid: cidOf(RAW, bytes), size: bytes.length })))
    return {
      size, sha256: hash, secret, key, root, blob: sealed,
      chunks: leaves.map((bytes, i): ValueMap => ({ nonce: nonceOf(i, i === leaves.length - 1), length: bytes.length, cid: cidOf(RAW, bytes), tag: bytes.slice(-16), ...bytes.length < 5000 ? { bytes } : {} })),
      nodes: nodes.map(node => node.bytes)
    }
  })
  const trees = [[1, 1], [1, LEAF], [2, 1], [1024, LEAF], [1025, 1], [2048, 700], [2049, LEAF], [16_384, LEAF]].map(([leaves, last]): ValueMap => {
    const { root, size, nodes } = treeOf(Array.from({ length: leaves! }, (_, i) => ({ cid: leafOf(i), size: i === leaves! - 1 ? last! : LEAF })))
    return { leaves: leaves!, last: last!, size, root, nodes: nodes.map(node => node.cid) }
  })
  return {
    about: 'CRYPTO.md (Files) and WIRE.md (Blobs). A byte string is {"hex": …}. Byte i of a file is (31 i + floor(i / 512)) mod 256; `blob` is the size of its blob, `chunks` its sealed chunks with their CIDs, `nodes` its index nodes. Leaf i of a tree has the CID of SHA-256(u32 big-endian i) as its digest; all have 262,160 bytes but the last. `nodes` of a tree are the CIDs of its index nodes, row by row from below.',
    files, trees
  }
}

