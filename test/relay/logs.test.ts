import assert from 'node:assert/strict'
import { chainStart, eraserHash, handOver, METHOD, RIGHT, verifyRun, type Append, type KeyBytes } from '../../src/protocol/wire/index.js'
import { commit, provesEpoch, start } from './kit/start.js'
import { data, newKey, Person, TestLog, World } from './kit/world.js'

describe('relay: making logs', () => {
  it('does not begin with another owner key than its genesis names', async () => {
    const world = await World.create()
    const phone = await world.client(new Person())
    const log = new TestLog(world.home.key)
    const open = (owner: KeyBytes): Uint8Array => log.order({ op: 'open', log: log.id, caps: { ...log.caps(), owner } })
    await assert.rejects(phone.createLog(log, open(newKey().key)), { code: 'ERR_BAD_INPUT' })
    await phone.createLog(log, open(log.owner.key))
  })

  it('makes a log once, and answers the same call again with its head', async () => {
    const { phone, log } = await start()
    await phone.appendOne(log.id, data())
    const again = await phone.createLog(log)
    assert.equal(again.seq, 1)
    assert.equal(again.term, 1)
  })

  it('refuses a genesis of another home, and an order that is not the owner\'s or not for this log', async () => {
    const { phone, world } = await start()
    await assert.rejects(phone.createLog(new TestLog(newKey().key)), { code: 'ERR_BAD_INPUT' })
    const log = new TestLog(world.home.key)
    await assert.rejects(phone.createLog(log, log.open(newKey())), { code: 'ERR_PROOF' })
    await assert.rejects(phone.createLog(log, new TestLog(world.home.key).open()), { code: 'ERR_PROOF' })
  })

  it('refuses a log that another account has made', async () => {
    const { phone, world } = await start()
    const log = new TestLog(world.home.key)
    await phone.createLog(log)
    await assert.rejects((await world.client(new Person())).createLog(log), { code: 'ERR_EXISTS' })
  })
})

