import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { multiaddr } from '@multiformats/multiaddr'
import type { Stream } from '@libp2p/interface'
import { ClassicLevel } from 'classic-level'
import { FrameSplitter } from '../../bench/reference/frames.js'
import { Side } from '../../bench/kit/side.js'
import { chainNext, decodeLeaf, entryHash, verifyAttested } from '../../src/protocol/wire/index.js'
import { createHost, type Host } from '../../src/relay/net/index.js'

const idOf = (n: number): Buffer => Buffer.alloc(16, n)
const payloadOf = (n: number): Buffer => Buffer.alloc(100 + n, n)

/** A call as bench/reference/promises.ts takes it. */
function callOf (number: number, entries: readonly number[]): Uint8Array {
  const body = Buffer.concat([Buffer.alloc(12), ...entries.flatMap(n => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(payloadOf(n).length)
    return [idOf(n), length, payloadOf(n)]
  })])
  body.writeUInt32BE(body.length - 4)
  body.writeDoubleBE(number, 4)
  return new Uint8Array(body)
}

/** Each frame that comes, once it is asked for. */
function framesOf (stream: Stream): () => Promise<Buffer> {
  const [splitter, come, waiting] = [new FrameSplitter(), [] as Buffer[], [] as Array<(frame: Buffer) => void>]
  stream.addEventListener('message', ({ data }) => {
    for (const frame of splitter.take(data instanceof Uint8Array ? data : data.subarray())) {
      const next = waiting.shift()
      if (next === undefined) come.push(Buffer.from(frame))
      else next(Buffer.from(frame))
    }
  })
  return async () => come.shift() ?? await new Promise(resolve => { waiting.push(resolve) })
}

/** Leaf, payload and hash of each record of what a follower gets. */
function recordsOf (push: Buffer): Array<{ leaf: Buffer, payload: Buffer, hash: Buffer, record: Buffer }> {
  const records = []
  for (let at = 8 + push.readUInt32BE(4); at < push.length;) {
    const leaf = at + 60
    const payload = leaf + push.readUInt32BE(at + 52)
    const end = payload + push.readUInt32BE(at + 56)
    records.push({ hash: push.subarray(at + 4, at + 36), leaf: push.subarray(leaf, payload), payload: push.subarray(payload, end), record: push.subarray(at, end) })
    at = end
  }
  return records
}

describe('the bare program with the same promises, beside which the relay is measured', function () {
  this.timeout(60_000)
  let directory: string
  let side: Side
  let host: Host

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'petrel-promises-'))
    side = new Side('reference/promises.ts', directory)
    host = await createHost({ role: 'node', seed: new Uint8Array(32).fill(1), dht: false, gossip: false, circuitServer: false, autonat: false })
  })
  afterEach(async () => {
    await host.stop()
    side.end()
    await rm(directory, { recursive: true, force: true })
  })

  it('chains, signs, hands on and keeps with checks what it acknowledges, and takes nothing twice', async () => {
    const { address } = await side.ready as { address: string }
    const connection = await host.node.dial(multiaddr(address))
    const [follower, sender] = [await connection.newStream('/bench/follow/1'), await connection.newStream('/bench/promises/1')]
    const [pushed, answered] = [framesOf(follower), framesOf(sender)]

    let [hash, seq, stored]: [Uint8Array, number, Buffer[]] = [new Uint8Array(32), 0, []]
    for (const [number, entries, fresh] of [[1, [1, 2], [1, 2]], [2, [2, 3], [3]]] as const) {
      sender.send(callOf(number, entries))
      const answer = await answered()
      assert.equal(answer.readDoubleBE(4), number)
      assert.deepEqual(new Uint8Array(answer.subarray(12, 44)), hash)
      assert.deepEqual([...answer.subarray(44, 46)], entries.map(n => (fresh as readonly number[]).includes(n) ? 0 : 1))
      const push = await pushed()
      const records = recordsOf(push)
      assert.deepEqual(records.map(({ payload }) => payload), fresh.map(payloadOf))
      for (const [i, { leaf, payload, hash: said }] of records.entries()) {
        const { seq: numbered, id, entry } = decodeLeaf(leaf)
        assert.deepEqual([numbered, Buffer.from(id), Buffer.from(entry)], [++seq, idOf(fresh[i] ?? 0), Buffer.from(entryHash(payload))])
        hash = chainNext(hash, leaf)
        assert.deepEqual(said, Buffer.from(hash))
      }
      stored = [...stored, ...records.map(({ record }) => record)]
      const { statement } = verifyAttested(new Uint8Array(answer.subarray(46)))
      assert.deepEqual([statement.type, statement.seq, statement.hash], ['receipt', seq, hash])
      assert.deepEqual(push.subarray(8, 8 + push.readUInt32BE(4)), answer.subarray(46))
    }
    await side.do('stop')

    const database = new ClassicLevel<Buffer, Buffer>(join(directory, 'promises'), { keyEncoding: 'buffer', valueEncoding: 'buffer' })
    const rows = await database.iterator().all()
    await database.close()
    for (const [key, value] of rows) assert.equal(value.readUInt32BE(0), crc32(value.subarray(4), crc32(key)), 'each row has its check')
    const [[, head] = [], ...others] = rows
    assert.deepEqual(head?.subarray(4), Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 3]), hash]), 'one row has the log\'s end')
    assert.deepEqual(others.slice(0, 3).map(([, value]) => value), stored)
    assert.deepEqual(others.slice(3).map(([key, value]) => [key.subarray(35), value.readUInt32BE(8)]), [1, 2, 3].map(n => [idOf(n), n]), 'each is found by its id')
  })
})
