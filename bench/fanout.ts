/**
 * Fan-out: one home hands a log's entries to many readers, by a push to each and by gossip, in one run: what a delivery
 * costs, how many there are in a second, and when the last reader has an entry. The number of readers from which gossip
 * costs the home less stands in LIMITS.gossipCrossover: each figure is of the way that a home takes for so many, beside the
 * other one. A round begins when all have the one before. All readers share one thread, so the last of many waits for the
 * work of all of them, which on their own machines they would do at once: the home's own time is what a home can compare.
 * One JSON line a figure. Run: npm run bench -- fanout, with --full 1,000 readers too, or npx tsx bench/fanout.ts READERS…
 */
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { multiaddr } from '@multiformats/multiaddr'
import { attest, chainNext, chainStart, encodeGenesis, encodeLeaf, leafFor, LIMITS, logIdOf, type pb, PUSH, signerFromSeed, type Digest } from '../src/protocol/wire/index.js'
import { encodeBatch, openBatch, topicName } from '../src/relay/gossip/batch.js'
import { RelayGossip } from '../src/relay/gossip/relay-gossip.js'
import { Strikes } from '../src/relay/gossip/strikes.js'
import { createHost, dialGateway, listenGateway, type GatewayChannel, type Host } from '../src/relay/net/index.js'
import { systemClock } from '../src/store/index.js'
import { isFull, isSmoke, round, say, sized } from './kit/figures.js'

const TOPIC = new Uint8Array(32).fill(1)
const NAME = topicName(TOPIC)
const ENTRY_BYTES = 300
/** Entries in one batch: what a busy log gathers in a moment. */
const BATCH = 4
/** A quiet moment between two rounds, and how long one is waited for. */
const PAUSE_MS = sized(100, 10)
const PATIENCE_MS = 20_000
const roundsOf = (count: number): number => sized(count > 200 ? 5 : 20, 3)
const connections = { maxConnections: 5000, connectionsPerAddress: 5000, pendingUpgrades: 2000, pendingUpgradesPerAddress: 2000, inboundPerSecondPerAddress: 5000 }
const QUIET = { dht: false, circuitServer: false, autonat: false, connections } as const

const home = signerFromSeed(new Uint8Array(32).fill(9))
const log = logIdOf(encodeGenesis({ v: 1, kind: 'log', salt: new Uint8Array(16), owner: home.key, home: home.key }))

/** Rounds of batches of one log, signed as a home signs them. */
function batches (rounds: number): Uint8Array[] {
  let hash: Digest = chainStart(log, home.key)
  let seq = 0
  return Array.from({ length: rounds }, () => {
    const prev = hash
    const entries = Array.from({ length: BATCH }, (): pb.WireEntry => {
      const payload = new Uint8Array(randomBytes(ENTRY_BYTES))
      const leaf = encodeLeaf(leafFor({ id: new Uint8Array(randomBytes(16)), kind: 0, payload }, ++seq, Date.now()))
      hash = chainNext(hash, leaf)
      return { leaf, payload }
    })
    const [head = new Uint8Array()] = attest([{ type: 'head', log, term: 1, seq, hash, time: Date.now() }], home)
    return encodeBatch(log, prev, entries, head)
  })
}

/** What a reader does with a batch, whichever way it came. */
function check (body: Uint8Array): number { return openBatch(body, log, { home: home.key, term: 1 }).last }

type Task = { readonly kind: 'push' | 'gossip', readonly count: number, readonly address: string, readonly key: Uint8Array }

/** The readers of one run, in a thread of their own, so that the home's processor time is its own. */
async function readers ({ kind, count, address, key }: Task): Promise<void> {
  const hosts: Host[] = []
  const counts = new Map<number, number>()
  const got = (last: number): void => {
    const round = last / BATCH
    const now = (counts.get(round) ?? 0) + 1
    counts.set(round, now)
    if (now === count) parentPort?.postMessage({ round, at: performance.timeOrigin + performance.now() })
  }
  for (let i = 0; i < count; i++) {
    const host = await createHost({ role: 'relay', seed: randomBytes(32), ...kind === 'gossip' ? { listen: ['/ip4/127.0.0.1/tcp/0'] } : {}, gossip: kind === 'gossip' ? {} : false, ...QUIET })
    hosts.push(host)
    if (kind === 'push') {
      await dialGateway(host, [address], key, { onPush: ({ body }) => { got(check(body)); return undefined } })
      continue
    }
    const at = { home: home.key, term: 1, seq: -1, hash: chainStart(log, home.key) }
    RelayGossip.over({ host, clock: systemClock, log: () => undefined, strikes: new Strikes(Date.now) })?.subscribe(log, TOPIC, {
      place: () => at, onRun: () => undefined, onBehind: got
    })
    // The first few know the home, all know some others: each is known by as many again.
    if (i < 12) await host.node.dial(multiaddr(address))
    for (let other = 0; other < Math.min(count > 200 ? 2 : 4, i); other++) {
      const there = hosts[Math.floor(Math.random() * i)]?.addresses()[0]
      if (there !== undefined) await host.node.dial(multiaddr(there)).catch(() => undefined)
    }
  }
  parentPort?.on('message', () => { parentPort?.postMessage({ cpu: process.threadCpuUsage() }) })
  parentPort?.postMessage('ready')
}

