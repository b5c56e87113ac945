/** What one peer can make a relay hold or do is bounded. */
import assert from 'node:assert/strict'
import { ENTRY_KIND, eraserHash, LIMITS, RIGHT, type pb } from '../../src/protocol/wire/index.js'
import { mapKey } from '../../src/relay/bytes-text.js'
import { PageMemory } from '../../src/relay/logs/feed.js'
import { Lanes } from '../../src/relay/logs/lanes.js'
import { decodeMeta } from '../../src/relay/logs/meta.js'
import { data, newKey, Person, Pushes, TestLog, World, type Client } from './kit/world.js'

describe('relay: sessions that ran out', () => {
  it('are counted no more, and leave nothing behind when the channel closes', async () => {
    const world = await World.create()
    const ann = new Person()
    const { sessions } = world.set
    const phones = await Promise.all([1, 2, 3].map(() => world.client(ann)))
    assert.equal(sessions.count, 3)
    assert.deepEqual([sessions.hosts(ann.phone.key), sessions.hosts(ann.laptop.key)], [true, false])
    world.clock.advance(LIMITS.sessionMs)
    for (const phone of phones) await assert.rejects(phone.usage(), { code: 'ERR_SESSION' })
    assert.deepEqual([sessions.count, sessions.kept, sessions.hosts(ann.phone.key)], [0, 3, false])
    for (const phone of phones) await phone.channel.close()
    await Promise.resolve()
    assert.equal(sessions.kept, 0)
  })

  it('do not keep an account from opening new ones', async () => {
    const world = await World.create({ rates: { sessions: { perSecond: 1000, burst: 1000 } } })
    const ann = new Person()
    for (let i = 0; i < LIMITS.sessionsPerAccount; i++) await world.client(ann)
    await assert.rejects(world.client(ann), { code: 'ERR_QUOTA' })
    world.clock.advance(LIMITS.sessionMs)
    await world.client(ann)
  })
})

describe('relay: lanes', () => {
  it('are kept only while something may stand behind a refusal', () => {
    const lanes = new Lanes()
    for (let i = 0; i < 5000; i++) lanes.leave(`log ${i}`, lanes.join(`log ${i}`, undefined), true)
    assert.equal(lanes.size, 0)
    for (let i = 0; i < 5000; i++) lanes.leave(`log ${i}`, lanes.join(`log ${i}`, 1), true)
    assert.equal(lanes.size, LIMITS.callsInFlight)
    assert.ok(lanes.join('log 4999', 1).broken)
  })

  it('begin anew once nothing is under way in them, whatever number the next one has', () => {
    const lanes = new Lanes()
    const first = lanes.join('log', 7)
    lanes.leave('log', first, false)
    const second = lanes.join('log', 3)
    assert.deepEqual([second.broken, second.token === first.token], [false, false])
    lanes.leave('log', second, true)
    assert.ok(lanes.join('log', 3).broken)
    assert.ok(!lanes.join('log', 4).broken)
  })

  it('stay broken for a refusal that came just now, when too many are kept: the oldest give way', () => {
    for (const before of [false, true]) {
      const lanes = new Lanes()
      lanes.leave('log', lanes.join('log', 1), before)
      for (let i = 1; i < LIMITS.callsInFlight; i++) lanes.leave(`log ${i}`, lanes.join(`log ${i}`, 1), true)
      lanes.leave('log', lanes.join('log', 2), true)
      lanes.join('one more', 1)
      assert.ok(lanes.join('log', 2).broken)
      assert.ok(!lanes.join('log 1', 1).broken)
    }
  })

  it('are none for who never opened a session', async () => {
    const world = await World.create()
    const stranger = world.channel(newKey())
    for (let i = 0; i < 3; i++) await assert.rejects(stranger.appendOne(new TestLog(newKey().key).id, data(), 1), { code: 'ERR_SESSION' })
    assert.deepEqual([...world.set.peers].map(peer => peer.lanes.size), [0])
  })
})