describe('relay: reading, erasing, trimming', () => {
  it('refuses to read, follow or ask for the head without a key', async () => {
    const { log, world } = await start()
    const stranger = await world.client(new Person())
    for (const ask of [stranger.read(log.id), stranger.head(log.id), stranger.follow(log.id)]) await assert.rejects(ask, { code: 'ERR_FORBIDDEN' })
    await assert.rejects(stranger.read(new TestLog(world.home.key).id), { code: 'ERR_NOT_FOUND' })
  })

  it('gives pages of the size that was asked for', async () => {
    const { phone, log } = await start()
    await phone.append(log.id, Array.from({ length: 10 }, (_, i) => data(`${i}`)))
    assert.equal((await phone.read(log.id, 2, 3)).entries.length, 3)
    assert.equal((await phone.read(log.id, 0, 0, 1)).entries.length, 1)
    assert.equal((await phone.read(log.id, 0, 1_000_000, 1_000_000_000)).entries.length, 10)
  })

  it('erases the bytes with either secret, and the chain stays whole', async () => {
    const { phone, log, world, ann } = await start()
    const [author, admins] = [Buffer.from('author'), Buffer.from('admins')]
    await phone.appendOne(log.id, data('secret', { erasers: [eraserHash(log.id, author), eraserHash(log.id, admins)] }))
    await phone.appendOne(log.id, data('stays'))
    const before = (await phone.usage()).bytes
    await assert.rejects(phone.erase(log.id, 1, Buffer.from('guess')), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(phone.erase(log.id, 7, author), { code: 'ERR_NOT_FOUND' })
    await (await world.client(ann, ann.laptop)).erase(log.id, 1, admins)
    const { entries, head } = await phone.read(log.id)
    assert.equal(entries[0]!.payload, undefined)
    const run = verifyRun({ seq: 0, hash: chainStart(log.id, world.home.key) }, entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })))
    assert.deepEqual(run.to.hash, head.hash)
    assert.notEqual((await phone.usage()).bytes, before)
  })

  it('erases by an order of the owner key in force, what has an eraser and nothing else', async () => {
    const { phone, log, ann, world } = await start()
    const heir = newKey()
    const item = (change: Partial<Append> = {}): Append => data('words', { erasers: [eraserHash(log.id, Buffer.from('author'))], ...change })
    const [one, bare, other, later] = [item(), item({ erasers: [] }), item({ kind: 9 }), item()]
    for (const each of [one, bare, other, later]) await phone.appendOne(log.id, each)
    const order = ({ id }: Append, by = log.owner, of = log.id): Uint8Array => log.order({ op: 'erase', log: of, id }, by)
    const laptop = await world.client(ann, ann.laptop)
    for (const [seq, shown] of [[1, order(one, newKey())], [1, order(one, log.owner, new TestLog(world.home.key).id)], [1, order(later)], [1, log.order({ op: 'trim', log: log.id, seq: 1, hash: new Uint8Array(32) })], [2, order(bare)], [3, order(other)]] as const) {
      await assert.rejects(laptop.erase(log.id, seq, shown), { code: 'ERR_FORBIDDEN' })
    }
    await laptop.erase(log.id, 1, order(one))
    await laptop.erase(log.id, 1, order(one))
    const next = log.nextEpoch()
    await phone.appendOne(log.id, commit(log, 0, next, { caps: handOver(log.id, { ...log.caps(next), owner: heir.key }, log.owner) }))
    await assert.rejects(laptop.erase(log.id, 4, order(later)), { code: 'ERR_FORBIDDEN' })
    await laptop.erase(log.id, 4, order(later, heir))
    await provesEpoch(phone, log)
    const { entries } = await phone.read(log.id)
    assert.deepEqual(entries.map(({ payload }) => payload === undefined), [true, false, false, true, false])
    await phone.prove(phone.proof(log.id, RIGHT.owner, heir))
    await assert.rejects(phone.order(log.id, order(later, heir)), { code: 'ERR_UNSUPPORTED' })
  })

  it('trims for the owner with a checkpoint, gives room back, and never starts numbers again', async () => {
    const { phone, log, ann, world } = await start()
    const item = data('old')
    const { receipt } = await phone.appendOne(log.id, item)
    await phone.appendOne(log.id, data('new'))
    const before = (await phone.usage()).bytes
    const trim = (seq: number, hash: Uint8Array): Uint8Array => log.order({ op: 'trim', log: log.id, seq, hash })
    const laptop = await world.client(ann, ann.laptop)
    await assert.rejects(laptop.order(log.id, trim(1, receipt.hash)), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(phone.order(log.id, trim(1, new Uint8Array(32))), { code: 'ERR_PROOF' })
    await assert.rejects(phone.order(log.id, trim(3, receipt.hash)), { code: 'ERR_CONFLICT' })
    assert.equal((await phone.order(log.id, trim(1, receipt.hash))).seq, 2)
    await phone.order(log.id, trim(1, receipt.hash))
    assert.ok((await phone.usage()).bytes < before)
    assert.deepEqual((await phone.read(log.id)).entries.length, 1)
    assert.equal((await phone.appendOne(log.id, data())).receipt.seq, 3)
    await assert.rejects(phone.appendOne(log.id, item), { code: 'ERR_EXISTS', details: { seq: 1 } })
  })
})

describe('relay: a restart', () => {
  it('keeps logs, keys, manifests, roles and counters', async () => {
    const { world, ann, phone, log } = await start()
    await phone.appendOne(log.id, data('kept'))
    await phone.appendOne(log.id, commit(log, 0, log.nextEpoch()))
    const usage = await phone.usage()
    await world.restart({ admission: 'closed' })
    const back = await world.client(ann)
    assert.deepEqual(await back.usage(), usage)
    await assert.rejects(back.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
    await provesEpoch(back, log)
    assert.equal((await back.appendOne(log.id, data())).receipt.seq, 3)
    assert.deepEqual(await back.getManifest(ann.account.key), ann.bytes)
  })

  it('refuses calls when it drains, after those in flight', async () => {
    const { world, phone, log } = await start()
    const last = phone.appendOne(log.id, data())
    const closing = world.services.close()
    await last
    await closing
    await assert.rejects(phone.usage(), { code: 'ERR_UNAVAILABLE' })
  })

  it('answers an unknown method as what it is', async () => {
    const { phone } = await start()
    await assert.rejects(phone.channel.call(63, new Uint8Array()), { code: 'ERR_UNSUPPORTED' })
    await assert.rejects(phone.channel.call(METHOD.append, new Uint8Array([255, 255])), { code: 'ERR_BAD_INPUT' })
  })
})
