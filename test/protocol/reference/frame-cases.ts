/** Frames of GATEWAY.md as they travel, length and all; every message of gateway.proto; and what must be refused. */
import type { ValueMap } from './cbor.js'
import { fill } from './cases.js'
import { encode, messages, sample, varint } from './protobuf.js'

const hello: ValueMap = { min: 1, max: 3, features: ['blobs', 'pipes'], maxFrameBytes: 2_097_152, maxCalls: 1024, creditBytes: 4_194_304, nonce: fill(32), agent: 'petrel-relay', maxCallBytes: 8_388_608 }
const failure: ValueMap = { code: 'ERR_RATE', message: 'too often', details: Uint8Array.from([0xa1, 0x67, 0x72, 0x65, 0x74, 0x72, 0x79, 0x4d, 0x73, 0x05]) }
const call: ValueMap = { id: 300, method: 17, body: fill(9), deadlineMs: 30_000 }
const least: ValueMap = { min: 1, max: 1, maxFrameBytes: 8192, nonce: fill(32) }

const frames: Array<[string, ValueMap]> = [
  ['hello', { hello }], ['the least hello', { hello: least }], ['call', { call }], ['call without a body', { call: { id: 1, method: 2 } }], ['call with a long body', { call: { id: 1, method: 17, body: fill(300) } }],
  ['reply', { reply: { id: 300, body: fill(5) } }], ['reply with an empty body', { reply: { id: 1, body: fill(0) } }], ['reply with a failure', { reply: { id: 1, failure } }],
  ['push', { push: { kind: 1, body: fill(7) } }], ['credit', { credit: { bytes: 70_000 } }], ['cancel', { cancel: { id: 5 } }], ['moved', { moved: { relays: ['/dns4/relay.example/tcp/4001'], retryMs: 500 } }],
  ['moved to nowhere', { moved: {} }], ['closing', { closing: failure }], ['probe', { probe: {} }], ['answer to a probe', { probe: { answer: true } }]
]

const frame = (value: ValueMap): Buffer => encode('Frame', value)
const helloBut = (change: ValueMap): Buffer => frame({ hello: { ...least, ...change } })
const field = (number: number, body: Buffer): Buffer => Buffer.concat([varint(number << 3 | 2), varint(body.length), body])

const bad: Array<[string, Buffer]> = [
  ['two frames in one', Buffer.concat([frame({ probe: {} }), frame({ cancel: { id: 1 } })])], ['the same frame twice', Buffer.concat([frame({ cancel: { id: 1 } }), frame({ cancel: { id: 1 } })])],
  ['cut short', frame({ call }).subarray(0, -1)], ['a field that overruns', field(2, Buffer.from([0x1a, 0x05, 0x00]))], ['a known field that is a number', Buffer.from([0x10, 0x01])], ['field number zero', Buffer.from([0x02, 0x00])],
  ['a group', Buffer.from([0x7b, 0x7c])], ['call id 0', frame({ call: { method: 1 } })], ['method 0', frame({ call: { id: 1 } })], ['reply id 0', frame({ reply: { body: fill(1) } })], ['a reply with neither part', frame({ reply: { id: 1 } })],
  ['a reply with both parts', frame({ reply: { id: 1, body: fill(1), failure } })], ['push kind 0', frame({ push: { body: fill(1) } })], ['no credit', frame({ credit: {} })], ['cancel id 0', frame({ cancel: {} })],
  ['a failure without a code', frame({ closing: { message: 'x' } })], ['a failure with a code in small letters', frame({ closing: { code: 'err' } })], ['33 relays', frame({ moved: { relays: Array.from({ length: 33 }, () => '/x') } })],
  ['a relay that is not ASCII', frame({ moved: { relays: ['/dns4/ü'] } })], ['a nonce of 31 bytes', helloBut({ nonce: fill(31) })], ['version 0', helloBut({ min: 0 })], ['a highest version below the lowest', helloBut({ min: 2 })],
  ['65 features', helloBut({ features: Array.from({ length: 65 }, () => 'x') })], ['a feature that is not ASCII', helloBut({ features: ['ü'] })], ['an agent of 65 bytes', helloBut({ agent: 'x'.repeat(65) })], ['frames too small', helloBut({ maxFrameBytes: 8191 })]
]

