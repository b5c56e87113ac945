import assert from 'node:assert/strict'
import { placesOfRun } from '../../src/node/gateway/append-run.js'
import { chainNext, chainStart, ENTRY_KIND, verifyRun, type Append, type PetrelError, type Receipt } from '../../src/protocol/wire/index.js'
import { fill } from '../protocol/wire/kit.js'
import { codes, start } from './kit/start.js'
import { data, Person } from './kit/world.js'

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

  it('answers a call that can take that with the last item\'s receipt, to which the chain leads from each', async () => {
    const { phone, log } = await start()
    await phone.appendOne(log.id, data('before'))
    const items = [data('a'), data('b', { erasers: [fill(32, 7)] }), data('c')]
    const { outcomes, run } = await phone.appendReply(log.id, items, { runs: true })
    assert.deepEqual(outcomes, [])
    const places = placesOfRun(log.id, items, run!)
    const { entries, head } = await phone.read(log.id)
    assert.deepEqual(places.map(({ statement: { seq, prev, hash } }) => ({ seq, prev, hash })), entries.slice(1).map(({ leaf }, i) => {
      const prev = places[i]!.statement.prev
      return { seq: i + 2, prev, hash: chainNext(prev, leaf) }
    }))
    assert.deepEqual(places.at(-1)!.statement.hash, head.hash)
    assert.deepEqual(places[0]!.said.bytes, run!.receipt)
    const again = await phone.append(log.id, items)
    assert.deepEqual(again, places.map(({ statement }) => ({ receipt: statement, duplicate: true })))
  })

  it('gives each item its own outcome when one is a duplicate or refused, whatever the sender can take', async () => {
    const { phone, log } = await start()
    const first = data('a')
    await phone.appendOne(log.id, first)
    const { outcomes, run } = await phone.appendReply(log.id, [first, data('b'), data('c', { expectHead: 9 })], { runs: true })
    assert.equal(run, undefined)
    assert.deepEqual(outcomes.map(({ duplicate, receipt, failure }) => [duplicate, receipt !== undefined, failure?.code]), [[true, true, undefined], [false, true, undefined], [false, false, 'ERR_CONFLICT']])
    const one = await phone.appendReply(log.id, [data('d')], { runs: true })
    assert.equal(one.outcomes.length, 1)
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
