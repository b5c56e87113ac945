import assert from 'node:assert/strict'
import { pb, PetrelError } from '../../../src/protocol/wire/index.js'
import { decodeFrame } from '../../../src/relay/net/frame-decode.js'
import { FrameReader } from '../../../src/relay/net/frame-reader.js'
import { FrameWriter } from '../../../src/relay/net/frame-writer.js'
import type { ValueMap } from '../reference/cbor.js'
import { encode, messages, varint, whole } from '../reference/protobuf.js'
import { readJson } from '../vectors.js'
import { hex } from './kit.js'

interface Codec { encode: (value: ValueMap) => Uint8Array, decode: (bytes: Uint8Array) => unknown }
interface FrameFile {
  frames: Array<{ note: string, value: ValueMap, bytes: Uint8Array }>
  refused: Array<{ why: string, bytes: Uint8Array }>
  skipped: Array<{ note: string, bytes: Uint8Array }>
  messages: Array<{ message: string, value: ValueMap, bytes: Uint8Array }>
}

const file = readJson('frames') as unknown as FrameFile
const codecs = pb as unknown as Record<string, Codec>

/** Without prototypes and with plain bytes, to be compared. */
function simple (value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return value.map(simple)
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, v]) => [name, simple(v)])) : value
}

/** The frame inside its length. */
function unframed (bytes: Uint8Array): Uint8Array {
  const found: Uint8Array[] = []
  new FrameReader(10_000).read(bytes, frame => found.push(frame) > 0)
  assert.equal(found.length, 1)
  return found[0]!
}

describe('frames', () => {
  it('travel as the vectors say, and are read so', () => {
    for (const { note, value, bytes } of file.frames) {
      const writer = new FrameWriter()
      writer.frame(whole('Frame', value))
      assert.equal(hex(writer.take().subarray()), hex(bytes), note)
      const [kind] = Object.keys(value)
      const frame = decodeFrame(unframed(bytes))
      assert.equal(frame.kind, kind, note)
      assert.deepEqual(simple(pb.Frame.decode(unframed(bytes))), simple(whole('Frame', value)), note)
    }
    assert.deepEqual([...new Set(file.frames.map(f => Object.keys(f.value)[0]))], messages.get('Frame')!.map(f => f.name))
  })

  it('travel as a second encoder makes them from gateway.proto', () => {
    for (const { note, value, bytes } of file.frames) {
      const frame = encode('Frame', value)
      assert.equal(hex(Buffer.concat([varint(frame.length), frame])), hex(bytes), note)
    }
  })

  it('are refused when two are one, when something is cut short, missing, zero or too much', () => {
    for (const { why, bytes } of file.refused) assert.throws(() => decodeFrame(bytes), (error: unknown) => error instanceof PetrelError && error.code === 'ERR_BAD_INPUT', why)
  })

  it('of a later version are skipped, and so are fields beside one that is known', () => {
    for (const { note, bytes } of file.skipped) {
      assert.equal(decodeFrame(bytes).kind, 'unknown', note)
      for (const known of file.frames) assert.equal(decodeFrame(Buffer.concat([unframed(known.bytes), bytes])).kind, Object.keys(known.value)[0], note)
    }
  })
})

describe('the messages of gateway.proto', () => {
  it('are written and read as the vectors say, each with all its fields, with none, and with zeros', () => {
    for (const { message, value, bytes } of file.messages) {
      assert.equal(hex(codecs[message]!.encode(whole(message, value))), hex(bytes), message)
      assert.deepEqual(simple(codecs[message]!.decode(bytes)), simple(whole(message, value)), message)
      assert.equal(hex(encode(message, value)), hex(bytes), message)
    }
  })

  it('are all in the vectors', () => {
    const known = new Set(file.messages.map(m => m.message))
    assert.deepEqual(Object.keys(codecs).filter(name => !/^(Blob)?Frame$/.test(name) && 'decode' in codecs[name]!).filter(name => !known.has(name)), [])
    assert.ok(known.size >= 40)
  })
})
