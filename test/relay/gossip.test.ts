/** Gossip between real hosts: what is published arrives and is checked, what is lost is read, and who misbehaves is cut off. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import { multiaddr } from '@multiformats/multiaddr'
import { attest, chainStart, LIMITS, pb, verifyRun, type LogId, type Signer } from '../../src/protocol/wire/index.js'
import { encodeBatch, follow, openBatch, topicName } from '../../src/relay/gossip/batch.js'
import { RelayGossip, VERDICT } from '../../src/relay/gossip/relay-gossip.js'
import { GossipSeat } from '../../src/relay/gossip/seat.js'
import { Strikes } from '../../src/relay/gossip/strikes.js'
import type { GossipReader, GossipRun, ReaderPlace } from '../../src/relay/gossip/types.js'
import { createHost, type Host } from '../../src/relay/net/index.js'
import { Chain, key } from '../protocol/wire/kit.js'
import { ManualClock } from './kit/clock.js'
import { newEpoch } from './kit/people.js'
import { data, newKey, Person, Pushes, TestLog, World, type Client } from './kit/world.js'
import { Scene } from './kit/real.js'

const TOPIC = new Uint8Array(32).fill(7)
const NAME = topicName(TOPIC)

/** Sends a piece of gossip as it stands, past all that an honest neighbour minds. */
function send (from: Host, to: Host, rpc: object): void {
  (from.node.services.pubsub as unknown as { sendRpc: (peer: string, rpc: object) => void }).sendRpc(to.peerId, rpc)
}

/** A reader at the log's start, or elsewhere, that notes what comes. */
class Reader implements GossipReader {
  at: ReaderPlace
  readonly seqs: number[] = []
  readonly behind: number[] = []
  #wake: () => void = () => undefined

  constructor (at: ReaderPlace) { this.at = at }

  readonly place = (): ReaderPlace => this.at
  readonly onRun = ({ entries }: GossipRun): void => {
    this.seqs.push(...entries.map((_, i) => this.at.seq + 1 + i))
    this.at = { ...this.at, ...verifyRun(this.at, entries).to }
    this.#wake()
  }

