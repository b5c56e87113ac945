import assert from 'node:assert/strict'
import { base32Text, RIGHT, type PetrelError } from '../../src/protocol/wire/index.js'
import { QuotaLedger } from '../../src/relay/quota.js'
import { KeyedBuckets, TokenBucket } from '../../src/relay/rate-limit.js'
import { wireServices } from '../../src/relay/services.js'
import { data, Person, Pushes, World } from './kit/world.js'

const bigger = (bytes: number): Uint8Array => new Uint8Array(bytes)

describe('relay: quotas', () => {
  it('bound an account\'s bytes, over a restart, and trimming gives them back', async () => {
    const world = await World.create({ quota: { accountBytes: 10_000 } })
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    const { receipt } = await phone.appendOne(log.id, data('', { payload: bigger(9000) }))
    await assert.rejects(phone.appendOne(log.id, data('', { payload: bigger(900) })), { code: 'ERR_QUOTA' })
    await world.restart()
    const back = await world.client(ann)
    await back.proveAll(log)
    await assert.rejects(back.appendOne(log.id, data('', { payload: bigger(900) })), { code: 'ERR_QUOTA' })
    await back.order(log.id, log.order({ op: 'trim', log: log.id, seq: 1, hash: receipt.hash }))
    await back.appendOne(log.id, data('', { payload: bigger(900) }))
  })

  it('charge the account that made the log, not the one that appends', async () => {
    const world = await World.create({ quota: { accountBytes: 2000 } })
    const ann = await world.client(new Person())
    const bob = await world.client(new Person())
    const log = await world.log(ann)
    await bob.proveAll(log)
    await bob.appendOne(log.id, data('', { payload: bigger(1000) }))
    assert.equal((await bob.usage()).bytes, 0)
    assert.ok((await ann.usage()).bytes > 1000)
    await assert.rejects(bob.appendOne(log.id, data('', { payload: bigger(1000) })), { code: 'ERR_QUOTA' })
  })

  it('count within one call, so that many small items cannot pass where one large could not', async () => {
    const world = await World.create({ quota: { accountBytes: 5000 } })
    const ann = await world.client(new Person())
    const log = await world.log(ann)
    const outcomes = await ann.append(log.id, Array.from({ length: 10 }, () => data('', { payload: bigger(800) })))
    const taken = outcomes.filter(outcome => !(outcome instanceof Error)).length
    assert.ok(taken > 3 && taken < 7)
    assert.equal((outcomes[taken] as PetrelError).code, 'ERR_QUOTA')
  })

  it('bound the logs of an account and the bytes of the relay', async () => {
    const world = await World.create({ quota: { accountLogs: 1, totalBytes: 3000 } })
    const ann = await world.client(new Person())
    const log = await world.log(ann)
    await assert.rejects(world.log(ann), { code: 'ERR_QUOTA' })
    await ann.createLog(log)
    const bob = await world.client(new Person())
    const other = await world.log(bob)
    await ann.appendOne(log.id, data('', { payload: bigger(2000) }))
    await assert.rejects(bob.appendOne(other.id, data('', { payload: bigger(2000) })), { code: 'ERR_QUOTA', details: { full: true } })
  })

  it('are right again after a write that failed', () => {
    const ledger = new QuotaLedger({ accountBytes: 100, accountLogs: 10, totalBytes: 1000 })
    ledger.observe('ann', 'a', 90)
    assert.throws(() => { ledger.requireBytes('ann', 'a', 101) }, { code: 'ERR_QUOTA' })
    // The write of those 90 bytes failed: the next append tells the log's true size.
    ledger.requireBytes('ann', 'a', 20)
    ledger.observe('ann', 'a', 20)
    ledger.observe('ann', 'b', 50)
    assert.deepEqual([ledger.usage('ann'), ledger.bytes, ledger.logs], [{ bytes: 70, logs: 2 }, 70, 2])
    ledger.forget('ann', 'a')
    assert.deepEqual([ledger.usage('ann'), ledger.bytes, ledger.logs], [{ bytes: 50, logs: 1 }, 50, 1])
  })
})