describe('relay: appends that are refused', () => {
  it('count against the rate, empty ones and those that make no sense too', async () => {
    const world = await World.create({ rates: { appends: { perSecond: 1, burst: 3 } } })
    const phone = await world.client(new Person())
    const log = await world.log(phone)
    await phone.append(log.id, [])
    await assert.rejects(phone.appendOne(log.id, data('x', { kind: 256 })), { code: 'ERR_BAD_INPUT' })
    world.clock.advance(LIMITS.sessionMs - 3000)
    await phone.renew()
    await phone.append(log.id, [])
    for (let i = 0; i < 2; i++) await assert.rejects(phone.appendOne(log.id, data('x', { kind: 256 })), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(phone.append(log.id, []), { code: 'ERR_RATE' })
  })
})

describe('relay: quota of logs', () => {
  it('holds for many calls at once, and a log that was not made counts no more', async () => {
    const world = await World.create({ quota: { accountLogs: 2 } })
    const phone = await world.client(new Person())
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => phone.createLog(new TestLog(world.home.key))))
    assert.deepEqual(made.map(one => one.status).sort(), ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'])
    const bob = await world.client(new Person())
    world.disk.beforeWrite = () => Promise.reject(new Error('ENOSPC'))
    await assert.rejects(bob.createLog(new TestLog(world.home.key)), { code: 'ERR_READ_ONLY' })
    assert.equal((await bob.usage()).logs, 0)
  })
})

describe('relay: pages that followers share', () => {
  async function follower (world: World, ann: Person, log: TestLog): Promise<{ client: Client, pushes: Pushes }> {
    const pushes = new Pushes()
    const client = await world.client(ann, ann.laptop, pushes)
    await client.proveAll(log)
    return { client, pushes }
  }

  it('do not bring back what was erased', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    await phone.appendOne(log.id, data('a secret', { erasers: [eraserHash(log.id, Buffer.from('eraser'))] }))
    const [first, second] = [await follower(world, ann, log), await follower(world, ann, log)]
    await first.client.follow(log.id)
    await first.pushes.until(() => first.pushes.texts.length === 1)
    await phone.erase(log.id, 1, Buffer.from('eraser'))
    await second.client.follow(log.id)
    await second.pushes.until(() => second.pushes.texts.length === 1)
    assert.deepEqual([first.pushes.texts, second.pushes.texts], [['a secret'], ['']])
  })

  it('take a bounded amount of memory for all logs together: the oldest gives way', () => {
    const memory = new PageMemory()
    const forgotten: number[] = []
    const pages = Array.from({ length: 5 }, (_, i) => ({ body: new Uint8Array(LIMITS.feedBytes / 4), count: 1, last: i, seq: i }))
    for (const page of pages) memory.keep(page, () => { forgotten.push(page.last) })
    assert.deepEqual([memory.bytes, forgotten], [LIMITS.feedBytes, [0]])
    for (const page of pages) memory.drop(page)
    assert.equal(memory.bytes, 0)
  })

  it('are kept of what is appended only where there are several', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    const { client, pushes } = await follower(world, ann, log)
    await client.follow(log.id)
    await phone.appendOne(log.id, data('to one'))
    await pushes.until(() => pushes.texts.length === 1)
    assert.equal(world.set.follows.pageBytes, 0)
    const second = await follower(world, ann, log)
    await second.client.follow(log.id, 1)
    await phone.appendOne(log.id, data('to two'))
    await Promise.all([pushes.until(() => pushes.texts.length === 2), second.pushes.until(() => second.pushes.texts.length === 1)])
    assert.ok(world.set.follows.pageBytes > 0)
  })

  it('are forgotten when nobody follows any more', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    await phone.appendOne(log.id, data())
    const both = [await follower(world, ann, log), await follower(world, ann, log)]
    await Promise.all(both.map(async ({ client, pushes }) => {
      await client.follow(log.id)
      await pushes.until(() => pushes.texts.length === 1)
    }))
    assert.ok(world.set.follows.pageBytes > 0)
    await Promise.all(both.map(async ({ client }) => { await client.channel.close() }))
    await Promise.resolve()
    assert.equal(world.set.follows.pageBytes, 0)
  })
})

