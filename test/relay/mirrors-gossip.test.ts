/** Mirrors that hear their logs by gossip too: what the push brings late or not at all, and what gossip does not. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { attest, chainNext, encodeLeaf, ENTRY_KIND, leafFor, LIMITS, METHOD, pb, RIGHT, type Statement } from '../../src/protocol/wire/index.js'
import { mapKey } from '../../src/relay/bytes-text.js'
import { encodeBatch, topicName } from '../../src/relay/gossip/batch.js'
import { RelayGossip } from '../../src/relay/gossip/relay-gossip.js'
import { Strikes } from '../../src/relay/gossip/strikes.js'
import { GatewayService } from '../../src/relay/gateway-handler.js'
import { openLocalChannel } from '../../src/relay/local-channel.js'
import type { DialHome } from '../../src/relay/mirrors/dial.js'
import { createHost, type GatewayPush, type Host } from '../../src/relay/net/index.js'
import { wireServices, type ServiceSet } from '../../src/relay/services.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { askMirror, lend, mirrorRequest } from './kit/mirrors.js'
import { Client, data, newKey, Person, Pushes, TestLog, World } from './kit/world.js'

const [TOPIC, OTHER] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)]

describe('relay: a mirror and gossip', () => {
  const hosts: Host[] = []
  const gossips: RelayGossip[] = []
  let world: World
  let ann: Client
  let log: TestLog
  let set: ServiceSet
  let bob: Client
  let pushes: Pushes
  let home: Host
  let mirror: Host
  /** What the home pushes to the mirror while it is held up. */
  let held: Array<() => void> | undefined
  /** Entries that the home has published. */
  let published: number

  async function over (logs: ServiceSet['context'] | undefined): Promise<{ host: Host, gossip: RelayGossip }> {
    const host = await createHost({ role: 'relay', seed: randomBytes(32), listen: ['/ip4/127.0.0.1/tcp/0'], dht: false, circuitServer: false, autonat: false })
    const { clock } = world
    const gossip = RelayGossip.over({ host, clock, log: () => undefined, strikes: new Strikes(clock.now), crossover: 1, ...logs === undefined ? {} : { logs }, metrics: { published: entries => { published += entries }, heard: () => undefined, cutOff: () => undefined } })!
    hosts.push(host)
    gossips.push(gossip)
    return { host, gossip }
  }

  /** A relay that mirrors: its link to the home is within this process, its gossip is real. */
  async function start (withGossip = true): Promise<void> {
    const signer = newKey()
    const dial: DialHome = async (_addrs, _home, { onPush }) => world.services.connect(signer.key, async (push: GatewayPush) => {
      if (held !== undefined) await new Promise<void>(resolve => { held?.push(resolve) })
      await onPush?.(push)
    })
    set = await wireServices({ store: await openMemoryStore({ clock: world.clock, sweepMs: 0 }), signer, clock: world.clock, dial }, { admission: 'open' })
    if (withGossip) {
      const [publisher, listener] = await Promise.all([over(world.set.context), over(undefined)])
      ;[home, mirror] = [publisher.host, listener.host]
      set.gossip.take(listener.gossip)
      await mirror.node.dial(multiaddr(home.addresses()[0]))
    }
    const { handler, onChannel } = new GatewayService(set)
    const person = new Person()
    pushes = new Pushes()
    bob = new Client(openLocalChannel({ device: person.phone.key, home: signer.key, handler, onChannel, onPush: pushes.handler }))
    await bob.open(person)
    const delegations = lend(log, world.home.key, signer.key, [[RIGHT.mirror, log.mirror]], world.clock.now() + 86_400_000)
    await askMirror(bob, mirrorRequest(log, { key: world.home.key, addresses: () => ['/memory/home'] }, signer.key, { delegations }))
    await bob.prove(bob.proof(log.id, RIGHT.read, log.epoch.read))
    await bob.follow(log.id)
    if (!withGossip) return
    await heardBy(home, TOPIC)
    // It can be told only once the home has a stream to it, too.
    const { streamsOutbound } = home.node.services.pubsub as unknown as { streamsOutbound: Map<string, unknown> }
    await soon(() => streamsOutbound.has(mirror.peerId))
  }

  /** Resolves when a host knows that somebody listens at a topic. */
  async function heardBy (on: Host, topic: Uint8Array): Promise<void> {
    const pubsub = on.node.services.pubsub!
    while (pubsub.getSubscribers(topicName(topic)).length === 0) await new Promise<void>(resolve => { pubsub.addEventListener('subscription-change', () => { resolve() }, { once: true }) })
  }

  const topics = (): string[] => mirror.node.services.pubsub!.getTopics()
  const due = (): void => { world.clock.advance(LIMITS.gossipGatherMs) }
  const come = async (...texts: string[]): Promise<void> => {
    await pushes.until(() => pushes.texts.length >= texts.length)
    assert.deepEqual(pushes.texts, texts)
  }

  beforeEach(async () => {
    held = undefined
    published = 0
    world = await World.create()
    ann = await world.client(new Person())
    log = new TestLog(world.home.key)
    log.topic = TOPIC
    await ann.createLog(log)
    await ann.proveAll(log)
  })
  afterEach(async () => {
    for (const release of held ?? []) release()
    set.mirrors.close()
    for (const gossip of gossips.splice(0)) gossip.close()
    await Promise.all(hosts.splice(0).map(async host => { await host.stop() }))
  })

  /** The home has published an entry, so that the next batch begins right behind. */
  async function first (): Promise<void> {
    await ann.appendOne(log.id, data('one'))
    due()
    await come('one')
    await soon(() => published === 1)
  }

  it('takes what comes by gossip before the home\'s push, and nothing twice', async () => {
    await start()
    await first()
    held = []
    await ann.append(log.id, [data('two'), data('three')])
    due()
    await come('one', 'two', 'three')
    const { entries, head } = pb.ReadReply.decode(await bob.channel.call(METHOD.read, pb.ReadRequest.encode({ log: log.id, after: 0, limit: 0, maxBytes: 0 })))
    assert.equal(entries.length, 3)
    assert.ok(head.length > 0)
    for (const release of held) release()
    held = undefined
    await ann.appendOne(log.id, data('four'))
    await come('one', 'two', 'three', 'four')
    assert.equal(set.mirrors.counts.broken, 0)
  })

  it('reads on in the log when a batch was lost', async () => {
    await start()
    await first()
    held = []
    const pubsub = home.node.services.pubsub!
    const publish = pubsub.publish.bind(pubsub)
    const lost = new Promise<void>(resolve => { pubsub.publish = async () => { resolve(); return await Promise.resolve({ recipients: [] }) } })
    await ann.appendOne(log.id, data('two'))
    due()
    await lost
    pubsub.publish = publish
    await ann.appendOne(log.id, data('three'))
    due()
    await soon(() => wordOf(3))
    assert.deepEqual(pushes.texts, ['one'], 'a gap is not filled by guessing')
    for (const release of held) release()
    held = undefined
    await come('one', 'two', 'three')
    // And gossip goes on from there.
    held = []
    await ann.appendOne(log.id, data('four'))
    due()
    await come('one', 'two', 'three', 'four')
  })

  it('brings everything by the home\'s push where there is no gossip', async () => {
    await start(false)
    await ann.append(log.id, [data('one'), data('two')])
    due()
    await ann.appendOne(log.id, data('three'))
    await come('one', 'two', 'three')
  })

  it('listens where the last commit says, and no more once nobody wants the mirror', async () => {
    await start()
    await first()
    assert.deepEqual(topics(), [topicName(TOPIC)])
    const commit = async (base: number, topic: Uint8Array | undefined, text: string): Promise<void> => {
      const { append, read } = log.nextEpoch()
      await ann.appendOne(log.id, data(text, { kind: ENTRY_KIND.commit, base, caps: { append: append.key, read: read.key, mirrors: [log.mirror.key], ...topic === undefined ? {} : { topic } } }))
      await ann.proveAll(log)
      await bob.prove(bob.proof(log.id, RIGHT.read, log.epoch.read)).catch(() => undefined)
    }
    await commit(0, OTHER, 'elsewhere')
    await come('one', 'elsewhere')
    // It listens elsewhere once it has kept what came: a reader may have that before.
    await listening(OTHER)
    await commit(2, undefined, 'nowhere')
    await come('one', 'elsewhere', 'nowhere')
    await listening()
    await commit(3, TOPIC, 'back')
    await come('one', 'elsewhere', 'nowhere', 'back')
    await listening(TOPIC)
    await bob.channel.call(METHOD.unmirror, pb.LogRequest.encode({ log: log.id }))
    assert.deepEqual(topics(), [])
  })

  for (const [where, hangs] of [['at the end of the copy', true], ['somewhere else', false]] as const) {
    it(`catches a home that tells gossip another history than it pushes, ${where}`, async () => {
      await start()
      await first()
      held = []
      const { entries: [one] } = await world.store.logs.read(log.id, 0, 1, 1e6)
      const prev = hangs ? one!.hash : randomBytes(32)
      const payload = randomBytes(9)
      const leaf = encodeLeaf(leafFor({ id: randomBytes(16), kind: 0, payload }, 2, world.clock.now()))
      const statement: Statement = { type: 'head', log: log.id, term: 1, seq: 2, hash: chainNext(prev, leaf), time: world.clock.now() }
      await home.node.services.pubsub!.publish(topicName(TOPIC), encodeBatch(log.id, prev, [{ leaf, payload }], attest([statement], world.home)[0]!))
      await soon(() => wordOf(2))
      await ann.appendOne(log.id, data('two'))
      for (const release of held) release()
      held = undefined
      await soon(() => set.mirrors.counts.broken === 1)
      await listening()
    })
  }

  /** Whether the mirror has the home's word for a number. */
  async function wordOf (seq: number): Promise<boolean> {
    const { meta: { elsewhere } } = await set.mirrors.find(mapKey(log.id))!.state()
    return elsewhere?.at === 'mirror' && elsewhere.head?.seq === seq
  }

  /** Waits until the mirror listens at these topics and no other. */
  async function listening (...at: Uint8Array[]): Promise<void> { await soon(() => topics().join() === at.map(topicName).join()) }

  async function soon (is: () => boolean | Promise<boolean>): Promise<void> { while (!await is()) await new Promise(resolve => { setImmediate(resolve) }) }
})
