import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cidOf, CODEC, LIMITS, pb } from '../../../src/protocol/wire/index.js'
import { blockHead, BULK_OVERHEAD, decodeBlobFrame, encodeBlobFrame, putHead } from '../../../src/relay/net/blob/frames.js'
import { FrameReader } from '../../../src/relay/net/frame-reader.js'
import { withstands } from '../../protocol/damage.js'
import type { ValueMap } from '../../protocol/reference/cbor.js'
import { encode, messages, varint, whole } from '../../protocol/reference/protobuf.js'
import { readJson } from '../../protocol/vectors.js'
import { code } from './support.js'

interface BlobFile {
  blobFrames: Array<{ note: string, value: ValueMap, bytes: Uint8Array }>
  blobRefused: Array<{ why: string, bytes: Uint8Array }>
}

const file = readJson('frames') as unknown as BlobFile
const cid = cidOf(CODEC.raw, new Uint8Array(3))
const upload = new Uint8Array(LIMITS.uploadIdBytes).fill(9)

/** The frame inside its length. */
function unframed (bytes: Uint8Array): Uint8Array {
  const found: Uint8Array[] = []
  new FrameReader(LIMITS.blobFrameBytes).read(bytes, frame => found.push(frame) > 0)
  assert.equal(found.length, 1)
  return found[0]!
}

describe('frames of blocks', () => {
  it('travel as the vectors say and as a second encoder makes them, and are read so', () => {
    for (const { note, value, bytes } of file.blobFrames) {
      const [[kind, fields]] = Object.entries(value) as [[string, ValueMap]]
      assert.deepEqual(Buffer.from(encodeBlobFrame(whole('BlobFrame', value) as pb.BlobFrame)), Buffer.from(bytes), note)
      const body = encode('BlobFrame', value)
      assert.deepEqual(Buffer.concat([varint(body.length), body]), Buffer.from(bytes), note)
      const read = decodeBlobFrame(unframed(bytes)) as unknown as ValueMap
      assert.equal(read['kind'], kind, note)
      if (kind === 'closing') continue
      for (const [name, field] of Object.entries(whole(messageOf(kind), fields))) {
        assert.deepEqual(JSON.stringify(plain(read[name])), JSON.stringify(plain(field)), `${note}: ${name}`)
      }
    }
    assert.deepEqual([...new Set(file.blobFrames.map(f => Object.keys(f.value)[0]))], messages.get('BlobFrame')!.map(f => f.name))
  })

  it('with a block are its head and the block itself, however long it is', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.nat(LIMITS.blobWants - 1), fc.oneof(fc.nat(300), fc.constantFrom(LIMITS.blobBytes, 16_384, 65_536)), (id, at, length) => {
      const bytes = new Uint8Array(length).fill(3)
      assert.deepEqual(Buffer.concat([putHead(id, upload, cid, length), bytes]), Buffer.from(encodeBlobFrame({ put: { id, upload, cid, bytes } })))
      assert.deepEqual(Buffer.concat([blockHead(id, at, length), bytes]), Buffer.from(encodeBlobFrame({ block: { id, at, bytes } })))
      assert.ok(putHead(id, upload, cid, length).length <= BULK_OVERHEAD)
      unframed(Buffer.concat([putHead(id, upload, cid, length), bytes]))
    }), { numRuns: 60 })
  })

  it('are refused when two are one, when something is cut short, missing, zero or too much', () => {
    for (const { why, bytes } of file.blobRefused) assert.throws(() => decodeBlobFrame(bytes), code('ERR_BAD_INPUT'), why)
    const long = pb.BlobFrame.encode({ put: { id: 1, upload, cid, bytes: new Uint8Array(LIMITS.blobBytes + 1) } })
    assert.throws(() => decodeBlobFrame(long), code('ERR_BAD_INPUT', /262161/))
    const many = Array.from({ length: LIMITS.blobWants + 1 }, () => cid)
    assert.throws(() => decodeBlobFrame(pb.BlobFrame.encode({ want: { id: 1, cids: many, first: false } })), code('ERR_BAD_INPUT'))
    assert.throws(() => decodeBlobFrame(pb.BlobFrame.encode({ absent: { id: 1, at: many.map(() => 1) } })), code('ERR_BAD_INPUT'))
    assert.equal(decodeBlobFrame(Uint8Array.from([0x7a, 1, 9])).kind, 'unknown')
  })

  it('of whatever bytes are a frame or an error that blames the peer', () => {
    withstands({ name: 'a frame of blocks', of: [], valid: file.blobFrames.map(({ bytes }) => unframed(bytes)), decode: decodeBlobFrame, runs: 400 })
  })
})

function messageOf (kind: string): string { return `Blob${kind.charAt(0).toUpperCase()}${kind.slice(1)}` }

/** Bytes as hex, to be compared. */
function plain (value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return Array.isArray(value) ? value.map(plain) : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : value
}
