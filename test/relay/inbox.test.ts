import assert from 'node:assert/strict'
import { ENTRY_KIND, LIMITS, RIGHT, ROLE, type Append } from '../../src/protocol/wire/index.js'
import { data, newKey, Person, TestLog, World, type Client } from './kit/world.js'

async function inboxOf (kind: 'inbox' | 'requests', options = {}): Promise<{ world: World, ann: Person, owner: Client, log: TestLog, friend: Client }> {
  const world = await World.create(options)
  const ann = new Person()
  const owner = await world.client(ann)
  const log = await world.log(owner, kind)
  return { world, ann, owner, log, friend: await world.client(new Person()) }
}

describe('relay: an inbox', () => {
  it('takes entries of a granted key, and of no other', async () => {
    const { owner, log, friend } = await inboxOf('inbox')
    const key = newKey()
    const proof = friend.proof(log.id, RIGHT.append, key)
    assert.equal((await friend.tryProve(proof))[0]?.code, 'ERR_FORBIDDEN')
    assert.equal((await friend.tryProve(friend.proof(log.id, RIGHT.append, log.epoch.append)))[0]?.code, 'ERR_FORBIDDEN')
    await owner.grant(log.id, { key: key.key, expiresAt: 0 })
    await friend.prove(proof)
    await friend.appendOne(log.id, data('hello'))
    await assert.rejects(friend.read(log.id), { code: 'ERR_FORBIDDEN' })
    assert.equal((await owner.read(log.id)).entries.length, 1)
  })

  it('ends a revoked grant at once, also where it is proved already, and over a restart', async () => {
    const { world, ann, owner, log, friend } = await inboxOf('inbox')
    const [key, other] = [newKey(), newKey()]
    await owner.grant(log.id, { key: key.key, expiresAt: 0 }, { key: other.key, expiresAt: 0 })
    await friend.prove(friend.proof(log.id, RIGHT.append, key))
    await owner.revoke(log.id, key.key, newKey().key)
    await assert.rejects(friend.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
    await world.restart()
    await world.client(ann)
    const back = await world.client(new Person())
    assert.equal((await back.tryProve(back.proof(log.id, RIGHT.append, key)))[0]?.code, 'ERR_FORBIDDEN')
    await back.prove(back.proof(log.id, RIGHT.append, other))
    await back.appendOne(log.id, data())
  })

  it('ends a grant at its time, by the relay\'s clock', async () => {
    const { world, owner, log, friend } = await inboxOf('inbox')
    const key = newKey()
    await assert.rejects(owner.grant(log.id, { key: key.key, expiresAt: world.clock.now() }), { code: 'ERR_BAD_INPUT' })
    await owner.grant(log.id, { key: key.key, expiresAt: world.clock.now() + 1000 })
    await friend.prove(friend.proof(log.id, RIGHT.append, key))
    await friend.appendOne(log.id, data())
    world.clock.advance(1000)
    await assert.rejects(friend.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
    assert.equal((await friend.tryProve(friend.proof(log.id, RIGHT.append, key)))[0]?.code, 'ERR_FORBIDDEN')
  })

  it('lets only its owner grant and revoke, on an inbox only', async () => {
    const { owner, log, friend } = await inboxOf('inbox')
    await assert.rejects(friend.grant(log.id, { key: newKey().key, expiresAt: 0 }), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(friend.revoke(log.id, newKey().key), { code: 'ERR_FORBIDDEN' })
    const chat = new TestLog(owner.channel.remotePeer)
    await owner.createLog(chat)
    await owner.proveAll(chat)
    await assert.rejects(owner.grant(chat.id, { key: newKey().key, expiresAt: 0 }), { code: 'ERR_UNSUPPORTED' })
  })

  it('takes no commits', async () => {
    const { owner, log, friend } = await inboxOf('inbox')
    const key = newKey()
    await owner.grant(log.id, { key: key.key, expiresAt: 0 })
    await friend.prove(friend.proof(log.id, RIGHT.append, key))
    const commit: Append = data('', { kind: ENTRY_KIND.commit, base: 0, caps: log.caps() })
    await assert.rejects(friend.appendOne(log.id, commit), { code: 'ERR_UNSUPPORTED' })
  })
})

describe('relay: requests of strangers', () => {
  it('come from anybody with a session, a guest too, until as many wait as may', async () => {
    const { world, ann, log } = await inboxOf('requests', { rates: { requests: { perSecond: 1, burst: 1000 } } })
    await world.restart({ admission: 'closed' })
    const owner = await world.client(ann)
    await owner.prove(owner.proof(log.id, RIGHT.owner, log.owner))
    const eve = new Person()
    const stranger = world.channel(eve.phone)
    assert.equal((await stranger.open(eve)).role, ROLE.guest)
    for (let i = 0; i < LIMITS.pendingRequests; i++) await stranger.appendOne(log.id, data(`${i}`))
    await assert.rejects(stranger.appendOne(log.id, data('one too many')), { code: 'ERR_QUOTA' })
    const { entries, head } = await owner.read(log.id)
    assert.equal(entries.length, LIMITS.pendingRequests)
    await owner.order(log.id, log.order({ op: 'trim', log: log.id, seq: head.seq, hash: head.hash }))
    await stranger.appendOne(log.id, data('now there is room'))
  })

  it('are few from one device, on whatever connection', async () => {
    const { world, log } = await inboxOf('requests', { rates: { requests: { perSecond: 1 / 60, burst: 2 } } })
    const eve = new Person()
    for (let i = 0; i < 2; i++) await (await world.client(eve)).appendOne(log.id, data())
    await assert.rejects((await world.client(eve)).appendOne(log.id, data()), { code: 'ERR_RATE' })
    await (await world.client(new Person())).appendOne(log.id, data('somebody else'))
  })

  it('are not for strangers to read', async () => {
    const { log, friend } = await inboxOf('requests')
    await friend.appendOne(log.id, data())
    await assert.rejects(friend.read(log.id), { code: 'ERR_FORBIDDEN' })
  })
})
