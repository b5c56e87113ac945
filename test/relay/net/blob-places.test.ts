import assert from 'node:assert/strict'
import { cidOf, CODEC, LIMITS } from '../../../src/protocol/wire/index.js'
import { openBlobs, serveBlobs, type BlobClient, type BlobGuest, type Host } from '../../../src/relay/net/index.js'
import { StreamPlaces } from '../../../src/relay/net/blob/places.js'
import { betweenHosts, code, until } from './support.js'

describe('places for streams of blocks', () => {
  let relay: Host
  let node: Host
  betweenHosts((a, b) => { [relay, node] = [a, b] })

  it('guests have half of them, from one address fewer, and the others are there for who is hosted', () => {
    const places = new StreamPlaces()
    const leave: Array<() => void> = []
    for (let n = 0; n < LIMITS.blobGuestStreamsPerAddress; n++) leave.push(places.take('192.0.2.1'))
    assert.throws(() => places.take('192.0.2.1'), code('ERR_RATE'))
    for (let n = leave.length; n < LIMITS.blobGuestStreams; n++) leave.push(places.take(`192.0.2.${2 + n % 100}`))
    assert.throws(() => places.take('198.51.100.1'), code('ERR_RATE'))
    for (let n = leave.length; n < LIMITS.blobStreams; n++) leave.push(places.take(undefined))
    assert.throws(() => places.take(undefined), code('ERR_RATE'))
    for (const end of leave) end()
    places.take('192.0.2.1')
  })

  it('a stranger that is refused takes no place of who is hosted, and one that ends makes room', async () => {
    let isStranger = true
    const admit = (): BlobGuest => ({ isStranger, put: async () => { await Promise.resolve() }, get: async () => await Promise.resolve(undefined) })
    const server = await serveBlobs(relay, { admit, most: { total: 2, guests: 1 } })
    const dial = async (): Promise<BlobClient> => await openBlobs(node, relay.addresses(), relay.key)
    const ask = async (client: BlobClient): Promise<void> => { for await (const _block of client.get([cidOf(CODEC.raw, Uint8Array.of(1))])); }
    try {
      const first = await dial()
      await ask(first)
      // Said to its first frame: until then it is open, and refused.
      const [second, third] = [await dial(), await dial()]
      await until(() => server.open === 3)
      isStranger = false
      await ask(await dial())
      await assert.rejects(ask(second), code('ERR_RATE'))
      await third.close()
      await until(() => server.open === 2)
      isStranger = true
      await first.close()
      await until(() => server.open === 1)
      await ask(await dial())
    } finally {
      await server.close()
    }
  })
})
