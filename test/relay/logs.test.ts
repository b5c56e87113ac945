import assert from 'node:assert/strict'
import {
  chainNext, chainStart, ENTRY_KIND, eraserHash, METHOD, pb, RIGHT, verifyRun, type Append, type PetrelError, type Receipt
} from '../../src/protocol/wire/index.js'
import { Client, data, newKey, Person, Pushes, TestLog, World } from './kit/world.js'
import { newEpoch, type Epoch } from './kit/people.js'

const codes = (outcomes: Array<PetrelError | { receipt: unknown }>): string[] => outcomes.map(one => (one instanceof Error ? one.code : 'ok'))
const commit = (log: TestLog, base: number, epoch: Epoch, change: Partial<Append> = {}): Append => data('commit', { kind: ENTRY_KIND.commit, base, caps: log.caps(epoch), ...change })
const provesEpoch = (client: Client, log: TestLog, epoch = log.epoch): Promise<void> =>
  client.prove(client.proof(log.id, RIGHT.append, epoch.append), client.proof(log.id, RIGHT.read, epoch.read))

async function start (options = {}): Promise<{ world: World, ann: Person, phone: Client, log: TestLog }> {
  const world = await World.create(options)
  const ann = new Person()
  const phone = await world.client(ann)
  return { world, ann, phone, log: await world.log(phone) }
}

describe('relay: making logs', () => {
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

describe('relay: appending', () => {
  it('numbers entries without a gap and chains them from the log and its home', async () => {
    const { phone, log, world } = await start()
    const receipts = [await phone.appendOne(log.id, data('a')), await phone.appendOne(log.id, data('b'))].map(one => one.receipt as Receipt)
    assert.deepEqual(receipts.map(receipt => receipt.seq), [1, 2])
    const { entries, head } = await phone.read(log.id)
    const run = verifyRun({ seq: 0, hash: chainStart(log.id, world.home.key) }, entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })))
    assert.deepEqual(run.to.hash, head.hash)
    assert.deepEqual(receipts[0]!.hash, chainNext(receipts[0]!.prev, entries[0]!.leaf))
  })

  it('answers an id that is there with the same receipt, whatever is sent with it', async () => {
    const { phone, log, world } = await start()
    const item = data('a')
    const first = await phone.appendOne(log.id, item)
    world.clock.advance(5000)
    const again = await phone.appendOne(log.id, { ...item, payload: new Uint8Array([9]), expectHead: 77 })
    assert.equal(again.duplicate, true)
    assert.deepEqual(again.receipt, first.receipt)
    await world.restart()
    const back = await world.client(new Person())
    await assert.rejects(back.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
  })

  it('gives one call\'s receipts one signature, and they hold', async () => {
    const { phone, log } = await start()
    const outcomes = await phone.appendRaw(log.id, [data('a'), data('b'), data('c')])
    const signatures = new Set(outcomes.map(({ receipt }) => Buffer.from(receipt!.slice(-64)).toString('hex')))
    assert.equal(signatures.size, 1)
  })

  it('refuses an item whose head is not the expected one, and everything behind it in the call', async () => {
    const { phone, log } = await start()
    const outcomes = await phone.append(log.id, [data('a'), data('b', { expectHead: 7 }), data('c')])
    assert.deepEqual(codes(outcomes), ['ok', 'ERR_CONFLICT', 'ERR_CONFLICT'])
    assert.deepEqual((outcomes[1] as PetrelError).details, { head: 1, lastCommit: 0 })
    assert.deepEqual((outcomes[2] as PetrelError).details, { pipelined: true })
    assert.equal((await phone.head(log.id)).seq, 1)
  })

  it('refuses what is pipelined behind a refusal until all of it is answered, on that log and channel alone', async () => {
    const { phone, log, ann, world } = await start()
    const other = await world.log(phone)
    const laptop = await world.client(ann, ann.laptop)
    await laptop.proveAll(log)
    const results = await Promise.all([
      phone.append(log.id, [data('bad', { expectHead: 9 })]), phone.append(log.id, [data('behind')]).catch((error: unknown) => [error as PetrelError]),
      phone.append(other.id, [data('elsewhere')]), laptop.append(log.id, [data('another device')])
    ])
    assert.deepEqual(results.map(codes), [['ERR_CONFLICT'], ['ERR_CONFLICT'], ['ok'], ['ok']])
    await phone.appendOne(log.id, data('afterwards'))
  })

  it('keeps a numbered pipeline broken until a higher number comes', async () => {
    const { phone, log } = await start()
    assert.deepEqual(codes(await phone.append(log.id, [data('bad', { expectHead: 9 })], 1)), ['ERR_CONFLICT'])
    await assert.rejects(phone.appendOne(log.id, data('sent before the refusal was seen'), 1), { code: 'ERR_CONFLICT', details: { pipelined: true } })
    await phone.appendOne(log.id, data('sent after'), 2)
    await assert.rejects(phone.appendOne(log.id, data('bad', { expectHead: 9 }), 2), { code: 'ERR_CONFLICT' })
    await assert.rejects(phone.appendOne(log.id, data('late'), 1), { code: 'ERR_CONFLICT' })
    await phone.appendOne(log.id, data('sent after'), 3)
  })

  it('breaks the pipeline by what is refused before the log is looked at', async () => {
    const { phone, log } = await start({ rates: { appends: { perSecond: 1000, burst: 3 } } })
    const results = await Promise.allSettled([
      phone.append(log.id, [data('a'), data('b')]), phone.append(log.id, [data('c'), data('d')]), phone.append(log.id, [data('e')])
    ])
    assert.deepEqual(results.map(result => (result.status === 'fulfilled' ? 'ok' : (result.reason as PetrelError).code)), ['ok', 'ERR_RATE', 'ERR_CONFLICT'])
  })

  it('refuses oversized and malformed items before the store sees them', async () => {
    const { phone, log } = await start()
    const bad: Array<[Append, string]> = [
      [data('x', { payload: new Uint8Array(64 * 1024 + 1) }), 'ERR_TOO_LARGE'],
      [data('x', { id: new Uint8Array(15) }), 'ERR_BAD_INPUT'],
      [data('x', { kind: 256 }), 'ERR_BAD_INPUT'],
      [data('x', { erasers: [new Uint8Array(31)] }), 'ERR_BAD_INPUT'],
      [data('x', { kind: ENTRY_KIND.commit }), 'ERR_BAD_INPUT'],
      [data('x', { base: 0, caps: log.caps() }), 'ERR_BAD_INPUT']
    ]
    for (const [item, code] of bad) await assert.rejects(phone.appendOne(log.id, item), { code })
    await assert.rejects(phone.append(log.id, Array.from({ length: 257 }, () => data())), { code: 'ERR_BAD_INPUT' })
    assert.equal((await phone.head(log.id)).seq, 0)
  })

  it('carries kinds it does not know as data', async () => {
    const { phone, log } = await start()
    await phone.appendOne(log.id, data('future', { kind: 200 }))
  })
})

