/**
 * Who loads a relay, or the bare loop beside it: senders with a connection each, and one that follows them all. What they
 * check is left out on both sides, for it is the ends' work.
 */
import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type * as Child from '../kit/child.js'
import type * as Frames from '../reference/frames.js'
import type * as People from './people.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Net from '../../src/relay/net/index.js'

const { cpuUs, load, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { FrameSplitter, Writes } = await import(new URL('../reference/frames.ts', import.meta.url).href) as typeof Frames
const { comeTo, makeLog, prove } = await import(new URL('people.ts', import.meta.url).href) as typeof People
const { METHOD, pb, PUSH } = await load<typeof Wire>('protocol/wire/index.js')
const { createHost } = await load<typeof Net>('relay/net/index.js')

const ENTRY_BYTES = 1024
const QUIET = { dht: false, gossip: false, circuitServer: false, autonat: false } as const

/** Where something is brought to, and where it comes from again. */
interface Sender { readonly append: (entry: Uint8Array) => Promise<void>, readonly end: () => Promise<void> }
interface Place { readonly address: string, readonly key?: string }
interface Load { readonly seconds: number, readonly inFlight: number }

/** When each entry was sent, by its number, until it was seen at the follower. */
const sent = new Map<number, number>()
let deliveries: number[] = []
let senders: Sender[] = []
let endFollower: () => Promise<void> = async () => { await Promise.resolve() }

function seen (entry: Uint8Array): void {
  const number = new DataView(entry.buffer, entry.byteOffset, 8).getFloat64(0)
  const at = sent.get(number)
  if (at === undefined) return
  sent.delete(number)
  deliveries.push(performance.now() - at)
}

async function open (address: string, protocol: string): Promise<{ stream: Stream, host: Net.Host }> {
  const host = await createHost({ role: 'node', seed: randomBytes(32), ...QUIET })
  return { host, stream: await (await host.node.dial(multiaddr(address))).newStream(protocol) }
}

/** Senders to the bare loop. */
async function loopSender (address: string): Promise<Sender> {
  const { stream, host } = await open(address, '/bench/loop/1')
  const writes = new Writes(stream)
  const open_ = new Map<number, () => void>()
  let rest = new Uint8Array(0)
  stream.addEventListener('message', ({ data }) => {
    const all = new Uint8Array(Buffer.concat([rest, data instanceof Uint8Array ? data : data.subarray()]))
    const view = new DataView(all.buffer, all.byteOffset, all.length)
    let at = 0
    for (; at + 8 <= all.length; at += 8) {
      const number = view.getFloat64(at)
      open_.get(number)?.()
      open_.delete(number)
    }
    rest = all.slice(at)
  })
  let next = 0
  return {
    append: async entry => {
      const frame = new Uint8Array(12 + entry.length)
      const view = new DataView(frame.buffer)
      view.setUint32(0, 8 + entry.length)
      view.setFloat64(4, ++next)
      frame.set(entry, 12)
      await new Promise<void>(resolve => {
        open_.set(next, resolve)
        writes.add(frame)
      })
    },
    end: async () => { await host.stop() }
  }
}

async function followLoop (address: string): Promise<void> {
  const { stream, host } = await open(address, '/bench/follow/1')
  const splitter = new FrameSplitter()
  stream.addEventListener('message', ({ data }) => { for (const frame of splitter.take(data instanceof Uint8Array ? data : data.subarray())) seen(frame.subarray(12)) })
  endFollower = async () => { await host.stop() }
}

/** Ids as an entry has them; random bytes for each are the ends' work, and the bare loop has none. */
const idPrefix = randomBytes(8)
let ids = 0
function newId (): Uint8Array {
  const id = new Uint8Array(16)
  id.set(idPrefix)
  new DataView(id.buffer).setFloat64(8, ++ids)
  return id
}

/** Brings entries as a node does: what comes up in one tick goes in one call, as it goes in one write to the bare loop. */
function inOneCall (append: (items: Wire.pb.AppendItem[]) => Promise<Wire.pb.AppendReply>): Sender['append'] {
  let waiting: Array<{ readonly entry: Uint8Array, readonly settle: PromiseWithResolvers<undefined> }> = []
  const send = (): void => {
    const group = waiting
    waiting = []
    append(group.map(({ entry }) => ({ id: newId(), kind: 0, payload: entry, erasers: [] }))).then(({ outcomes, run }) => {
      for (const [i, { settle }] of group.entries()) {
        if (run === undefined && outcomes[i]?.receipt === undefined) settle.reject(new Error(`an entry was refused: ${outcomes[i]?.failure?.message ?? ''}`))
        else settle.resolve(undefined)
      }
    }, (error: unknown) => { for (const { settle } of group) settle.reject(error) })
  }
  return async entry => {
    const settle = Promise.withResolvers<undefined>()
    if (waiting.push({ entry, settle }) === 1) process.nextTick(send)
    await settle.promise
  }
}

/** Senders to a relay: a log each, and one device that follows them all. */
async function relaySenders (address: string, key: Uint8Array, count: number): Promise<Sender[]> {
  const follower = await comeTo(address, key, {
    onPush: ({ kind, body }) => {
      if (kind === PUSH.entries) for (const { payload } of pb.EntriesPush.decode(body).entries) if (payload !== undefined) seen(payload)
      return undefined
    }
  })
  endFollower = follower.end
  const all: Sender[] = []
  for (let i = 0; i < count; i++) {
    const { channel, end } = await comeTo(address, key)
    const { log, rights } = await makeLog(channel)
    await prove(follower.channel, log, rights, ['read'])
    await follower.channel.call(METHOD.follow, pb.FollowRequest.encode({ log, after: 0 }))
    all.push({ append: inOneCall(async items => pb.AppendReply.decode(await channel.call(METHOD.append, pb.AppendRequest.encode({ log, items, runs: items.length > 1 })))), end })
  }
  return all
}

let number = 0

/** Appends for a while; what was acknowledged, and how long it took. */
async function run ({ seconds, inFlight }: Load): Promise<Record<string, number>> {
  deliveries = []
  sent.clear()
  const acks: number[] = []
  const body = new Uint8Array(randomBytes(ENTRY_BYTES))
  const cpu = cpuUs()
  const begun = performance.now()
  const end = begun + seconds * 1000
  await Promise.all(senders.flatMap(sender => Array.from({ length: inFlight }, async () => {
    while (performance.now() < end) {
      const entry = body.slice()
      new DataView(entry.buffer).setFloat64(0, ++number)
      const from = performance.now()
      sent.set(number, from)
      await sender.append(entry)
      acks.push(performance.now() - from)
    }
  })))
  const took = (performance.now() - begun) / 1000
  const patience = performance.now() + 5000
  while (sent.size > 0 && performance.now() < patience) await new Promise(resolve => { setTimeout(resolve, 1) })
  const tookAll = (performance.now() - begun) / 1000
  acks.sort((a, b) => a - b)
  deliveries.sort((a, b) => a - b)
  const at = (all: readonly number[], q: number): number => all[Math.floor((all.length - 1) * q)] ?? 0
  return { entries: acks.length, seconds: took, secondsToDelivery: tookAll, cpuUs: cpuUs() - cpu, ackP50: at(acks, 0.5), ackP99: at(acks, 0.99), shownP50: at(deliveries, 0.5), shownP99: at(deliveries, 0.99), undelivered: sent.size }
}

serve({}, {
  come: async given => {
    const { address, key, count } = given as Place & { readonly count: number }
    if (key === undefined) {
      await followLoop(address)
      senders = []
      for (let i = 0; i < count; i++) senders.push(await loopSender(address))
    } else senders = await relaySenders(address, Buffer.from(key, 'hex'), count)
    return {}
  },
  run: async given => await run(given as Load),
  go: async () => {
    await Promise.all(senders.map(async sender => { await sender.end() }))
    await endFollower()
    senders = []
    return {}
  }
})