const skipped: Array<[string, Buffer]> = [
  ['a frame of a later version', field(15, Buffer.from('later'))], ['a number in a field of a later version', Buffer.from([0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])]
]

const cid = (codec: number, n: number): Uint8Array => Uint8Array.from([1, codec, 0x12, 0x20, ...fill(31), n])
const put: ValueMap = { id: 300, upload: fill(16), cid: cid(0x55, 1), bytes: fill(40) }
const blobs: Array<[string, ValueMap]> = [
  ['put', { put }], ['put of an empty block', { put: { ...put, bytes: fill(0) } }], ['put of a long block', { put: { ...put, bytes: Uint8Array.from({ length: 5000 }, (_, i) => i) } }],
  ['stored', { stored: { ids: [1, 2, 300], window: 524_320 } }], ['nothing stored', { stored: { window: 1 } }], ['want', { want: { id: 2, cids: [cid(0x55, 1), cid(0x71, 2)] } }], ['block', { block: { id: 2, at: 1, bytes: fill(3) } }],
  ['the first block', { block: { id: 2, bytes: fill(3) } }], ['absent', { absent: { id: 2, at: [0, 1] } }], ['refused', { refused: { id: 2, failure } }], ['cancel', { cancel: { id: 2 } }], ['closing', { closing: failure }]
]
const blob = (value: ValueMap): Buffer => encode('BlobFrame', value)
const badBlobs: Array<[string, Buffer]> = [
  ['two frames in one', Buffer.concat([blob({ cancel: { id: 1 } }), blob({ cancel: { id: 2 } })])], ['cut short', blob({ put }).subarray(0, -1)], ['put id 0', blob({ put: { ...put, id: 0 } })],
  ['an upload of 15 bytes', blob({ put: { ...put, upload: fill(15) } })], ['a CID of 35 bytes', blob({ put: { ...put, cid: cid(0x55, 1).subarray(0, 35) } })], ['a CID of another codec', blob({ want: { id: 1, cids: [cid(0x70, 1)] } })],
  ['a want of nothing', blob({ want: { id: 1 } })], ['stored id 0', blob({ stored: { ids: [0], window: 1 } })],
  ['a block of want 0', blob({ block: { bytes: fill(1) } })], ['a place beyond a want', blob({ block: { id: 1, at: 1024, bytes: fill(1) } })], ['an absent place beyond a want', blob({ absent: { id: 1, at: [1024] } })],
  ['refused without a reason', blob({ refused: { id: 1 } })], ['refused without a code', blob({ refused: { id: 1, failure: { message: 'x' } } })], ['cancel id 0', blob({ cancel: {} })]
]

/** Messages that are sent with fewer fields than all: what is asked for and given in place of another one. */
const some: Array<[string, ValueMap]> = [['AppendRequest', { runs: true }], ['AppendReply', { run: sample('AppendRun') }]]

/** All of it. */
export function frameVectors (): ValueMap {
  const plain = (bytes: Buffer): Uint8Array => Uint8Array.from(bytes)
  return {
    about: 'GATEWAY.md. `frames`: as they travel, length first. `refused` and `skipped`: frames without their length. `blobFrames` and `blobRefused`: the same of streams of blocks. `messages`: every message of gateway.proto, empty, with all fields, and with the optional ones at zero; then some as they are sent.',
    frames: frames.map(([note, value]) => ({ note, value, bytes: plain(Buffer.concat([varint(frame(value).length), frame(value)])) })),
    refused: bad.map(([why, bytes]) => ({ why, bytes: plain(bytes) })),
    blobFrames: blobs.map(([note, value]) => ({ note, value, bytes: plain(Buffer.concat([varint(blob(value).length), blob(value)])) })),
    blobRefused: badBlobs.map(([why, bytes]) => ({ why, bytes: plain(bytes) })),
    skipped: skipped.map(([note, bytes]) => ({ note, bytes: plain(bytes) })),
    messages: [...[...messages.keys()].filter(name => name !== 'Frame' && name !== 'BlobFrame').flatMap(name => [{}, sample(name), sample(name, true)].map((value): [string, ValueMap] => [name, value])), ...some]
      .map(([message, value]) => ({ message, value, bytes: plain(encode(message, value)) }))
  }
}
