/** A node that stops while it looks around in its network: its links close first, and that ends nothing else. */
import assert from 'node:assert/strict'
import { LanMode } from '../../../src/node/own-home/lan-mode.js'
import type { Host } from '../../../src/relay/net/index.js'
import { UnavailableError } from '../../../src/protocol/wire/index.js'

describe('a node\'s looks around in its network', () => {
  it('end nothing when the links are closing', async () => {
    const unhandled: unknown[] = []
    const listener = (error: unknown): void => { unhandled.push(error) }
    process.on('unhandledRejection', listener)
    const host = { node: new EventTarget(), addresses: () => [], circuitAddresses: () => [] } as unknown as Host
    const noted: string[] = []
    const lan = new LanMode({ host, options: { neighbours: false }, before: [], log: (_level, event) => { noted.push(event) } })
    lan.start({ links: () => [], learn: () => undefined, relays: () => [], onAddresses: () => undefined, onLook: () => { throw new UnavailableError('this node is closing: it opens no more links') } })
    for (let i = 0; i < 3; i++) await new Promise(resolve => { setImmediate(resolve) })
    await lan.stop()
    process.off('unhandledRejection', listener)
    assert.deepEqual([unhandled, noted], [[], ['lan.look']])
  })
})