describe('relay: commits', () => {
  it('takes one of two that build on the same commit', async () => {
    const { phone, log } = await start()
    const [a, b] = [newEpoch(), newEpoch()]
    const outcomes = [await phone.append(log.id, [commit(log, 0, a)]), await phone.append(log.id, [commit(log, 0, b)])]
    assert.deepEqual(outcomes.map(codes), [['ok'], ['ERR_FORBIDDEN']])
    await provesEpoch(phone, log, a)
    const lost = await phone.append(log.id, [commit(log, 0, b)])
    assert.deepEqual((lost[0] as PetrelError).details, { head: 1, lastCommit: 1 })
  })

  it('takes the old append key from every session at once, the committer\'s too, until the new one is proved', async () => {
    const { phone, log, ann, world } = await start()
    const laptop = await world.client(ann, ann.laptop)
    await laptop.proveAll(log)
    await phone.appendOne(log.id, commit(log, 0, log.nextEpoch()))
    for (const client of [phone, laptop]) {
      await assert.rejects(client.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
      const [error] = await client.tryProve(client.proof(log.id, RIGHT.append, log.epochs[0]!.append))
      assert.equal(error?.code, 'ERR_FORBIDDEN')
      await provesEpoch(client, log)
      await client.appendOne(log.id, data())
    }
  })

  it('lets an old read key read up to and including the commit that replaced it, however long ago', async () => {
    const { phone, log, ann, world } = await start()
    await phone.appendOne(log.id, data('first'))
    let base = 0
    for (let epoch = 1; epoch <= 20; epoch++) {
      base = (await phone.appendOne(log.id, commit(log, base, log.nextEpoch()))).receipt.seq
      await provesEpoch(phone, log)
      await phone.appendOne(log.id, data(`epoch ${epoch}`))
    }
    const laptop = await world.client(ann, ann.laptop)
    for (const [epoch, last] of [[0, 2], [1, 4], [5, 12], [19, 40], [20, 41 + 1 - 1]] as const) {
      await laptop.prove(laptop.proof(log.id, RIGHT.read, log.epochs[epoch]!.read))
      const { entries, head } = await laptop.read(log.id)
      const expected = epoch === 20 ? 41 : last
      assert.equal(entries.length, expected)
      assert.equal(head.seq, expected)
      assert.equal(head.type, epoch === 20 ? 'head' : 'receipt')
      assert.equal((await laptop.read(log.id, expected)).entries.length, 0)
      await laptop.open(ann)
    }
    const [error] = await laptop.tryProve(laptop.proof(log.id, RIGHT.read, newKey()))
    assert.equal(error?.code, 'ERR_FORBIDDEN')
  })

  it('lets only the owner replace the owner key, and mirrors stay until they are replaced', async () => {
    const { phone, log, ann, world } = await start()
    const laptop = await world.client(ann, ann.laptop)
    await laptop.prove(laptop.proof(log.id, RIGHT.append, log.epoch.append))
    const usurped = { ...log.caps(newEpoch()), owner: newKey().key }
    await assert.rejects(laptop.appendOne(log.id, commit(log, 0, newEpoch(), { caps: usurped })), { code: 'ERR_FORBIDDEN' })
    const { append, read } = log.caps(log.nextEpoch())
    await phone.appendOne(log.id, commit(log, 0, log.epoch, { caps: { append, read } }))
    await laptop.prove(laptop.proof(log.id, RIGHT.mirror, log.mirror))
    assert.equal((await laptop.read(log.id)).entries.length, 1)
  })

  it('lets the owner declare the last commit void, which puts the keys back and wins against what is built on it', async () => {
    const { phone, log } = await start()
    const [good, evil] = [log.epoch, newEpoch()]
    await phone.appendOne(log.id, commit(log, 0, evil))
    const order = log.order({ op: 'void', log: log.id, seq: 1, caps: log.caps(good) })
    await assert.rejects(phone.appendOne(log.id, data('', { kind: ENTRY_KIND.control, payload: log.order({ op: 'void', log: log.id, seq: 1, caps: log.caps(good) }, newKey()) })), { code: 'ERR_PROOF' })
    await phone.appendOne(log.id, data('', { kind: ENTRY_KIND.control, payload: order }))
    await phone.appendOne(log.id, data('the first keys again'))
    assert.deepEqual(codes(await phone.append(log.id, [commit(log, 1, log.nextEpoch())])), ['ERR_CONFLICT'])
    await phone.appendOne(log.id, commit(log, 2, log.epoch))
    await assert.rejects(phone.appendOne(log.id, data('', { kind: ENTRY_KIND.control, payload: order })), { code: 'ERR_CONFLICT' })
  })

  it('refuses control entries without the owner key, of another log, and those it does not carry out', async () => {
    const { phone, log, ann, world } = await start()
    const laptop = await world.client(ann, ann.laptop)
    await laptop.prove(laptop.proof(log.id, RIGHT.append, log.epoch.append))
    const control = (payload: Uint8Array): Append => data('', { kind: ENTRY_KIND.control, payload })
    const other = new TestLog(world.home.key)
    await assert.rejects(laptop.appendOne(log.id, control(log.open())), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(phone.appendOne(log.id, control(new Uint8Array([1]))), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(phone.appendOne(log.id, control(log.order({ op: 'trim', log: other.id, seq: 1, hash: new Uint8Array(32) }))), { code: 'ERR_PROOF' })
    await assert.rejects(phone.appendOne(log.id, control(log.order({ op: 'term', log: log.id, term: 2, home: world.home.key, seq: 0, hash: new Uint8Array(32), by: 'agreement' }))), { code: 'ERR_UNSUPPORTED' })
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

describe('relay: follows', () => {
  async function following (options = {}): Promise<{ world: World, ann: Person, phone: Client, log: TestLog, pushes: Pushes, laptop: Client }> {
    const parts = await start(options)
    const pushes = new Pushes()
    const laptop = await parts.world.client(parts.ann, parts.ann.laptop, pushes)
    await laptop.prove(laptop.proof(parts.log.id, RIGHT.read, parts.log.epoch.read))
    return { ...parts, pushes, laptop }
  }

  it('pushes what lies behind, then what comes, each once and attested', async () => {
    const { phone, log, pushes, laptop } = await following()
    await phone.append(log.id, ['a', 'b', 'c'].map(text => data(text)))
    await laptop.follow(log.id, 1)
    await pushes.until(() => pushes.texts.length === 2)
    for (const text of ['d', 'e']) await phone.appendOne(log.id, data(text))
    await pushes.until(() => pushes.texts.length === 4)
    assert.deepEqual(pushes.texts, ['b', 'c', 'd', 'e'])
    assert.equal(pushes.entries.at(-1)!.head.seq, 5)
  })

  it('pushes the entries of one write together', async () => {
    const { phone, log, pushes, laptop } = await following()
    await laptop.follow(log.id)
    await Promise.all(Array.from({ length: 50 }, (_, i) => phone.appendOne(log.id, data(`${i}`))))
    await pushes.until(() => pushes.texts.length === 50)
    assert.ok(pushes.entries.length < 10, `${pushes.entries.length} pushes`)
  })

  it('ends when told so, and a new follow takes an older one\'s place', async () => {
    const { phone, log, pushes, laptop } = await following()
    await laptop.follow(log.id)
    await laptop.follow(log.id)
    await phone.appendOne(log.id, data('once'))
    await pushes.until(() => pushes.texts.length === 1)
    await laptop.unfollow(log.id)
    await phone.appendOne(log.id, data('unheard'))
    await laptop.follow(log.id, 2)
    await phone.appendOne(log.id, data('heard'))
    await pushes.until(() => pushes.texts.length === 2)
    assert.deepEqual(pushes.texts, ['once', 'heard'])
  })

  it('stops at the commit that replaced its key, and goes on when the new one is proved', async () => {
    const { phone, log, pushes, laptop } = await following()
    await laptop.follow(log.id)
    await phone.appendOne(log.id, commit(log, 0, log.nextEpoch()))
    await provesEpoch(phone, log)
    await phone.appendOne(log.id, data('new epoch'))
    await pushes.until(() => pushes.texts.length === 1)
    await laptop.usage()
    assert.deepEqual(pushes.texts, ['commit'])
    await laptop.prove(laptop.proof(log.id, RIGHT.read, log.epoch.read))
    await pushes.until(() => pushes.texts.length === 2)
    assert.deepEqual(pushes.texts, ['commit', 'new epoch'])
  })

  it('ends with a word when the new key is not proved in time, and when the session expires', async () => {
    const { world, phone, log, pushes, laptop } = await following({ followGraceMs: 30_000 })
    await laptop.follow(log.id)
    await phone.appendOne(log.id, commit(log, 0, log.nextEpoch()))
    await provesEpoch(phone, log)
    await phone.appendOne(log.id, data())
    await pushes.until(() => pushes.texts.length === 1)
    await laptop.usage()
    world.clock.advance(60_000)
    await pushes.until(() => pushes.ended.length === 1)
    assert.equal(pushes.ended[0]!.error.code, 'ERR_FORBIDDEN')
    await laptop.follow(log.id)
    world.clock.advance(600_000)
    await pushes.until(() => pushes.ended.length === 2)
    assert.equal(pushes.ended[1]!.error.code, 'ERR_SESSION')
  })

  it('reads nothing ahead of the credit, and goes on when there is some', async () => {
    const { phone, log, world, ann } = await start()
    let taken = 0
    let release: () => void = () => undefined
    const slow = new Client(world.services.connect(ann.laptop.key, ({ kind, body }) => {
      assert.equal(kind, 1)
      taken += pb.EntriesPush.decode(body).entries.length
      return new Promise<void>(resolve => { release = resolve })
    }))
    await slow.open(ann)
    await slow.proveAll(log)
    const big = new Uint8Array(60_000)
    for (let i = 0; i < 200; i++) await phone.appendOne(log.id, data('', { payload: big }))
    await slow.follow(log.id)
    const settle = async (): Promise<number> => {
      let before = -1
      while (before !== taken) {
        before = taken
        for (let i = 0; i < 20; i++) await new Promise(setImmediate)
      }
      return taken
    }
    const first = await settle()
    assert.ok(first > 0 && first < 100, `${first} entries of 200 went out against a credit of 4 MiB`)
    release()
    assert.ok(await settle() > first)
  })

  it('finds by itself what a lost hint would have told', async () => {
    const { phone, log, pushes, laptop, world } = await following()
    await laptop.follow(log.id)
    await phone.appendOne(log.id, data('told'))
    await pushes.until(() => pushes.texts.length === 1)
    world.store.bus.publish = () => undefined
    await phone.appendOne(log.id, data('untold'))
    await laptop.usage()
    assert.deepEqual(pushes.texts, ['told'])
    world.clock.advance(15_000)
    await pushes.until(() => pushes.texts.length === 2)
  })

  it('refuses a follow without a key, and hears nothing of it', async () => {
    const { log, world } = await start()
    await assert.rejects((await world.client(new Person())).follow(log.id), { code: 'ERR_FORBIDDEN' })
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
