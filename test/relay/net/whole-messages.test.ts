import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Host } from '../../../src/relay/net/index.js'
import { MessageCutter } from '../../../src/relay/net/message-cutter.js'
import { noiseCrypto } from '../../../src/relay/net/noise-crypto.js'
import { inFewPieces } from '../../../src/relay/net/whole-messages.js'
import { betweenHosts, echo, openPair } from './support.js'

/** A message as the library sends it: its length, and what was sealed. */
function message (bytes: number): Uint8Array[] {
  const sealed = noiseCrypto.chaCha20Poly1305Encrypt(randomBytes(bytes), randomBytes(12), new Uint8Array(0), randomBytes(32)).subarray()
  return [Uint8Array.of(sealed.length >> 8, sealed.length & 0xff), sealed]
}

/** What reads the messages of a host's connections: the muxer stands on the secured connection. */
function decodersOf (host: Host): Array<{ lengthDecoder: () => number }> {
  return host.node.getConnections().map(connection => (connection as unknown as { muxer: { maConn: { decoder: { lengthDecoder: () => number } } } }).muxer.maConn.decoder)
}

/** Messages with their lengths before them. */
function framed (messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messages.flatMap(one => [Uint8Array.of(one.length >> 8, one.length & 0xff), one]))
}

describe('messages of a connection', () => {
  let relay: Host
  let node: Host

  betweenHosts((one, other) => { [relay, node] = [one, other] })

  it('go out whole, and none of them comes in two', async () => {
    const pair = await openPair(relay, node, { handler: echo })
    const sizes: number[] = []
    const { write } = Socket.prototype
    Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
      sizes.push((args[0] as Uint8Array).length)
      return write.apply(this, args)
    } as typeof write
    try {
      for (const bytes of [10, 1500, 5000, 60_000, 200_000]) {
        const body = new Uint8Array(randomBytes(bytes))
        assert.deepEqual(await pair.client.call(1, body), body)
      }
    } finally {
      Socket.prototype.write = write
    }
    assert.ok(sizes.length >= 10, `${sizes.length} writes`)
    assert.ok(Math.min(...sizes) > 2, 'a length went alone')
    await pair.close()
  })

  it('come in without an error for each read', async () => {
    const pair = await openPair(relay, node, { handler: echo })
    const decoders = [relay, node].flatMap(decodersOf)
    assert.ok(decoders.length > 1)
    // The library's way asks for a length until that throws.
    for (const decoder of decoders) decoder.lengthDecoder = () => { throw new Error('the library cut a message') }
    const body = new Uint8Array(randomBytes(100_000))
    assert.deepEqual(await pair.client.call(1, body), body)
    await pair.close()
  })

  it('are cut out of what comes wherever that is cut, and empty ones are left out', () => {
    const messages = [1, 0, 2, 255, 256, 0, 0, 700, 3].map(bytes => new Uint8Array(randomBytes(bytes)))
    const all = framed(messages)
    const wanted = messages.filter(({ length }) => length > 0).map(one => Buffer.from(one).toString('hex'))
    for (const step of [1, 2, 3, 5, 100, 258, 259, all.length]) {
      const cutter = new MessageCutter()
      const pieces = Array.from({ length: Math.ceil(all.length / step) }, (_, i) => all.subarray(i * step, (i + 1) * step))
      const got = pieces.flatMap(piece => cutter.cut(piece))
      assert.deepEqual(got.map(one => Buffer.from(one).toString('hex')), wanted, `in pieces of ${step}`)
      assert.deepEqual(new MessageCutter().cut(new Uint8ArrayList(new Uint8Array(0), ...pieces)).map(one => Buffer.from(one).toString('hex')), wanted)
    }
  })

  it('are read where they lie, and copied only when they come in pieces', () => {
    const all = framed([new Uint8Array(10), new Uint8Array(20)])
    const [whole, ...none] = new MessageCutter().cut(all.subarray(0, 14))
    assert.equal(none.length, 0)
    assert.equal(whole?.buffer, all.buffer)
    assert.equal(whole.byteOffset, all.byteOffset + 2)
  })

  it('keep their bytes and their order, whatever their sizes', () => {
    for (const sizes of [[1], [5000], [1, 2, 3], [100, 5000, 100], [5000, 60_000], [3000, 1, 1, 3000, 1]]) {
      const all = new Uint8ArrayList(...sizes.flatMap(message))
      const before = all.slice()
      const few = inFewPieces(all)
      assert.deepEqual(few.slice(), before)
      assert.ok([...few].length <= sizes.length)
      assert.ok([...few].every(({ length }) => length > 2))
    }
  })

  it('are copied nowhere else than behind their own length', () => {
    const foreign = new Uint8Array(5002).fill(7)
    const parts = [Uint8Array.of(1, 2), foreign.subarray(2)]
    assert.deepEqual([...inFewPieces(new Uint8ArrayList(...parts))], parts)
    assert.deepEqual([...foreign.subarray(0, 2)], [7, 7])
  })
})
