/**
 * A message, end to end: node → relay → node, three processes, real encryption and three stores. Beside it, in the
 * same run, its parts measured alone. One JSON line a figure. Run: npm run bench -- message
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { Daemon, Process } from '../test/ledger/processes.js'
import { recordCipher, sealMessage, openMessage as unseal, systemRandom } from '../src/protocol/crypto/index.js'
import { encodeBody, openMessage, signMessage } from '../src/protocol/message/index.js'
import { randomSeed, signerFromSeed } from '../src/protocol/wire/index.js'
import { openLevelStore } from '../src/store/index.js'
import { round, say, sized } from './kit/figures.js'
import { cpuOf, endTwo, startTwo, type TwoPeople } from './kit/two-people.js'

const at = (sorted: number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

async function latency ({ alice }: TwoPeople, wait: 'stored' | 'delivered' | 'read', count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const begun = performance.now()
    await alice.ask(async p => await p.send('bob', `one at a time ${i}`, { wait }))
    times.push(performance.now() - begun)
  }
  return times.sort((a, b) => a - b)
}

async function throughput (world: TwoPeople, count: number, inFlight: number): Promise<void> {
  const people = [['sender', world.alice.pid], ['relay', world.relay.pid], ['receiver', world.bob.pid]] as const
  const before = await Promise.all(people.map(async ([, pid]) => await cpuOf(pid)))
  const last = `burst ${count - 1} of ${count}`
  const begun = performance.now()
  const shown = world.bob.ask(async p => { for await (const { event } of p.receive({ follow: true, after: (await lastUpdate(world.bob)) })) if (event.type === 'message' && event.message.text === last) return })
  let next = 0
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < count) {
      const i = next++
      await world.alice.ask(async p => await p.send('bob', `burst ${i} of ${count}`, { wait: 'stored' }))
    }
  }))
  const stored = performance.now() - begun
  await shown
  const all = performance.now() - begun
  const after = await Promise.all(people.map(async ([, pid]) => await cpuOf(pid)))
  say({ name: `message/${inFlight} in flight/stored`, value: Math.round(count / stored * 1000), unit: 'messages/s' })
  say({ name: `message/${inFlight} in flight/shown`, value: Math.round(count / all * 1000), unit: 'messages/s' })
  people.forEach(([who], i) => { say({ name: `message/${inFlight} in flight/cpu of the ${who}`, value: Math.round(((after[i] ?? 0) - (before[i] ?? 0)) / count * 1e6), unit: 'us/message' }) })
}

async function lastUpdate (who: Daemon): Promise<number> {
  return await who.ask(async p => {
    let n = 0
    for await (const update of p.receive()) n = update.n
    return n
  })
}

/** Bob reads whatever comes, as it comes. */
async function readAtOnce ({ bob }: TwoPeople, signal: AbortSignal): Promise<void> {
  const after = await lastUpdate(bob)
  await bob.ask(async p => {
    for await (const { event } of p.receive({ follow: true, after, signal })) if (event.type === 'message' && !event.message.own) await p.readChat(event.message.chat)
  }).catch((error: unknown) => { if (!signal.aborted) throw error })
}

/** The parts of a message, alone: what no arrangement of them can beat. */
async function parts (dir: string): Promise<{ sealUs: number, openUs: number, fsyncMs: number }> {
  const [device, account, key] = [signerFromSeed(randomSeed()), signerFromSeed(randomSeed()), systemRandom(32)]
  const [chat, id, hash] = [new Uint8Array(34), systemRandom(16), systemRandom(32)]
  const place = { log: chat, epoch: 1, id }
  const body = encodeBody({ kind: 'text', text: 'one at a time 17' })
  const make = (): Uint8Array => sealMessage(key, signMessage({ v: 1, chat, epoch: 1, id, account: account.key, devSeq: 1, prevOwn: hash, seen: { term: 1, seq: 1, hash }, ts: 1, body }, device), place)
  const sealed = make()
  const time = (work: () => unknown): number => {
    for (let i = 0; i < 500; i++) work()
    const begun = performance.now()
    for (let i = 0; i < 2000; i++) work()
    return (performance.now() - begun) / 2
  }
  const store = await openLevelStore(join(dir, 'parts'), { cipher: recordCipher(key) })
  const begun = performance.now()
  for (let i = 0; i < 200; i++) await store.kv.batch([{ type: 'put', key: Uint8Array.of(i), value: sealed }])
  const fsyncMs = (performance.now() - begun) / 200
  await store.close()
  return { sealUs: time(make), openUs: time(() => openMessage(unseal(key, sealed, place))), fsyncMs }
}

async function main (): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
  const relay = new Process('relay', 'run', '--dir', join(dir, 'relay'), '--listen', '/ip4/127.0.0.1/tcp/0', '--admission', 'open')
  const world: TwoPeople = { relay, alice: new Daemon(join(dir, 'alice')), bob: new Daemon(join(dir, 'bob')) }
  try {
    await startTwo(world)
    await latency(world, 'delivered', sized(50, 2))
    const reading = new AbortController()
    const reads = readAtOnce(world, reading.signal)
    const alone = await parts(dir)
    // send → delivered cannot take less than: five writes that must be durable one after the other (the sender's, the
    // relay's, the receiver's with its mark, the relay's again, and the sender's before it tells), two sealings and two
    // openings. Read is one more write at the receiver.
    const floor = 5 * alone.fsyncMs + (2 * alone.sealUs + 2 * alone.openUs) / 1000
    for (const [wait, reference] of [['stored', 2 * alone.fsyncMs + alone.sealUs / 1000], ['delivered', floor], ['read', floor + alone.fsyncMs]] as const) {
      const times = await latency(world, wait, sized(300, 5))
      say({ name: `message/${wait}/p50`, value: round(at(times, 0.5)), unit: 'ms', reference: round(reference), ratio: round(reference / at(times, 0.5)), spread: [round(at(times, 0.1)), round(at(times, 0.9))] })
      say({ name: `message/${wait}/p99`, value: round(at(times, 0.99)), unit: 'ms' })
    }
    reading.abort()
    await reads
    for (const inFlight of [1, 16, 128]) await throughput(world, sized(inFlight === 1 ? 300 : 3000, 20), inFlight)
    say({ name: 'message/part/seal', value: round(alone.sealUs), unit: 'us' })
    say({ name: 'message/part/open', value: round(alone.openUs), unit: 'us' })
    say({ name: 'message/part/durable write', value: round(alone.fsyncMs), unit: 'ms' })
  } finally {
    await endTwo(world)
    await rm(dir, { recursive: true, force: true })
  }
}

await main()
