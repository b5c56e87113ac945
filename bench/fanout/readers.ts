/** Readers of a log, for bench/fanout.ts: some hundred in a process of their own. */
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import type * as Child from '../kit/child.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Batch from '../../src/relay/gossip/batch.js'
import type * as Gossip from '../../src/relay/gossip/relay-gossip.js'
import type * as Strike from '../../src/relay/gossip/strikes.js'
import type * as Net from '../../src/relay/net/index.js'
import type * as Store from '../../src/store/index.js'

const { cpuUs, load, serve } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { chainStart } = await load<typeof Wire>('protocol/wire/index.js')
const { openBatch } = await load<typeof Batch>('relay/gossip/batch.js')
const { RelayGossip } = await load<typeof Gossip>('relay/gossip/relay-gossip.js')
const { Strikes } = await load<typeof Strike>('relay/gossip/strikes.js')
const { createHost, dialGateway } = await load<typeof Net>('relay/net/index.js')
const { systemClock } = await load<typeof Store>('store/index.js')

/** What readers are told: keys and the log in hexadecimal digits, and some who were there before. */
export interface Task {
  readonly kind: 'push' | 'gossip'
  readonly count: number
  /** How many there are in all processes. */
  readonly of: number
  readonly address: string
  readonly key: string
  readonly home: string
  readonly log: string
  readonly topic: string
  readonly batch: number
  readonly others: readonly string[]
}

const connections = { maxConnections: 5000, connectionsPerAddress: 5000, pendingUpgrades: 2000, pendingUpgradesPerAddress: 2000, inboundPerSecondPerAddress: 5000 }
const QUIET = { dht: false, circuitServer: false, autonat: false, connections } as const
/** Readers of a process that know the home, and how many others each of them knows: each is known by as many again. */
const KNOW_HOME = 12
const KNOWN = { few: 4, many: 2 } as const
/** From so many readers on each knows fewer of the others. */
const MANY = 200
const PATIENCE_MS = 20_000

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
/** Readers that have a round, and who waits for all of them. */
const counts = new Map<number, { count: number, at: number, wake: () => void }>()
let readers = 0

function of (round: number): { count: number, at: number, wake: () => void } {
  const known = counts.get(round) ?? { count: 0, at: -1, wake: () => undefined }
  counts.set(round, known)
  return known
}

function got (round: number): void {
  const known = of(round)
  if (++known.count < readers) return
  known.at = performance.timeOrigin + performance.now()
  known.wake()
}

async function come (task: Task): Promise<string[]> {
  const { kind, count, address, batch } = task
  const [key, home, log, topic] = [task.key, task.home, task.log, task.topic].map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  readers = count
  const addresses = [...task.others]
  for (let i = 0; i < count; i++) {
    const host = await createHost({ role: 'relay', seed: randomBytes(32), ...kind === 'gossip' ? { listen: ['/ip4/127.0.0.1/tcp/0'] } : {}, gossip: kind === 'gossip' ? {} : false, ...QUIET })
    if (kind === 'push') {
      await dialGateway(host, [address], key, { onPush: ({ body }) => { got(openBatch(body, log, { home, term: 1 }).last / batch); return undefined } })
      continue
    }
    const at = { home, term: 1, seq: -1, hash: chainStart(log, home) }
    RelayGossip.over({ host, clock: systemClock, log: () => undefined, strikes: new Strikes(Date.now) })?.subscribe(log, topic, {
      place: () => at, onRun: () => undefined, onBehind: last => { got(last / batch) }
    })
    if (i < Math.max(1, Math.floor(KNOW_HOME * count / task.of))) await host.node.dial(multiaddr(address))
    for (let other = 0; other < Math.min(task.of > MANY ? KNOWN.many : KNOWN.few, addresses.length); other++) {
      const there = addresses[Math.floor(Math.random() * addresses.length)]
      if (there !== undefined) await host.node.dial(multiaddr(there)).catch(() => undefined)
    }
    addresses.push(host.addresses()[0] ?? '')
  }
  return addresses
}

serve({}, {
  come: async given => ({ addresses: await come(given as Task) }),
  /** When the last of these readers had a round, ms since 1970, or -1. */
  last: async given => {
    const known = of((given as { readonly round: number }).round)
    if (known.at < 0) await new Promise<void>(resolve => { known.wake = resolve; setTimeout(resolve, PATIENCE_MS) })
    return { at: known.at }
  },
  cpu: () => ({ us: cpuUs() })
})