describe('relay: rate limits', () => {
  it('refuse with the time to wait, and let pass after it', async () => {
    const world = await World.create({ rates: { calls: { perSecond: 10, burst: 5 }, appends: { perSecond: 10, burst: 5 } } })
    const ann = await world.client(new Person())
    for (let i = 0; i < 4; i++) await ann.usage()
    await assert.rejects(ann.usage(), { code: 'ERR_RATE', details: { retryMs: 100 } })
    world.clock.advance(100)
    await ann.usage()
  })

  it('give more than a burst to a full bucket only, and nothing for a clock that goes back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 1000)
    assert.equal(bucket.take(8, 1000), 0)
    assert.equal(bucket.take(1, 900), 400)
    assert.equal(bucket.take(1, 1300), 0)
  })

  it('remember a bounded number of devices', () => {
    const buckets = new KeyedBuckets({ perSecond: 1, burst: 1 }, 2)
    for (const name of ['a', 'b', 'a2', 'b2']) buckets.require(name, 1, 0, 'things')
    assert.throws(() => { buckets.require('b2', 1, 0, 'things') }, { code: 'ERR_RATE' })
    buckets.require('a', 1, 0, 'things')
  })
})

describe('relay: takedown', () => {
  it('refuses reads and appends, ends follows with a word, over a restart, until it is lifted', async () => {
    const world = await World.create()
    const ann = new Person()
    const pushes = new Pushes()
    const phone = await world.client(ann, undefined, pushes)
    const log = await world.log(phone)
    await phone.appendOne(log.id, data('before'))
    await phone.follow(log.id)
    await pushes.until(() => pushes.texts.length === 1)
    const { takedowns } = await operatorOf(world)
    await takedowns.takeDown(log.id, 'court order')
    assert.deepEqual((await takedowns.list()).map(one => [one.log, one.reason]), [[base32Text(log.id), 'court order']])
    for (const ask of [phone.read(log.id), phone.head(log.id), phone.follow(log.id), phone.appendOne(log.id, data())]) {
      await assert.rejects(ask, { code: 'ERR_FORBIDDEN', message: /: court order$/, details: { takenDown: true, reason: 'court order' } })
    }
    await world.restart()
    const back = await world.client(ann)
    await back.prove(back.proof(log.id, RIGHT.append, log.epoch.append))
    await assert.rejects(back.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
    await (await operatorOf(world)).takedowns.lift(log.id)
    await back.appendOne(log.id, data('after'))
  })

  it('ends a follow that runs', async () => {
    const world = await World.create()
    const pushes = new Pushes()
    const services = await wireServices({ store: world.store, signer: world.home, clock: world.clock }, { admission: 'open' })
    const { GatewayService } = await import('../../src/relay/gateway-handler.js')
    const { openLocalChannel } = await import('../../src/relay/local-channel.js')
    const gateway = new GatewayService(services)
    const ann = new Person()
    const { Client } = await import('./kit/client.js')
    const phone = new Client(openLocalChannel({ device: ann.phone.key, home: world.home.key, handler: gateway.handler, onChannel: gateway.onChannel, onPush: pushes.handler }))
    await phone.open(ann)
    const log = await world.log(phone)
    await phone.follow(log.id)
    await phone.appendOne(log.id, data('before'))
    await pushes.until(() => pushes.texts.length === 1)
    await services.takedowns.takeDown(log.id, 'court order')
    await pushes.until(() => pushes.ended.length === 1)
    assert.equal(pushes.ended[0]!.error.details['takenDown'], true)
  })
})

async function operatorOf (world: World): Promise<Pick<Awaited<ReturnType<typeof wireServices>>, 'takedowns'>> {
  return await wireServices({ store: world.store, signer: world.home, clock: world.clock })
}
