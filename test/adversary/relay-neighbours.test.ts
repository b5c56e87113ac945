/** What somebody who has an account at a relay can do there to the logs of others, and what a home can do to a relay that mirrors it. */
import assert from 'node:assert/strict'
import { chainStart, METHOD, pb, RIGHT, sameBytes, UnavailableError, type PetrelError, type Signer } from '../../src/protocol/wire/index.js'
import type { GatewayChannel } from '../../src/relay/net/index.js'
import { GatewayService } from '../../src/relay/gateway-handler.js'
import { openLocalChannel } from '../../src/relay/local-channel.js'
import { encodeMeta, firstMeta } from '../../src/relay/logs/meta.js'
import type { DialHome } from '../../src/relay/mirrors/dial.js'
import { HomeAddresses } from '../../src/relay/mirrors/home-addresses.js'
import { HomeLink } from '../../src/relay/mirrors/home-link.js'
import { Homes } from '../../src/relay/mirrors/homes.js'
import type { MirroredLog } from '../../src/relay/mirrors/mirrored-log.js'
import { mirrorWish } from '../../src/relay/mirrors/request.js'
import { wireServices, type ServiceSet } from '../../src/relay/services.js'
import type { Store } from '../../src/store/index.js'
import { openMemoryStore } from '../../src/store/memory/index.js'
import { bring, control, copyOf, termOrder, upTo } from '../relay/kit/moves.js'
import { askMirror, lend, mirrorRequest } from '../relay/kit/mirrors.js'
import { ManualClock } from '../relay/kit/clock.js'
import { newEpoch } from '../relay/kit/people.js'
import { Client, data, newKey, Person, TestLog, World } from '../relay/kit/world.js'

/** A relay that mirrors logs of these homes, over channels within this process. */
async function mirrorOf (homes: readonly World[]): Promise<{ signer: Signer, store: Store, set: ServiceSet, device: (person: Person) => Promise<Client> }> {
  const signer = newKey()
  const { clock } = homes[0]!
  const store = await openMemoryStore({ clock, sweepMs: 0 })
  const dial: DialHome = async (_addrs, to, { onPush }) => homes.find(({ home }) => sameBytes(home.key, to))!.services.connect(signer.key, onPush)
  const set = await wireServices({ store, signer, clock, dial }, { admission: 'open' })
  const { handler, onChannel } = new GatewayService(set)
  const device = async (person: Person): Promise<Client> => {
    const client = new Client(openLocalChannel({ device: person.phone.key, home: signer.key, handler, onChannel }))
    await client.open(person)
    return client
  }
  return { signer, store, set, device }
}

describe('adversary: who shares a relay with the people of a log', () => {
  it('cannot keep the log from coming there: an order that is not the owner\'s leaves no mark', async () => {
    const [a, b] = [await World.create(), await World.create()]
    const ann = new Person()
    const [old, next] = [await a.client(ann), await b.client(ann)]
    const log = await a.log(old)
    await old.append(log.id, [data('one'), data('two')])
    const whole = await copyOf(old, log, a.home.key)
    const evil = await b.client(new Person())
    const genesis = log.genesisBytes
    const far = 2 ** 40
    await evil.adopt({ genesis, action: termOrder(log, whole, b.home.key, far, 'takeover', newKey()) })
    await evil.drop(log.id)
    await assert.rejects(bring(evil, log, termOrder(log, upTo(whole, 1), b.home.key, far, 'takeover', newKey()), whole.entries.slice(0, 1)), { code: 'ERR_PROOF' })
    const { head } = await bring(next, log, termOrder(log, whole, b.home.key, 2, 'takeover'), whole.entries)
    assert.equal(head?.term, 2)
    // What this home has signed is never forgotten for that.
    await next.proveAll(log)
    await next.appendOne(log.id, control(termOrder(log, await copyOf(next, log, a.home.key), a.home.key, 3, 'agreement')))
    await next.drop(log.id)
    await evil.adopt({ genesis, action: termOrder(log, whole, b.home.key, far, 'takeover', newKey()) })
    await evil.drop(log.id)
    await assert.rejects(bring(next, log, termOrder(log, whole, b.home.key, 2, 'takeover'), whole.entries), { code: 'ERR_EXISTS' })
  })

  it('cannot tell by erasing how long a log is that they may not read', async () => {
    const home = await World.create()
    const ann = await home.client(new Person())
    const log = await home.log(ann)
    await ann.append(log.id, [data('one'), data('two')])
    const evil = await home.client(new Person())
    const tried = await Promise.all([1, 2, 3, 99].map(async seq => await evil.erase(log.id, seq, new Uint8Array(32)).catch((error: unknown) => error as PetrelError)))
    assert.deepEqual(new Set(tried.map(error => `${error?.code} ${error?.message}`)).size, 1)
    await assert.rejects(ann.erase(log.id, 99, new Uint8Array(32)), { code: 'ERR_NOT_FOUND' })
  })

  it('cannot point the relay\'s mirror at a home of its own', () => {
    const log = new TestLog(newKey().key)
    const relay = newKey().key
    const own = { key: newKey().key, addresses: () => ['/ip4/192.0.2.1/tcp/1'] }
    assert.throws(() => mirrorWish(mirrorRequest(log, own, relay), relay, Date.now()), { code: 'ERR_PROOF' })
  })
})

