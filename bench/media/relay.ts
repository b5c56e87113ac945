/**
 * The relay of bench/media.ts, in a process of its own over the built code: a whole relay, and beside it a bare host with
 * streams that carry anything, and with blocks that nobody keeps.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import type * as Common from './common.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Relays from '../../src/relay/index.js'
import type * as Net from '../../src/relay/net/index.js'

// By its own name: this process has no loader.
const { load, memory, pour, swallow } = await import(new URL('common.ts', import.meta.url).href) as typeof Common
const { LIMITS } = await load<typeof Wire>('protocol/wire/index.js')
const { createRelay } = await load<typeof Relays>('relay/index.js')
const { createHost, serveBlobs } = await load<typeof Net>('relay/net/index.js')

const [directory = '', megabytes = '1024'] = process.argv.slice(2)
const TOTAL = Number(megabytes) * 1024 * 1024

const host = await createHost({ role: 'relay', seed: randomBytes(32), dht: false, gossip: false, circuitServer: false, autonat: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
await host.node.handle('/bench/up', stream => { void swallow(stream, TOTAL).then(() => { stream.send(Uint8Array.of(1)) }) })
await host.node.handle('/bench/down', stream => { void pour(stream, TOTAL) })
const block = new Uint8Array(LIMITS.blobBytes)
await serveBlobs(host, { admit: () => ({ put: async () => { await Promise.resolve() }, get: async () => await Promise.resolve(block) }) })
const relay = await createRelay({ directory, listen: ['/ip4/127.0.0.1/tcp/0'], http: false, quota: { mediaBytes: 2 ** 40 }, rates: { calls: { perSecond: 1e6, burst: 1e6 } } })
const server = createServer(socket => {
  let got = 0
  socket.on('data', data => {
    got += data.length
    if (got >= TOTAL) socket.end('x')
  })
})
await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })

process.on('message', ({ name }: { name: string }) => {
  if (name === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: (user + system) / 1e6 })
    return
  }
  process.send?.(memory())
})
process.on('disconnect', () => { process.exit(0) })
process.send?.({ bare: host.addresses()[0] ?? '', bareKey: Buffer.from(host.key).toString('hex'), tcp: (server.address() as AddressInfo).port, relay: relay.addresses()[0] ?? '', key: Buffer.from(relay.key).toString('hex') })
