/**
 * Frames per second of the gateway channel beside a bare libp2p stream that sends the same bytes in
 * coalesced chunks. One JSON line a figure. Run: npm run bench -- net
 */
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, dialGateway, listenGateway } from '../src/relay/net/index.js'
import type { GatewayChannel, Host, HostOptions } from '../src/relay/net/index.js'
import { sayEach, sized } from './kit/figures.js'

const RAW = '/bench/raw/1'
const QUIET = { dht: false, gossip: false, circuitServer: false, autonat: false } as const

async function host (options: Partial<HostOptions>): Promise<Host> {
  return await createHost({ role: 'relay', seed: randomBytes(32), ...QUIET, ...options })
}

function rate (count: number, begun: number): number { return Math.round(count / ((performance.now() - begun) / 1000)) }

async function calls (channel: GatewayChannel, frameBytes: number, count: number, window: number, isTold = true): Promise<void> {
  const body = new Uint8Array(frameBytes)
  const times: number[] = []
  let left = count
  const begun = performance.now()
  const cpu = process.cpuUsage()
  await Promise.all(Array.from({ length: window }, async () => {
    while (left-- > 0) {
      const asked = performance.now()
      await channel.call(1, body)
      times.push(performance.now() - asked)
    }
  }))
  const used = process.cpuUsage(cpu)
  if (!isTold) return
  times.sort((a, b) => a - b)
  sayEach(`net/gateway calls of ${frameBytes} bytes, ${window} in flight`, {
    perSecond: rate(count, begun),
    p50Ms: Number(times[Math.floor(count * 0.5)]?.toFixed(3)), p99Ms: Number(times[Math.floor(count * 0.99)]?.toFixed(3)),
    cpuUsPerCall: Math.round((used.user + used.system) / count)
  })
}

async function pushes (channel: GatewayChannel, taken: { count: number, onCount: () => void }, frameBytes: number, count: number): Promise<void> {
  const body = new Uint8Array(frameBytes)
  taken.count = 0
  const all = new Promise<void>(resolve => { taken.onCount = () => { if (taken.count === count) resolve() } })
  const begun = performance.now()
  const cpu = process.cpuUsage()
  for (let i = 0; i < count; i++) await channel.push(1, body)
  await all
  const used = process.cpuUsage(cpu)
  sayEach(`net/gateway pushes of ${frameBytes} bytes`, { perSecond: rate(count, begun), cpuUsPerFrame: Number(((used.user + used.system) / count).toFixed(1)) })
}

async function raw (relay: Host, node: Host, frameBytes: number, count: number): Promise<void> {
  const done = Promise.withResolvers<undefined>()
  const total = frameBytes * count
  let received = 0
  await relay.node.handle(RAW, stream => {
    stream.addEventListener('message', event => {
      received += event.data.byteLength
      if (received >= total) done.resolve(undefined)
    })
  })
  const address = relay.addresses()[0] ?? ''
  const stream: Stream = await (await node.node.dial(multiaddr(address))).newStream(RAW)
  const chunk = new Uint8Array(Math.floor(64 * 1024 / frameBytes) * frameBytes)
  const begun = performance.now()
  const cpu = process.cpuUsage()
  for (let sent = 0; sent < total; sent += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, total - sent))
    if (!stream.send(part)) await new Promise(resolve => { stream.addEventListener('drain', resolve, { once: true }) })
  }
  await done.promise
  const used = process.cpuUsage(cpu)
  sayEach(`net/bare stream, pieces of ${frameBytes} bytes together`, { perSecond: rate(count, begun), cpuUsPerFrame: Number(((used.user + used.system) / count).toFixed(1)) })
  await stream.close()
  await relay.node.unhandle(RAW)
}

const relay = await host({ listen: ['/ip4/127.0.0.1/tcp/0'] })
const node = await host({ role: 'node' })
const taken = { count: 0, onCount: (): void => undefined }
const server = Promise.withResolvers<GatewayChannel>()
const listener = await listenGateway(relay, { handler: async call => await Promise.resolve(call.body), onChannel: server.resolve })
const channel = await dialGateway(node, relay.addresses(), relay.key, {
  onPush: () => {
    taken.count++
    taken.onCount()
    return undefined
  }
})
// Warms up.
await calls(channel, 256, sized(20_000, 100), 256, false)
for (const bytes of [64, 256, 4096]) {
  const count = sized(bytes > 1000 ? 20_000 : 200_000, 200)
  await raw(relay, node, bytes, count)
  await pushes(await server.promise, taken, bytes, count)
}
for (const inFlight of [1, 32, 1024]) await calls(channel, 256, sized(inFlight === 1 ? 3000 : 60_000, 200), inFlight)
await listener.close()
await node.stop()
await relay.stop()
