/** One receipt for a whole call, as a node asks for it and reads it: what it makes of an honest home must never be a lie. */
import assert from 'node:assert/strict'
import { appendRequest, appendResults } from '../../src/node/gateway/append.js'
import type { Placed } from '../../src/node/gateway/index.js'
import { chainNext, encodeLeaf, ENTRY_KIND, leafFor, METHOD, pb, ReadOnlyError, sameBytes, type Append } from '../../src/protocol/wire/index.js'
import { fill } from '../protocol/wire/kit.js'
import { commit, start } from './kit/start.js'
import { data, type Client, type TestLog } from './kit/world.js'

/** A node's append: the places of all items, and whether one receipt said them. */
async function append (client: Client, log: TestLog, items: readonly Append[]): Promise<{ places: Placed[], isRun: boolean, duplicates: number }> {
  const reply = await client.channel.call(METHOD.append, appendRequest(log.id, items, undefined))
  const results = appendResults(log.id, items, reply).map(result => { if (result instanceof Error) throw result; return result })
  return { places: results.map(({ receipt }) => receipt), isRun: pb.AppendReply.decode(reply).run !== undefined, duplicates: results.filter(({ duplicate }) => duplicate).length }
}

/** The home's own leaves are those that the sender made, and the chain is the same. */
async function assertStand (client: Client, log: TestLog, items: readonly Append[], places: readonly Placed[]): Promise<void> {
  const { entries } = await client.read(log.id)
  for (const [i, { statement: { seq, time, prev, hash } }] of places.entries()) {
    const leaf = encodeLeaf(leafFor(items[i]!, seq, time))
    assert.ok(sameBytes(entries[seq - 1]!.leaf, leaf), `entry ${seq}`)
    assert.ok(sameBytes(chainNext(prev, leaf), hash), `the chain at ${seq}`)
  }
}

describe('relay: one receipt for a whole call', () => {
  it('leads to every kind of item, with all that an item can say', async () => {
    const { phone, log } = await start()
    const epoch = log.nextEpoch()
    const topic = fill(32, 3)
    const caps = { ...log.caps(epoch), topic, unknown: { later: [1, { deep: fill(3) }], unknown: null } }
    const items = [
      data('with erasers', { erasers: [fill(32, 1), fill(32, 2)] }),
      data('with none', { erasers: [] }),
      data('', { kind: 77, expectHead: 2 }),
      commit(log, 0, epoch, { caps, expectTerm: 1 }),
      data('', { kind: ENTRY_KIND.control, payload: log.order({ op: 'void', log: log.id, seq: 4, caps: log.caps(log.epochs[0]) }) })
    ]
    const { places, isRun } = await append(phone, log, items)
    assert.ok(isRun)
    assert.deepEqual(places.map(({ statement }) => statement.seq), [1, 2, 3, 4, 5])
    await assertStand(phone, log, items, places)
  })

  it('is none when the clock was set right by decades between two items: each has its own then', async () => {
    const { phone, log, world } = await start()
    const { time } = world.set.context
    let [now, years] = [time.now(), 0]
    time.now = () => (now += years)
    years = 2 ** 32 - 1
    const near = [data('a'), data('b')]
    const first = await append(phone, log, near)
    assert.ok(first.isRun)
    years++
    const far = [data('c'), data('d')]
    const second = await append(phone, log, far)
    assert.ok(!second.isRun)
    await assertStand(phone, log, [...near, ...far], [...first.places, ...second.places])
  })

  it('is given for the write that stands, when the disk had refused the first one while the receipt was made', async () => {
    const { phone, log, world } = await start()
    const items = [data('a'), data('b'), data('c')]
    const { beforeWrite } = world.disk
    world.disk.beforeWrite = async () => { await new Promise(setImmediate); throw new ReadOnlyError('the disk is full') }
    await assert.rejects(append(phone, log, items), { code: 'ERR_READ_ONLY' })
    world.disk.beforeWrite = beforeWrite
    const writable = new Promise<void>(resolve => { world.store.onState(state => { if (state === 'open') resolve() }) })
    world.clock.advance(10_000)
    await writable
    const other = [data('x')]
    await append(phone, log, other)
    const { places, isRun } = await append(phone, log, items)
    assert.ok(isRun)
    assert.deepEqual(places.map(({ statement }) => statement.seq), [2, 3, 4])
    await assertStand(phone, log, items, places)
    const again = await append(phone, log, items)
    assert.equal(again.duplicates, 3)
    assert.deepEqual(again.places.map(({ statement }) => statement), places.map(({ statement }) => statement))
  })

  it('leads through a call that the store writes in two turns', async () => {
    const { phone, log } = await start()
    const calls = [0, 1, 2, 3, 4].map(() => Array.from({ length: 250 }, () => data('a')))
    const answers = await Promise.all(calls.map(items => append(phone, log, items)))
    assert.ok(answers.every(({ isRun }) => isRun))
    assert.deepEqual(answers.flatMap(({ places }) => places.map(({ statement }) => statement.seq)), calls.flat().map((_, i) => i + 1))
  })
})
