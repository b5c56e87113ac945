/**
 * Who loads a relay, or a bare program beside it: senders with a connection each, and one that follows them all. What they
 * check is left out on all sides, for it is the ends' work.
 */
import { randomBytes } from 'node:crypto'
import type * as Child from '../kit/child.js'
import type * as Bare from './bare-senders.js'
import type * as People from './people.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Net from '../../src/relay/net/index.js'

const { cpuUs, load, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { bareSenders, inOneCall, newId } = await import(new URL('bare-senders.ts', import.meta.url).href) as typeof Bare
const { comeTo, makeLog, prove } = await import(new URL('people.ts', import.meta.url).href) as typeof People
const { METHOD, pb, PUSH } = await load<typeof Wire>('protocol/wire/index.js')

const ENTRY_BYTES = 1024

interface Place { readonly address: string, readonly key?: string, readonly program?: string }
interface Load { readonly seconds: number, readonly inFlight: number }

/** When each entry was sent, by its number, until it was seen at the follower. */
const sent = new Map<number, number>()
let deliveries: number[] = []
let senders: Bare.Sender[] = []
let endFollower: () => Promise<void> = async () => { await Promise.resolve() }

function seen (entry: Uint8Array): void {
  const number = new DataView(entry.buffer, entry.byteOffset, 8).getFloat64(0)
  const at = sent.get(number)
  if (at === undefined) return
  sent.delete(number)
  deliveries.push(performance.now() - at)
}

/** Appends of one call to a relay's log. @throws when one was refused */
async function appendTo (channel: Net.GatewayChannel, log: Uint8Array, entries: readonly Uint8Array[]): Promise<void> {
  const items = entries.map(entry => ({ id: newId(), kind: 0, payload: entry, erasers: [] }))
  const { outcomes, run } = pb.AppendReply.decode(await channel.call(METHOD.append, pb.AppendRequest.encode({ log, items, runs: items.length > 1 })))
  const refused = run === undefined ? items.findIndex((_, i) => outcomes[i]?.receipt === undefined) : -1
  if (refused !== -1) throw new Error(`an entry was refused: ${outcomes[refused]?.failure?.message ?? ''}`)
}

/** Senders to a relay: a log each, and one device that follows them all. */
async function relaySenders (address: string, key: Uint8Array, count: number): Promise<Bare.Sender[]> {
  const follower = await comeTo(address, key, {
    onPush: ({ kind, body }) => {
      if (kind === PUSH.entries) for (const { payload } of pb.EntriesPush.decode(body).entries) if (payload !== undefined) seen(payload)
      return undefined
    }
  })
  endFollower = follower.end
  const all: Bare.Sender[] = []
  for (let i = 0; i < count; i++) {
    const { channel, end } = await comeTo(address, key)
    const { log, rights } = await makeLog(channel)
    await prove(follower.channel, log, rights, ['read'])
    await follower.channel.call(METHOD.follow, pb.FollowRequest.encode({ log, after: 0 }))
    all.push({ append: inOneCall(async entries => { await appendTo(channel, log, entries) }), end })
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
    const { address, key, program = 'loop', count } = given as Place & { readonly count: number }
    if (key === undefined) ({ senders, endFollower } = await bareSenders(program, address, count, seen))
    else senders = await relaySenders(address, Buffer.from(key, 'hex'), count)
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
