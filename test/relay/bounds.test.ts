/** What one peer can make a relay hold or do is bounded. */
import assert from 'node:assert/strict'
import { LIMITS } from '../../src/protocol/wire/index.js'
import { Lanes } from '../../src/relay/logs/lanes.js'
import { data, newKey, Person, TestLog, World } from './kit/world.js'

describe('relay: sessions that ran out', () => {
  it('are counted no more, and leave nothing behind when the channel closes', async () => {
    const world = await World.create()
    const ann = new Person()
    const { sessions } = world.set
    const phones = await Promise.all([1, 2, 3].map(() => world.client(ann)))
    assert.equal(sessions.count, 3)
    world.clock.advance(LIMITS.sessionMs)
    for (const phone of phones) await assert.rejects(phone.usage(), { code: 'ERR_SESSION' })
    assert.deepEqual([sessions.count, sessions.kept], [0, 3])
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