/** What a run found. */
interface Found { readonly homeUs: number, readonly readerUs: number, readonly deliveries: number, readonly lastMs: number, readonly last95Ms: number, readonly complete: number }

async function run (kind: Task['kind'], count: number): Promise<Found> {
  const host = await createHost({ role: 'relay', seed: randomBytes(32), listen: ['/ip4/127.0.0.1/tcp/0'], gossip: kind === 'gossip' ? {} : false, ...QUIET })
  const channels: GatewayChannel[] = []
  await listenGateway(host, { handler: async call => await Promise.resolve(call.body), onChannel: channel => { channels.push(channel) } })
  const worker = new Worker(new URL(import.meta.url), { workerData: { kind, count, address: host.addresses()[0] ?? '', key: host.key } satisfies Task, execArgv: process.execArgv.filter(flag => flag !== '--expose-gc') })
  const last = new Map<number, number>()
  let wake = (): void => undefined
  let told = (_cpu: NodeJS.CpuUsage): void => undefined
  const ready = new Promise<void>(resolve => {
    worker.on('message', (message: 'ready' | { round: number, at: number } | { cpu: NodeJS.CpuUsage }) => {
      if (message === 'ready') resolve()
      else if ('cpu' in message) told(message.cpu)
      else last.set(message.round, message.at)
      wake()
    })
  })
  /** Processor time of the home's thread and of the readers', us. */
  const spent = async (): Promise<[number, number]> => {
    const theirs = new Promise<NodeJS.CpuUsage>(resolve => { told = resolve })
    worker.postMessage('cpu')
    const own = process.threadCpuUsage()
    const { user, system } = await theirs
    return [own.user + own.system, user + system]
  }
  await ready
  // Meshes form within a heartbeat or two.
  if (kind === 'gossip') await new Promise(resolve => { setTimeout(resolve, 3000) })
  const rounds = roundsOf(count)
  const all = batches(rounds)
  const sent: number[] = []
  const before = await spent()
  for (const [i, body] of all.entries()) {
    const at = performance.now()
    sent.push(performance.timeOrigin + at)
    if (kind === 'push') await Promise.all(channels.map(async channel => { await channel.push(PUSH.entries, body) }))
    else await host.node.services.pubsub?.publish(NAME, body)
    while (!last.has(i + 1) && performance.now() < at + PATIENCE_MS) await new Promise<void>(resolve => { wake = resolve; setTimeout(resolve, 200) })
    await new Promise(resolve => { setTimeout(resolve, PAUSE_MS) })
  }
  const after = await spent()
  const [homeUs = 0, readersUs = 0] = after.map((us, i) => us - (before[i] ?? 0))
  const delays = [...last].map(([round, at]) => at - (sent[round - 1] ?? at)).sort((a, b) => a - b)
  const found: Found = {
    homeUs: homeUs / rounds, readerUs: readersUs / rounds / count, deliveries: delays.length * BATCH * count / Math.max(1, delays.reduce((sum, ms) => sum + ms, 0)) * 1000, complete: last.size,
    lastMs: delays[Math.floor(delays.length / 2)] ?? -1, last95Ms: delays[Math.floor(delays.length * 0.95)] ?? -1
  }
  await worker.terminate()
  await host.stop()
  return found
}

/** Both ways for so many readers: the one that a home takes for them, beside the other. */
async function both (count: number): Promise<void> {
  const found = { push: await run('push', count), gossip: await run('gossip', count) }
  const [taken, other] = count >= LIMITS.gossipCrossover ? ['gossip', 'push'] as const : ['push', 'gossip'] as const
  const rest = { by: taken, rounds: roundsOf(count), complete: found[taken].complete }
  for (const [figure, what, unit] of [['homeUs', 'cpu of the home', 'us/round'], ['readerUs', 'cpu of a reader', 'us/round'], ['lastMs', 'to the last reader p50', 'ms'], ['last95Ms', 'to the last reader p95', 'ms']] as const) {
    say({ name: `fanout/${count}/${what}`, value: round(found[taken][figure]), unit, reference: round(found[other][figure]), ratio: round(found[other][figure] / found[taken][figure]), ...rest })
  }
  say({ name: `fanout/${count}/deliveries`, value: round(found[taken].deliveries), unit: 'deliveries/s', reference: round(found[other].deliveries), ratio: round(found[taken].deliveries / found[other].deliveries), ...rest })
}

if (isMainThread) {
  const wanted = process.argv.slice(2).map(Number).filter(n => n > 0)
  for (const count of wanted.length > 0 ? wanted : isSmoke ? [2] : isFull ? [2, 10, 100, 1000] : [2, 10, 100]) await both(count)
  process.exit()
} else {
  await readers(workerData as Task)
}
