import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Host } from '../../../src/relay/net/index.js'
import { noiseCrypto } from '../../../src/relay/net/noise-crypto.js'
import { inFewPieces, messageLength } from '../../../src/relay/net/whole-messages.js'
import { betweenHosts, echo, openPair } from './support.js'

/** A message as the library sends it: its length, and what was sealed. */
function message (bytes: number): Uint8Array[] {
  const sealed = noiseCrypto.chaCha20Poly1305Encrypt(randomBytes(bytes), randomBytes(12), new Uint8Array(0), randomBytes(32)).subarray()
  return [Uint8Array.of(sealed.length >> 8, sealed.length & 0xff), sealed]
}

/** What reads the messages of a host's connections: the muxer stands on the secured connection. */
function decodersOf (host: Host): Array<{ lengthDecoder: unknown }> {
  return host.node.getConnections().map(connection => (connection as unknown as { muxer: { maConn: { decoder: { lengthDecoder: unknown } } } }).muxer.maConn.decoder)
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

  it('come in without an error of their own for each read', async () => {
    const pair = await openPair(relay, node, { handler: echo })
    for (const host of [relay, node]) {
      const decoders = decodersOf(host)
      assert.ok(decoders.length > 0)
      for (const { lengthDecoder } of decoders) assert.equal(lengthDecoder, messageLength)
    }
    const thrown = [new Uint8Array(0), Uint8Array.of(1), new Uint8ArrayList(Uint8Array.of(1))].map(bytes => {
      try {
        return messageLength(bytes)
      } catch (error) {
        return error
      }
    })
    assert.ok(thrown[0] instanceof RangeError)
    assert.ok(thrown.every(error => error === thrown[0]))
    for (const bytes of [[0, 0], [0, 255], [1, 0, 9], [255, 255]]) {
      const length = bytes[0]! * 256 + bytes[1]!
      assert.equal(messageLength(Uint8Array.from(bytes)), length)
      assert.equal(messageLength(new Uint8ArrayList(...bytes.map(byte => Uint8Array.of(byte)))), length)
    }
    await pair.close()
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