describe('adversary: who pays for a relay\'s mirror', () => {
  it('cannot have it hidden from others by an order of their own', async () => {
    const home = await World.create()
    const ann = await home.client(new Person())
    const log = await home.log(ann)
    await ann.append(log.id, [data('one'), data('two')])
    const { signer, device } = await mirrorOf([home])
    const at = { key: home.home.key, addresses: () => ['/memory/home'] }
    const delegations = lend(log, home.home.key, signer.key, [[RIGHT.mirror, log.mirror]], home.clock.now() + 86_400_000)
    const [evil, bob] = [await device(new Person()), await device(new Person())]
    for (const one of [evil, bob]) await askMirror(one, mirrorRequest(log, at, signer.key, { delegations }))
    const order = termOrder(log, await copyOf(ann, log, home.home.key), signer.key, 9, 'takeover', newKey())
    await assert.rejects(evil.adopt({ genesis: log.genesisBytes, action: order }), { code: 'ERR_FORBIDDEN' })
    await bob.prove(bob.proof(log.id, RIGHT.read, log.epoch.read))
    while ((await bob.read(log.id)).entries.length < 2) await new Promise(resolve => { setImmediate(resolve) })
  })
})

describe('adversary: who brings a log by an order of their own', () => {
  it('cannot keep the relay from mirroring it for others', async () => {
    const home = await World.create()
    const ann = await home.client(new Person())
    const log = await home.log(ann)
    await ann.append(log.id, [data('one'), data('two')])
    const { signer, device } = await mirrorOf([home])
    const [evil, bob] = [await device(new Person()), await device(new Person())]
    const whole = await copyOf(ann, log, home.home.key)
    const bogus = termOrder(log, whole, signer.key, 9, 'takeover', newKey())
    await evil.adopt({ genesis: log.genesisBytes, action: bogus, entries: whole.entries.slice(0, 1) })
    const at = { key: home.home.key, addresses: () => ['/memory/home'] }
    const delegations = lend(log, home.home.key, signer.key, [[RIGHT.mirror, log.mirror]], home.clock.now() + 86_400_000)
    assert.equal((await askMirror(bob, mirrorRequest(log, at, signer.key, { delegations }))).current, true)
    await assert.rejects(evil.adopt({ genesis: log.genesisBytes, action: bogus }), { code: 'ERR_FORBIDDEN' })
    // The owner's own order is heeded.
    const order = termOrder(log, whole, signer.key, 2, 'takeover')
    await evil.adopt({ genesis: log.genesisBytes, action: order })
    await assert.rejects(askMirror(bob, mirrorRequest(log, at, signer.key, { delegations })), { code: 'ERR_CONFLICT' })
  })
})

describe('adversary: who brings a log of their own making', () => {
  it('has the relay hold it no longer than until somebody names the log\'s home', async () => {
    const [home, lair] = [await World.create(), await World.create()]
    const ann = await home.client(new Person())
    const log = await home.log(ann)
    await ann.append(log.id, [data('one'), data('two')])
    // Another log by the same name, at a home of Eve's: longer, in a later term, with keys that are hers.
    const eves = new Person()
    const made = newEpoch()
    const caps = { append: made.append.key, read: made.read.key, mirrors: [log.mirror.key] }
    const first = firstMeta({ kind: 'log', home: home.home.key, owner: log.owner.key, payer: eves.account.key, created: lair.clock.now() }, caps)
    await lair.store.logs.create(log.id, { meta: encodeMeta(first), hash: chainStart(log.id, home.home.key), term: 5 })
    const eve = await lair.client(eves)
    await eve.prove(eve.proof(log.id, RIGHT.append, made.append))
    for (let n = 0; n < 4; n++) await eve.append(log.id, Array.from({ length: 64 }, () => data('x'.repeat(2000))))

    const { signer, store, set, device } = await mirrorOf([home, lair])
    const at = (world: World): { key: Uint8Array, addresses: () => string[] } => ({ key: world.home.key, addresses: () => ['/memory/home'] })
    const lent = (world: World): Uint8Array[] => lend(log, world.home.key, signer.key, [[RIGHT.mirror, log.mirror]], home.clock.now() + 86_400_000)
    const evil = await device(new Person())
    await askMirror(evil, mirrorRequest(log, at(lair), signer.key, { term: 5, delegations: lent(lair) }))
    const name = Buffer.from(log.id).toString('latin1')
    while (set.mirrors.find(name)?.broken === null) await new Promise(resolve => { setImmediate(resolve) })
    assert.ok((await store.logs.head(log.id)).seq > 2, 'what nobody can tell from the log has come')

    const bob = await device(new Person())
    const reply = await askMirror(bob, mirrorRequest(log, at(home), signer.key, { delegations: lent(home) }))
    assert.deepEqual([reply.current, reply.trouble], [true, undefined])
    while ((await store.logs.head(log.id)).seq < 2) await new Promise(resolve => { setImmediate(resolve) })
    await bob.prove(bob.proof(log.id, RIGHT.read, log.epoch.read))
    assert.deepEqual((await bob.read(log.id)).entries.length, 2)
    await store.close()
  })
})