  readonly onBehind = (seq: number): void => { this.behind.push(seq); this.#wake() }

  async until (is: () => boolean): Promise<void> { while (!is()) await new Promise<void>(resolve => { this.#wake = resolve }) }
}

describe('what is said of a piece of gossip', () => {
  it('is said in the library\'s words', () => {
    assert.deepEqual({ ...VERDICT }, { accept: TopicValidatorResult.Accept, ignore: TopicValidatorResult.Ignore, reject: TopicValidatorResult.Reject })
  })
})

describe('a gossip batch', () => {
  const chain = Chain.of(4)
  const [log, home] = [chain.log, chain.home]
  const wire = chain.entries.map(({ leaf, payload }): pb.WireEntry => ({ leaf, payload: payload! }))
  const headAt = (seq: number, by: Signer = home, term = 1): Uint8Array => attest([{ type: 'head', log, term, seq, hash: chain.hashes[seq]!, time: 5 }], by)[0]!
  const batch = (from: number, to: number): Uint8Array => encodeBatch(log, chain.hashes[from]!, wire.slice(from, to), headAt(to))
  const where = { home: home.key, term: 1 }

  it('proves itself from its own first entry on, wherever the reader stands', () => {
    const open = openBatch(batch(1, 3), log, where)
    assert.deepEqual([open.first, open.last], [2, 3])
    const at = (seq: number): GossipRun | string => follow(open, { seq, hash: chain.hashes[seq]! })
    assert.equal(at(0), 'behind')
    assert.deepEqual((at(1) as GossipRun).entries.length, 2)
    assert.deepEqual((at(2) as GossipRun).entries.map(e => e.leaf), [wire[2]!.leaf])
    assert.equal(at(3), 'known')
    assert.equal(follow(open, { seq: 1, hash: new Uint8Array(32) }), 'forked')
    assert.equal(follow(open, { seq: 2, hash: new Uint8Array(32) }), 'forked')
  })

  it('is refused when anything of it does not hold', () => {
    const bad: Array<[string, Uint8Array, LogId?]> = [
      ['noise', randomBytes(200)], ['nothing', new Uint8Array()], ['no entries', encodeBatch(log, chain.hashes[0]!, [], headAt(1))],
      ['a short hash before', encodeBatch(log, new Uint8Array(31), wire.slice(0, 1), headAt(1))], ['no hash before', pb.EntriesPush.encode({ log, entries: wire.slice(0, 1), head: headAt(1) })],
      ['another hash before', encodeBatch(log, new Uint8Array(32), wire.slice(0, 1), headAt(1))], ['another log', batch(0, 1), log.with(9, 0)],
      ['another payload', encodeBatch(log, chain.hashes[0]!, [{ ...wire[0]!, payload: new Uint8Array(3) }], headAt(1))], ['a gap', encodeBatch(log, chain.hashes[0]!, [wire[0]!, wire[2]!], headAt(3))],
      ['a head further on', encodeBatch(log, chain.hashes[0]!, wire.slice(0, 1), headAt(2))], ['a head of somebody else', encodeBatch(log, chain.hashes[0]!, wire.slice(0, 1), headAt(1, key(9)))],
      ['no head', encodeBatch(log, chain.hashes[0]!, wire.slice(0, 1), new Uint8Array(40))]
    ]
    for (const [why, bytes, of = log] of bad) assert.throws(() => openBatch(bytes, of, where), (e: { code?: string }) => e.code === 'ERR_BAD_INPUT' || e.code === 'ERR_PROOF', why)
    assert.throws(() => openBatch(encodeBatch(log, chain.hashes[0]!, wire.slice(0, 1), headAt(1, home, 2)), log, where), { code: 'ERR_PROOF', details: { term: true } })
  })
})

describe('strikes', () => {
  it('wear off, and enough of them at once cut a neighbour off for a while', () => {
    const clock = new ManualClock()
    const strikes = new Strikes(clock.now)
    assert.equal(strikes.add('a', LIMITS.gossipStrikes - 1), false)
    assert.ok(strikes.scoreOf('a') < 0 && !strikes.isBanned('a'))
    clock.advance(60_000)
    assert.equal(strikes.add('a', 50), false)
    assert.equal(strikes.add('a', 50), true)
    assert.equal(strikes.add('a', 50), false, 'told once')
    assert.deepEqual([strikes.isBanned('a'), strikes.scoreOf('a'), strikes.isBanned('b'), strikes.scoreOf('b')], [true, -LIMITS.gossipStrikes, false, 0])
    clock.advance(LIMITS.gossipBanMs)
    assert.equal(strikes.isBanned('a'), false)
  })
})

describe('gossip between relays', () => {
  const hosts: Host[] = []
  const gossips: RelayGossip[] = []
  let world: World
  let phone: Client
  let log: TestLog
  let home: Host
  let cutOff: string[]

  async function host (): Promise<Host> {
    const one = await createHost({ role: 'relay', seed: randomBytes(32), listen: ['/ip4/127.0.0.1/tcp/0'], dht: false, circuitServer: false, autonat: false })
    hosts.push(one)
    return one
  }

  /** Gossip over a host, as a relay runs it. */
  function run (on: Host, clock: ManualClock, more: { logs?: World['set']['context'] } = {}): RelayGossip {
    const gossip = RelayGossip.over({
      host: on, clock, log: () => undefined, strikes: new Strikes(clock.now), crossover: 1, ...more,
      metrics: { published: () => undefined, heard: () => undefined, cutOff: why => { cutOff.push(why) } }
    })!
    gossips.push(gossip)
    return gossip
  }

  async function connect (from: Host, to: Host): Promise<void> { await from.node.dial(multiaddr(to.addresses()[0])) }

  /** Resolves when `on` knows that so many listen, and can send to them: what it has no stream for yet is lost. */
  async function heardBy (on: Host, count: number): Promise<void> {
    const pubsub = on.node.services.pubsub as unknown as { streamsOutbound: Map<string, unknown> } & NonNullable<Host['node']['services']['pubsub']>
    const reached = (): number => pubsub.getSubscribers(NAME).filter(peer => pubsub.streamsOutbound.has(peer.toString())).length
    while (reached() < count) if (pubsub.getSubscribers(NAME).length >= count) await new Promise<void>(resolve => { setImmediate(resolve) })
    else await new Promise<void>(resolve => { pubsub.addEventListener('subscription-change', () => { resolve() }, { once: true }) })
  }

  /** Resolves when `on` passes messages on to another, and can send to it. */
  async function meshed (on: Host, { peerId }: Host): Promise<void> {
    const { mesh, streamsOutbound } = on.node.services.pubsub as unknown as { mesh: Map<string, Set<string>>, streamsOutbound: Map<string, unknown> }
    while (mesh.get(NAME)?.has(peerId) !== true || !streamsOutbound.has(peerId)) await new Promise<void>(resolve => { setImmediate(resolve) })
  }

  async function reader (): Promise<{ reader: Reader, host: Host, gossip: RelayGossip, stop: () => void }> {
    const on = await host()
    const gossip = run(on, world.clock)
    const at = new Reader({ home: world.home.key, term: 1, seq: 0, hash: chainStart(log.id, world.home.key) })
    return { reader: at, host: on, gossip, stop: gossip.subscribe(log.id, TOPIC, at) }
  }

  /** What was gathered is due. */
  const due = (): void => { world.clock.advance(LIMITS.gossipGatherMs) }
  const gone = async (from: Host): Promise<void> => { await new Promise<void>(resolve => { from.node.addEventListener('peer:disconnect', () => { resolve() }, { once: true }) }) }

  beforeEach(async () => {
    cutOff = []
    world = await World.create()
    phone = await world.client(new Person())
    log = new TestLog(world.home.key)
    log.topic = TOPIC
    await phone.createLog(log)
    await phone.proveAll(log)
    home = await host()
    run(home, world.clock, { logs: world.set.context })
  })
  afterEach(async () => {
    for (const gossip of gossips.splice(0)) gossip.close()
    await Promise.all(hosts.splice(0).map(async one => { await one.stop() }))
  })

  it('brings a log\'s entries in batches to whoever listens, over others too; what was lost is read in the log', async () => {
    const [near, far] = [await reader(), await reader()]
    await connect(near.host, home)
    await connect(far.host, near.host)
    await Promise.all([heardBy(home, 1), meshed(near.host, far.host)])
    await phone.append(log.id, [data('one'), data('two')])
    await phone.appendOne(log.id, data('three'))
    due()
    await Promise.all([near, far].map(async one => { await one.reader.until(() => one.reader.at.seq === 3 || one.reader.behind.length > 0) }))
    // The first thing that a home publishes of a log is its newest entry.
    assert.deepEqual([near.reader.behind, far.reader.behind], [[3], [3]])
    const { entries } = await phone.read(log.id)
    for (const { reader: one } of [near, far]) one.onRun({ entries: entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })), head: new Uint8Array(), to: verifyRun(one.at, entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null }))).to })
    await phone.append(log.id, [data('four'), data('five')])
    due()
    await Promise.all([near, far].map(async one => { await one.reader.until(() => one.reader.at.seq === 5) }))
    assert.deepEqual([near.reader.seqs, far.reader.seqs], [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])
    far.stop()
    near.stop()
    assert.deepEqual(near.host.node.services.pubsub!.getTopics(), [])
    assert.deepEqual(cutOff, [])
  })

  it('publishes from so many readers on that gossip costs the home less than a push to each, and to fewer not at all', async () => {
    const pubsub = home.node.services.pubsub!
    const [published, asked]: [Uint8Array[], Array<() => void>] = [[], []]
    let readers = LIMITS.gossipCrossover - 1
    pubsub.getSubscribers = () => { asked.shift()?.(); return Array.from({ length: readers }, () => home.node.peerId) }
    pubsub.publish = async (_topic, bytes) => { published.push(bytes ?? new Uint8Array()); return await Promise.resolve({ recipients: [] }) }
    for (const gossip of gossips.splice(0)) gossip.close()
    gossips.push(RelayGossip.over({ host: home, clock: world.clock, log: () => undefined, strikes: new Strikes(world.clock.now), logs: world.set.context })!)
    const looked = async (): Promise<void> => {
      await phone.append(log.id, [data('hello')])
      const seen = new Promise<void>(resolve => { asked.push(resolve) })
      due()
      await seen
      await new Promise<void>(resolve => { setImmediate(resolve) })
    }
    await looked()
    assert.equal(published.length, 0)
    readers++
    await looked()
    while (published.length === 0) await new Promise<void>(resolve => { setImmediate(resolve) })
    assert.equal(openBatch(published[0]!, log.id, { home: world.home.key, term: 1 }).last, 2)
  })

  it('ends with the commit that names no topic, and goes on at the topic that a commit names', async () => {
    const near = await reader()
    await connect(near.host, home)
    await heardBy(home, 1)
    await phone.appendOne(log.id, data('one'))
    due()
    await near.reader.until(() => near.reader.at.seq === 1)
    log.topic = undefined
    await phone.appendOne(log.id, { id: randomBytes(16), kind: 1, payload: new Uint8Array(3), base: 0, caps: log.caps(newEpoch()) })
    due()
    await world.set.store.logs.head(log.id)
    assert.equal((await phone.head(log.id)).seq, 2)
    assert.deepEqual(near.reader.seqs, [1])
  })

  it('passes on nothing that does not hold, and cuts off who sends it', async () => {
    const [near, far, evil] = [await reader(), await reader(), await host()]
    await connect(near.host, home)
    await connect(far.host, near.host)
    await connect(evil, near.host)
    evil.node.services.pubsub!.subscribe(NAME)
    await Promise.all([heardBy(near.host, 2), heardBy(evil, 1)])
    const lost = gone(evil)
    const entry = Chain.of(1)
    for (let i = 0; i < 6; i++) {
      const head = attest([{ type: 'head', log: log.id, term: 1, seq: 1, hash: entry.hashes[1]!, time: world.clock.now() + i }], newKey())[0]!
      const bytes = encodeBatch(log.id, entry.hashes[0]!, entry.entries.map(({ leaf, payload }) => ({ leaf, payload: payload! })), head)
      await evil.node.services.pubsub!.publish(NAME, bytes).catch(() => undefined)
    }
    await lost
    assert.deepEqual([cutOff, near.reader.seqs, near.reader.behind, far.reader.behind], [['invalid'], [], [], []])
    // And what is good still comes.
    await Promise.all([heardBy(home, 1), meshed(near.host, far.host)])
    await phone.appendOne(log.id, data('one'))
    due()
    await far.reader.until(() => far.reader.at.seq === 1)
  })

  it('cuts off who floods, whatever it sends, and who comes back at once', async () => {
    const [near, evil] = [await reader(), await host()]
    await connect(evil, near.host)
    await heardBy(evil, 1)
    const lost = gone(evil)
    const messageIDs = Array.from({ length: 1000 }, () => randomBytes(20))
    for (let i = 0; i < 100 && evil.connectionCount() > 0; i++) send(evil, near.host, { subscriptions: [], messages: [], control: { ihave: [{ topicID: NAME, messageIDs }], iwant: [], graft: [], prune: [], idontwant: [] } })
    await lost
    assert.deepEqual([cutOff, near.reader.seqs], [['flood'], []])
    evil.node.services.pubsub!.subscribe(NAME)
    const again = gone(evil)
    await connect(evil, near.host)
    await again
    assert.deepEqual(cutOff, ['flood'], 'it was struck once')
  })

  it('cuts off who sends messages on topics that nobody asked for', async () => {
    const [near, evil] = [await reader(), await host()]
    await connect(evil, near.host)
    await heardBy(evil, 1)
    const lost = gone(evil)
    for (let i = 0; i < 200 && evil.connectionCount() > 0; i++) send(evil, near.host, { subscriptions: [], messages: [{ topic: 'petrel/1/nobody', data: randomBytes(30) }] })
    await lost
    assert.deepEqual([cutOff, near.reader.seqs], [['unknown'], []])
  })

  it('cuts off who subscribes to a million topics', async () => {
    const [near, evil] = [await reader(), await host()]
    await connect(evil, near.host)
    await heardBy(evil, 1)
    const lost = gone(evil)
    for (let i = 0; i <= LIMITS.gossipTopicsPerPeer + 5; i++) evil.node.services.pubsub!.subscribe(`petrel/1/${i}`)
    await lost
    assert.deepEqual(cutOff, ['topics'])
  })

  it('plays no old batch again, and cuts off who tries', async () => {
    const [near, evil] = [await reader(), await host()]
    await connect(evil, near.host)
    evil.node.services.pubsub!.subscribe(NAME)
    await heardBy(evil, 1)
    await phone.appendOne(log.id, data('one'))
    const { entries: [record] } = await world.store.logs.read(log.id, 0, 1, 1e6)
    const head = await world.set.context.attester.attestOne({ type: 'head', log: log.id, term: 1, seq: 1, hash: record!.hash, time: world.clock.now() })
    const good = encodeBatch(log.id, record!.prevHash, [{ leaf: record!.leaf, payload: record!.payload }], head)
    world.clock.advance(LIMITS.gossipOldMs + 1)
    const lost = gone(evil)
    // Each in another spelling: a field that no reader knows.
    for (let i = 0; i < 40 && evil.connectionCount() > 0; i++) await evil.node.services.pubsub!.publish(NAME, Buffer.concat([good, Buffer.from([0x7a, 1, i])])).catch(() => undefined)
    await lost
    assert.deepEqual([cutOff, near.reader.seqs], [['old'], []])
  })

  it('takes no message over its size', async () => {
    const [near, evil] = [await reader(), await host()]
    await connect(evil, near.host)
    await heardBy(evil, 1)
    await evil.node.services.pubsub!.publish(NAME, new Uint8Array(LIMITS.gossipBytes + 1)).catch(() => undefined)
    await connect(near.host, home)
    await heardBy(home, 1)
    await phone.appendOne(log.id, data('one'))
    due()
    await near.reader.until(() => near.reader.at.seq === 1)
    assert.deepEqual(near.reader.seqs, [1])
  })
})

