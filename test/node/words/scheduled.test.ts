import assert from 'node:assert/strict'
import { BadInputError, ENTRY_ID_LENGTH, fromBase32Text, LIMITS, NotFoundError, QuotaError } from '../../../src/protocol/wire/index.js'
import { hexOf, inPieces, someBytes } from '../media/files.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'
import { until, untilText } from '../world.js'

const HOUR = 3_600_000

describe('a message that waits for its time', () => {
  let world: SmallWorld
  let ann: SmallPerson
  let bob: SmallPerson
  /** How far ann's clock is ahead, ms. */
  let ahead = 0
  /** Where it stands still, ms: nothing is due before it goes on. */
  let stands: number | undefined
  const soon = (ms = 30): Date => new Date(Date.now() + ahead + ms)

  beforeEach(async () => {
    ahead = 0
    stands = undefined
    world = await SmallWorld.make()
    ann = await world.person('ann', { now: () => stands ?? Date.now() + ahead, probeMs: 20 })
    bob = await world.person('bob')
    await world.introduce(ann, bob)
  })
  afterEach(async () => { await world.close() })

  const states = async (id: string): Promise<string[]> => {
    const seen: string[] = []
    for await (const { event } of ann.node.receive()) if (event.type === 'messageState' && event.id === id) seen.push(event.state)
    return seen
  }
  const keyOf = (id: string): Uint8Array => ann.core.keys.one('scheduled', fromBase32Text(id, ENTRY_ID_LENGTH))
  const ends = (key: Uint8Array, end: Uint8Array): boolean => Buffer.compare(key.slice(-end.length), end) === 0
  const texts = async (): Promise<string[]> => (await bob.node.showChat('ann')).messages.map(m => m.text)

  it('is sent when it is due, under the id that it had from the beginning', async () => {
    stands = Date.now()
    const at = soon(300)
    const waiting = await ann.node.send('bob', 'in a **moment**', { at, format: 'markdown' })
    assert.deepEqual([waiting.state, waiting.scheduledAt, waiting.seq, waiting.text], ['scheduled', at, null, 'in a moment'])
    assert.deepEqual(await ann.node.listScheduled({ chat: 'bob' }), [waiting])
    assert.deepEqual(await ann.node.getMessage('bob', waiting.id), waiting)
    assert.ok((await ann.node.showChat('bob')).messages.every(m => m.id !== waiting.id))
    stands = undefined
    const { event } = await untilText(bob.node, 'in a moment')
    assert.ok(event.type === 'message' && event.message.id === waiting.id && event.message.at.getTime() >= at.getTime() - 1)
    await until(ann.node, e => e.type === 'messageState' && e.id === waiting.id && e.state === 'stored')
    assert.deepEqual((await states(waiting.id)).slice(0, 3), ['scheduled', 'queued', 'stored'])
    assert.deepEqual(await ann.node.listScheduled(), [])
  })

  it('says what it was last changed to, and no more is changed once it went', async () => {
    const at = soon(HOUR)
    const { id } = await ann.node.send('bob', 'see yuo', { at })
    const changed = await ann.node.editMessage('bob', id, 'see **you**', { format: 'markdown' })
    assert.deepEqual([changed.text, changed.entities, changed.scheduledAt, changed.state], ['see you', [{ type: 'bold', offset: 4, length: 3 }], at, 'scheduled'])
    await until(ann.node, e => e.type === 'messageChanged' && e.message.id === id && e.message.text === 'see you' && e.change === 'edited')
    await assert.rejects(ann.node.editMessage('bob', id, ''), BadInputError)
    await ann.crash()
    assert.deepEqual((await ann.node.listScheduled()).map(m => m.text), ['see you'])
    await ann.node.sendScheduled(id)
    const { event } = await untilText(bob.node, 'see you')
    assert.ok(event.type === 'message' && !event.message.edited)
    assert.equal((await ann.node.editMessage('bob', id, 'later')).edited, true)
  })

  it('goes at once when its time came while the node did not run', async () => {
    await ann.node.send('bob', 'an hour later', { at: soon(HOUR) })
    await ann.crash()
    assert.equal((await ann.node.listScheduled()).length, 1)
    ahead = 2 * HOUR
    await ann.crash()
    await untilText(bob.node, 'an hour later')
  })

  it('is sent once, wherever a crash comes', async () => {
    for (const when of ['before', 'after'] as const) {
      const text = `a crash ${when} it is handed over`
      stands = Date.now()
      const { id } = await ann.node.send('bob', text, { at: soon(100) })
      const key = keyOf(id)
      const copy = ann.at(1, when, ops => ops.some(op => op.type === 'del' && ends(op.key, key)))
      stands = undefined
      await ann.crash(await copy)
      await untilText(bob.node, text)
      await ann.node.send('bob', `after ${text}`)
      await untilText(bob.node, `after ${text}`)
      assert.deepEqual((await texts()).filter(t => t === text), [text])
      assert.deepEqual(await ann.node.listScheduled(), [])
    }
  })

  it('is sent once when a write whose outcome nobody knew left it waiting, too', async () => {
    const { id } = await ann.node.send('bob', 'in both places', { at: soon(HOUR) })
    const key = keyOf(id)
    const kept = (await ann.core.store.kv.get(key))!
    await ann.node.sendScheduled(id)
    await untilText(bob.node, 'in both places')
    await ann.core.store.kv.batch([{ type: 'put', key, value: kept }])
    ahead = 2 * HOUR
    await ann.crash()
    await eventually(async () => (await ann.node.listScheduled()).length === 0)
    await ann.node.send('bob', 'behind it')
    await untilText(bob.node, 'behind it')
    assert.deepEqual((await texts()).filter(t => t === 'in both places'), ['in both places'])
    await eventually(async () => (await ann.node.status()).queued === 0)
    assert.equal((await ann.node.showChat('bob')).chat.alarm, null)
    assert.deepEqual((await states(id)).filter(state => state === 'queued').length, 1)
  })

  it('waits on when the disk would not take that it is sent', async () => {
    const { id } = await ann.node.send('bob', 'in the end', { at: soon(HOUR) })
    const key = keyOf(id)
    ann.disk.beforeWrite = async ops => { if (ops.some(op => op.type === 'del' && ends(op.key, key))) await Promise.reject(new Error('refused')) }
    await assert.rejects(ann.node.sendScheduled(id))
    ann.disk.beforeWrite = async () => { await Promise.resolve() }
    await eventually(async () => await ann.node.send('bob', 'there is room', { wait: 'queued' }).then(() => true, () => false))
    await untilText(bob.node, 'there is room')
    await ann.crash()
    assert.deepEqual((await ann.node.listScheduled()).map(one => one.id), [id])
    await ann.node.sendScheduled(id)
    await untilText(bob.node, 'in the end')
    assert.deepEqual((await texts()).filter(t => t === 'in the end'), ['in the end'])
  })

  it('is taken back without a word to anybody, or sent at once', async () => {
    const [first, second] = [await ann.node.send('bob', 'never', { at: soon(HOUR) }), await ann.node.send('bob', 'now after all', { at: soon(2 * HOUR) })]
    await ann.node.cancelScheduled(first.id)
    await until(ann.node, e => e.type === 'messageDeleted' && e.id === first.id && e.seq === 0)
    await assert.rejects(ann.node.cancelScheduled(first.id), NotFoundError)
    await assert.rejects(ann.node.sendScheduled(first.id), NotFoundError)
    const third = await ann.node.send('bob', 'never', { at: soon(HOUR) })
    await ann.node.deleteMessages('bob', [third.id])
    assert.deepEqual((await ann.node.listScheduled()).map(({ id }) => id), [second.id])
    assert.equal((await ann.node.sendScheduled(second.id.slice(0, 12))).id, second.id)
    await untilText(bob.node, 'now after all')
    ahead = 3 * HOUR
    await ann.crash()
    await ann.node.send('bob', 'the last')
    await untilText(bob.node, 'the last')
    assert.deepEqual((await texts()).filter(t => t === 'never' || t === 'now after all'), ['now after all'])
  })

  it('brings its files when it is due, and lets go of them when it is taken back', async () => {
    const bytes = someBytes(1000)
    const add = async (): Promise<string> => (await ann.node.addMedia({ name: 'a.bin', size: bytes.length, sha256: hexOf(bytes) }, inPieces(bytes))).file.id
    const [sent, never] = [await ann.node.send('bob', 'a file', { at: soon(HOUR), media: [await add()] }), await ann.node.send('bob', 'no file', { at: soon(HOUR), media: [await add()] })]
    assert.equal(sent.media[0]?.name, 'a.bin')
    await ann.node.cancelScheduled(never.id)
    await ann.crash()
    await ann.node.sendScheduled(sent.id)
    const { event } = await untilText(bob.node, 'a file')
    assert.ok(event.type === 'message')
    assert.equal(hexOf(Buffer.concat(await Array.fromAsync(bob.node.readMedia('ann', event.message.id)))), hexOf(bytes))
  })

  it('that may not be sent when it is due says why, and waits for the person', async () => {
    const { id } = await ann.node.send('bob', 'to a friend', { at: soon(HOUR) })
    await ann.node.blockContact('bob', true)
    ahead = HOUR
    await ann.crash()
    const failed = await until(ann.node, e => e.type === 'messageState' && e.id === id && e.state === 'failed')
    assert.ok(failed.event.type === 'messageState' && failed.event.error?.code === 'ERR_FORBIDDEN')
    const [waiting] = await ann.node.listScheduled()
    assert.deepEqual([waiting?.state, waiting?.error?.code], ['failed', 'ERR_FORBIDDEN'])
    await ann.node.blockContact('bob', false)
    await ann.node.sendScheduled(id)
    await untilText(bob.node, 'to a friend')
  })

  it('is one message however often it is asked for under one key', async () => {
    const options = { at: soon(HOUR), idempotencyKey: 'k' }
    const [one, other] = await Promise.all([ann.node.send('bob', 'once', options), ann.node.send('bob', 'once', options)])
    assert.equal(one.id, other.id)
    assert.equal((await ann.node.listScheduled()).length, 1)
    await ann.node.sendScheduled(one.id)
    assert.equal((await ann.node.send('bob', 'once', options)).id, one.id)
    await untilText(bob.node, 'once')
  })

  it('is refused for a time that has passed, is more than a year ahead or none, and for a wait', async () => {
    for (const at of [new Date(Date.now() - 1), new Date(0), new Date(Date.now() + LIMITS.scheduledAheadMs + HOUR), new Date(NaN), new Date(8.64e15)]) await assert.rejects(ann.node.send('bob', 'x', { at }), BadInputError)
    await assert.rejects(ann.node.send('bob', 'x', { at: soon(HOUR), wait: 'stored' }), BadInputError)
    assert.deepEqual(await ann.node.listScheduled(), [])
  })

  it('is one of a bounded number, however many come at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: LIMITS.scheduledMessages + 3 }, async (_, i) => await ann.node.send('bob', `m ${i}`, { at: soon(HOUR + i) })))
    assert.equal(results.filter(r => r.status === 'rejected' && r.reason instanceof QuotaError).length, 3)
    await eventually(async () => (await ann.node.listScheduled()).length === LIMITS.scheduledMessages)
  })
})