describe('adversary: who says where another home is', () => {
  it('cannot keep the relay from the others\' address of it', async () => {
    const dialed: string[][] = []
    const dial = async (addrs: readonly string[]): Promise<GatewayChannel> => {
      dialed.push([...addrs])
      throw new UnavailableError('nobody is there')
    }
    const clock = new ManualClock()
    const homes = new Homes({ clock, dial, signer: newKey(), random: () => 0.5, onTrouble: () => undefined })
    const logOf = (name: string): MirroredLog => ({ name, link: undefined, home: undefined, isCurrent: false, stopped: () => undefined }) as unknown as MirroredLog
    const home = newKey().key
    homes.attach(logOf('bob'), home, ['/good'])
    for (let n = 0; n < 5; n++) homes.attach(logOf(`eve${n}`), home, Array.from({ length: 16 }, (_, i) => `/bad${n}/${i}`))
    for (let n = 0; n < 12; n++) {
      await new Promise(resolve => { setImmediate(resolve) })
      clock.advance(60_000)
    }
    homes.close()
    assert.ok(dialed.slice(1).some(addrs => addrs.includes('/good')), 'it has its turn')
    assert.ok(dialed.every(addrs => addrs.length <= 24))
  })

  it('is dialed beside what led there last', () => {
    const addresses = new HomeAddresses()
    addresses.say('bob', ['/good'])
    assert.deepEqual(addresses.next(), ['/good'])
    addresses.reached()
    for (let n = 0; n < 100; n++) addresses.say(`eve${n}`, [`/bad${n}`])
    for (let n = 0; n < 100; n++) assert.ok(addresses.next().includes('/good'))
    addresses.say('ann', ['/new'])
    assert.ok(addresses.next().includes('/new'), 'what is said now is tried now')
  })
})

describe('adversary: a home that a relay mirrors', () => {
  const link = async (first: number, renewed: () => Uint8Array): Promise<{ clock: ManualClock, lost: PetrelError[], renewals: () => number }> => {
    const clock = new ManualClock()
    const lost: PetrelError[] = []
    let renewals = 0
    const { promise: closed, resolve } = Promise.withResolvers<PetrelError | undefined>()
    const channel = {
      isClosed: false, closed, abort: (why: PetrelError) => { resolve(why) }, close: async () => undefined,
      call: async (method: number) => {
        if (method !== METHOD.renewSession) return pb.SessionReply.encode({ id: new Uint8Array(16), expiresMs: first, role: 1 })
        renewals++
        return renewed()
      }
    } as unknown as GatewayChannel
    const made = new HomeLink({ home: newKey().key, clock, dial: async () => channel, signer: newKey(), random: () => 0.5, addrs: () => [], onOpen: () => undefined, onLost: why => { lost.push(why) }, onPush: () => undefined })
    await made.ready(1000)
    return { clock, lost, renewals: () => renewals }
  }

  it('cannot end the relay by an answer that is none', async () => {
    const unhandled: unknown[] = []
    const listener = (error: unknown): void => { unhandled.push(error) }
    process.on('unhandledRejection', listener)
    const { clock, lost } = await link(600_000, () => new Uint8Array([255, 255, 255]))
    clock.advance(300_001)
    for (let i = 0; i < 5; i++) await new Promise(resolve => { setImmediate(resolve) })
    process.off('unhandledRejection', listener)
    assert.deepEqual([unhandled.length, lost.length], [0, 1])
  })

  it('cannot make the relay ask for its session without pause', async () => {
    const over = pb.SessionReply.encode({ id: new Uint8Array(16), expiresMs: 0, role: 1 })
    const { clock, renewals } = await link(0, () => over)
    for (let i = 0; i < 20; i++) {
      clock.advance(1)
      await new Promise(resolve => { setImmediate(resolve) })
    }
    assert.equal(renewals(), 0)
  })
})
