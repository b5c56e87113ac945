import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { GATEWAY_PROTOCOL } from '../../../src/protocol/wire/index.js'
import type { Host } from '../../../src/relay/net/index.js'
import { gatherWindowUpdates } from '../../../src/relay/net/window-updates.js'
import { betweenHosts, echo, openPair } from './support.js'

interface Window { readonly recvWindow: number, readonly recvWindowCapacity: number }

describe('how often a gateway stream tells that it has room', () => {
  let relay: Host
  let node: Host

  betweenHosts((one, other) => { [relay, node] = [one, other] })

  /** The relay's window, and what it has read and not told yet. */
  function window (): { whole: number, untold: number } {
    const [stream] = relay.node.getConnections().flatMap(connection => connection.streams).filter(({ protocol }) => protocol === GATEWAY_PROTOCOL)
    const { recvWindow, recvWindowCapacity } = stream as unknown as Window
    return { whole: recvWindow, untold: recvWindow - recvWindowCapacity }
  }

  it('is once for many small messages, and never so late that the window closes', async () => {
    const pair = await openPair(relay, node, { handler: echo })
    const seen: number[] = []
    for (let i = 0; i < 80; i++) {
      await pair.client.call(1, new Uint8Array(8000))
      const { whole, untold } = window()
      assert.ok(untold <= whole / 2, `${untold} bytes of ${whole} were not told`)
      seen.push(untold)
    }
    assert.ok(Math.max(...seen) > 64 * 1024, 'small messages are gathered')
    const told = seen.filter((bytes, i) => bytes < (seen[i - 1] ?? 0)).length
    assert.ok(told >= 1 && told < 10, `told ${told} times`)
    const large = new Uint8Array(1_000_000).fill(1)
    assert.deepEqual(await pair.client.call(1, large), large)
    await pair.close()
  })

  it('is left as it is on a stream of another kind', () => {
    const stream = {}
    gatherWindowUpdates(stream as Stream)
    assert.deepEqual(stream, {})
  })
})
