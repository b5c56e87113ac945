/**
 * Fan-out: one home hands a log's entries to many readers, by a push to each and by gossip, in one run: what a delivery
 * costs, how many there are in a second, and when the last reader has an entry. The number of readers from which gossip
 * costs the home less stands in LIMITS.gossipCrossover: each figure is of the way that a home takes for so many, beside the
 * other one; a mirror that listens follows as well, so gossip does not save a home that today. A round begins when all have the one before. Readers share a process for each 250 of them, so the last of many
 * waits for the work of all, which on their own machines they would do at once: the home's own time is what a home can compare.
 * One JSON line a figure. Run: npm run bench -- fanout, with --full 1,000 readers too, or npx tsx bench/fanout.ts READERS…
 */
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { attest, chainNext, chainStart, encodeGenesis, encodeLeaf, leafFor, LIMITS, logIdOf, type pb, PUSH, signerFromSeed, type Digest } from '../src/protocol/wire/index.js'
import { encodeBatch, topicName } from '../src/relay/gossip/batch.js'
import { createHost, listenGateway, type GatewayChannel } from '../src/relay/net/index.js'
import type { Task } from './fanout/readers.js'
import { isFull, isSmoke, round, say, sized } from './kit/figures.js'
import { Side } from './kit/side.js'

const TOPIC = new Uint8Array(32).fill(1)
const NAME = topicName(TOPIC)
const ENTRY_BYTES = 300
/** Entries in one batch: what a busy log gathers in a moment. */
const BATCH = 4
/** A quiet moment between two rounds. */
const PAUSE_MS = sized(100, 10)
/** Readers of one process. */
const EACH = 250
const roundsOf = (count: number): number => sized(count > 200 ? 5 : 20, 3)
const connections = { maxConnections: 5000, connectionsPerAddress: 5000, pendingUpgrades: 2000, pendingUpgradesPerAddress: 2000, inboundPerSecondPerAddress: 5000 }
const QUIET = { dht: false, circuitServer: false, autonat: false, connections } as const

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
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

/** What a run found. */
interface Found { readonly homeUs: number, readonly readerUs: number, readonly deliveries: number, readonly lastMs: number, readonly last95Ms: number, readonly complete: number }

async function run (kind: Task['kind'], count: number): Promise<Found> {
  const host = await createHost({ role: 'relay', seed: randomBytes(32), listen: ['/ip4/127.0.0.1/tcp/0'], gossip: kind === 'gossip' ? {} : false, ...QUIET })
  const channels: GatewayChannel[] = []
  await listenGateway(host, { handler: async call => await Promise.resolve(call.body), onChannel: channel => { channels.push(channel) } })
  const sides: Side[] = []
  let others: readonly string[] = []
  for (let left = count; left > 0; left -= EACH) {
    const side = new Side('fanout/readers.ts')
    sides.push(side)
    await side.ready
    const task: Task = { kind, count: Math.min(EACH, left), of: count, address: host.addresses()[0] ?? '', key: hex(host.key), home: hex(home.key), log: hex(log), topic: hex(TOPIC), batch: BATCH, others }
    others = (await side.do<{ addresses: string[] }>('come', task)).addresses
  }
  /** Processor time of the home's process and of the readers', us. */
  const spent = async (): Promise<[number, number]> => {
    const { user, system } = process.cpuUsage()
    const theirs = await Promise.all(sides.map(async side => await side.do('cpu')))
    return [user + system, theirs.reduce((sum, { us = 0 }) => sum + us, 0)]
  }
  // Meshes form within a heartbeat or two.
  if (kind === 'gossip') await new Promise(resolve => { setTimeout(resolve, 3000) })
  const rounds = roundsOf(count)
  const all = batches(rounds)
  const delays: number[] = []
  const before = await spent()
  for (const [i, body] of all.entries()) {
    const sent = performance.timeOrigin + performance.now()
    const there = sides.map(async side => await side.do('last', { round: i + 1 }))
    if (kind === 'push') await Promise.all(channels.map(async channel => { await channel.push(PUSH.entries, body) }))
    else await host.node.services.pubsub?.publish(NAME, body)
    const ats = (await Promise.all(there)).map(({ at = -1 }) => at)
    if (ats.every(at => at > 0)) delays.push(Math.max(...ats) - sent)
    await new Promise(resolve => { setTimeout(resolve, PAUSE_MS) })
  }
  const after = await spent()
  const [homeUs = 0, readersUs = 0] = after.map((us, i) => us - (before[i] ?? 0))
  delays.sort((a, b) => a - b)
  const found: Found = {
    homeUs: homeUs / rounds, readerUs: readersUs / rounds / count, deliveries: delays.length * BATCH * count / Math.max(1, delays.reduce((sum, ms) => sum + ms, 0)) * 1000, complete: delays.length,
    lastMs: delays[Math.floor(delays.length / 2)] ?? -1, last95Ms: delays[Math.floor(delays.length * 0.95)] ?? -1
  }
  for (const side of sides) side.end()
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

const wanted = process.argv.slice(2).map(Number).filter(n => n > 0)
for (const count of wanted.length > 0 ? wanted : isSmoke ? [2] : isFull ? [2, 10, 100, 1000] : [2, 10, 100]) await both(count)
process.exit()
