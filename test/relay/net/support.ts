/** Real libp2p hosts on loopback, and streams that speak the gateway by hand. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, dialGateway, listenGateway } from '../../../src/relay/net/index.js'
import type { ChannelOptions, GatewayCall, GatewayChannel, GatewayListener, GatewayListenerOptions, Host, HostOptions } from '../../../src/relay/net/index.js'
import { GATEWAY_PROTOCOL, pb, PetrelError } from '../../../src/protocol/wire/index.js'

/** A host that listens on loopback and has the heavy services off. */
export async function quietHost (options: Partial<HostOptions> = {}): Promise<Host> {
  return await createHost({
    role: 'relay', seed: randomBytes(32), listen: ['/ip4/127.0.0.1/tcp/0'],
    dht: false, gossip: false, circuitServer: false, autonat: false, ...options
  })
}

export interface Pair {
  readonly client: GatewayChannel
  readonly server: GatewayChannel
  readonly listener: GatewayListener
  close (): Promise<void>
}

const open: Array<() => Promise<void>> = []

/** Closes what a failed test left open. */
export async function closePairs (): Promise<void> {
  for (const close of open.splice(0)) await close()
}

/** A relay's and a node's host for the tests of a block; what a test left open between them is closed after it. */
export function betweenHosts (use: (relay: Host, node: Host) => void): void {
  let hosts: Host[] = []
  before(async () => {
    const [relay, node] = hosts = [await quietHost(), await quietHost({ role: 'node', listen: [] })]
    use(relay!, node!)
  })
  afterEach(closePairs)
  after(async () => { await Promise.all(hosts.map(async host => { await host.stop() })) })
}

/** A fresh channel between two hosts. */
export async function openPair (relay: Host, node: Host, server: Partial<GatewayListenerOptions> = {}, client: ChannelOptions = {}): Promise<Pair> {
  const accepted = Promise.withResolvers<GatewayChannel>()
  const listener = await listenGateway(relay, {
    onRefused: error => { accepted.reject(error) },
    ...server,
    onChannel: channel => {
      server.onChannel?.(channel)
      accepted.resolve(channel)
    }
  })
  open.push(async () => { await listener.close() })
  try {
    const channel = await dialGateway(node, relay.addresses(), relay.key, client)
    return {
      client: channel, server: await accepted.promise, listener,
      close: async () => {
        await listener.close()
        await channel.close()
      }
    }
  } catch (error) {
    accepted.promise.catch(() => undefined)
    await listener.close()
    throw error
  }
}

/** A gateway stream of `node` to `relay` that says only what it is told, and what came back. */
export async function rawStream (relay: Host, node: Host): Promise<{ stream: Stream, received: Uint8Array[] }> {
  const connection = await node.node.dial(relay.addresses().map(address => multiaddr(address)))
  const stream = await connection.newStream(GATEWAY_PROTOCOL)
  open.push(async () => {
    stream.abort(new Error('the test is over'))
    await Promise.resolve()
  })
  const received: Uint8Array[] = []
  stream.addEventListener('message', event => { received.push(event.data.subarray()) })
  return { stream, received }
}

/** A frame with its length before it. */
export function framed (bytes: Uint8Array): Uint8Array {
  const head: number[] = []
  let rest = bytes.length
  for (; rest >= 128; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128)
  head.push(rest)
  return Buffer.concat([Uint8Array.from(head), bytes])
}

export function hello (overrides: Partial<pb.Hello> = {}): pb.Hello {
  return {
    min: 1, max: 1, features: [], maxFrameBytes: 2 ** 21, maxCalls: 16, creditBytes: 2 ** 20, nonce: new Uint8Array(32), agent: 'test',
    maxCallBytes: 2 ** 20, ...overrides
  }
}

export function frame (value: pb.Frame): Uint8Array { return framed(pb.Frame.encode(value)) }

/** Resolves when the predicate holds, looked at on each turn of the event loop. */
export async function until (predicate: () => boolean): Promise<void> {
  while (!predicate()) await new Promise(resolve => { setImmediate(resolve) })
}

/** Answers each call with its own body. */
export const echo = async (call: GatewayCall): Promise<Uint8Array> => await Promise.resolve(call.body)

/** Bytes by their values. */
export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** Checks an error's code, and its words. */
export const code = (expected: string, text?: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof PetrelError, String(error))
  assert.equal(error.code, expected, error.message)
  if (text !== undefined) assert.match(error.message, text)
  return true
}

/** A handler that never answers by itself, and remembers its calls. */
export function stuck (): { handler: (call: GatewayCall) => Promise<Uint8Array>, calls: GatewayCall[] } {
  const calls: GatewayCall[] = []
  return {
    calls,
    handler: async call => {
      calls.push(call)
      return await new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => { reject(call.signal.reason as Error) })
      })
    }
  }
}