describe('a relay without gossip', () => {
  const scene = new Scene()
  afterEach(async () => { await scene.end() })

  it('brings everything by the log: a topic changes nothing for who follows', async () => {
    const relay = await scene.relay({ host: { gossip: false } })
    const [ann, pushes] = [await scene.person(), new Pushes()]
    const client = await ann.dial(relay, { onPush: pushes.handler })
    await client.open(ann)
    const log = new TestLog(relay.key)
    log.topic = TOPIC
    await client.createLog(log)
    await client.proveAll(log)
    await client.follow(log.id)
    await client.append(log.id, [data('one'), data('two')])
    await pushes.until(() => pushes.texts.length === 2)
    assert.deepEqual(pushes.texts, ['one', 'two'])
  })

  it('remembers who wanted to listen, for when there is gossip', () => {
    const seat = new GossipSeat()
    const wanted: string[] = []
    const at = new Reader({ home: key(1).key, term: 1, seq: 0, hash: new Uint8Array(32) })
    const stop = seat.subscribe(key(1).key, TOPIC, at)
    seat.subscribe(key(2).key, TOPIC, at)
    stop()
    assert.equal(seat.isOn, false)
    seat.take({ isOn: true, subscribe: log => { wanted.push(String(log[2])); return () => undefined }, close: () => undefined })
    assert.deepEqual([seat.isOn, wanted], [true, [String(key(2).key[2])]])
  })
})