describe('relay: a log\'s keys in memory', () => {
  it('take their own bytes, and keep no pool alive', async () => {
    const world = await World.create()
    const log = await world.log(await world.client(new Person()))
    const { meta } = await world.store.logs.head(log.id)
    assert.equal(meta.buffer.byteLength, meta.length)
  })
})

describe('relay: what a guest may hold', () => {
  it('is less than a hosted person may: fewer follows and proofs', async () => {
    const world = await World.create()
    const log = await world.log(await world.client(new Person()))
    const { meta, hash } = await world.store.logs.head(log.id)
    const { read: key } = decodeMeta(meta)
    await world.restart({ admission: 'closed' })
    const guest = await world.client(new Person())
    const [peer] = [...world.set.peers]
    const { follows } = world.set
    for (let i = 0; i < LIMITS.followsPerGuest; i++) {
      const other = Buffer.from(i.toString().padStart(34))
      await world.store.logs.create(other, { meta, hash, term: 1 })
      peer!.prove(mapKey(other), 'read', { key })
      await follows.follow(peer!, { log: other, name: mapKey(other) }, 0)
    }
    await guest.prove(guest.proof(log.id, RIGHT.read, log.epoch.read))
    await assert.rejects(guest.follow(log.id), { code: 'ERR_RATE', details: { max: LIMITS.followsPerGuest } })
    for (let i = 0; peer!.capabilities < LIMITS.capabilitiesPerGuest; i++) peer!.prove(`other ${i}`, 'read', { key })
    assert.equal((await guest.tryProve(guest.proof(log.id, RIGHT.append, log.epoch.append)))[0]?.code, 'ERR_QUOTA')
  })
})

describe('relay: costly calls', () => {
  it('let a device search for old keys as far as it may, and no further', async () => {
    const world = await World.create({ rates: { appends: { perSecond: 1e6, burst: 1e6 }, calls: { perSecond: 1e6, burst: 1e6 } } })
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    let base = 0
    for (let epoch = 0; epoch < 60; epoch++) {
      const next = log.nextEpoch()
      const { receipt } = await phone.appendOne(log.id, data('', { kind: ENTRY_KIND.commit, base, caps: log.caps(next) }))
      base = receipt.seq
      await phone.prove(phone.proof(log.id, RIGHT.append, next.append))
    }
    const eve = await world.client(new Person())
    const guess = (): pb.CapabilityProof => eve.proof(log.id, RIGHT.read, newKey())
    const codes: Array<string | undefined> = []
    for (let i = 0; i < 3; i++) codes.push(...(await eve.tryProve(...Array.from({ length: 40 }, guess))).map(error => error?.code))
    const searched = codes.filter(code => code === 'ERR_FORBIDDEN').length
    assert.equal(searched, Math.ceil(LIMITS.oldEpochs / (60 + 1)))
    assert.equal(codes.filter(code => code === 'ERR_RATE').length, 120 - searched)
    await phone.prove(phone.proof(log.id, RIGHT.read, log.epochs[7]!.read))
  })

  it('stand for as many calls as they have signatures and records', async () => {
    const world = await World.create({ rates: { calls: { perSecond: 1, burst: 100 } } })
    const ann = new Person()
    const phone = await world.client(ann)
    await phone.putManifest(ann.publish({}))
    await phone.putManifest(ann.publish({}))
    await assert.rejects(phone.usage(), { code: 'ERR_RATE', details: { retryMs: 32_000 } })
  })
})
