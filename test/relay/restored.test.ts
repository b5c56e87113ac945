import assert from 'node:assert/strict'
import { LIMITS } from '../../src/protocol/wire/index.js'
import { data, Person, Pushes, World, type Client, type TestLog } from './kit/world.js'

interface Parts { world: World, ann: Person, log: TestLog, back: Client }

/** A relay restored from a backup that was made after one entry. `after` was appended when the backup was made already. */
async function restored (after: string[] = []): Promise<Parts> {
  const world = await World.create()
  const ann = new Person()
  const phone = await world.client(ann)
  const log = await world.log(phone)
  await phone.appendOne(log.id, data('in the backup'))
  const backup = world.backup()
  for (const text of after) await phone.appendOne(log.id, data(text))
  world.clock.advance(3_600_000)
  await world.restore(backup)
  const back = await world.client(ann)
  await back.proveAll(log)
  return { world, ann, log, back }
}

async function untilLater ({ world, ann, log }: Parts): Promise<Client> {
  world.clock.advance(LIMITS.restoredQuietMs)
  const client = await world.client(ann)
  await client.proveAll(log)
  return client
}

describe('relay: restored from a backup', () => {
  it('takes nothing in the old logs at first, while those who use them come back; new ones are made and used', async () => {
    const parts = await restored()
    const { world, log, back } = parts
    const item = data('after')
    await assert.rejects(back.appendOne(log.id, item), { code: 'ERR_UNAVAILABLE', details: { restored: true, retryMs: LIMITS.restoredQuietMs } })
    assert.equal((await back.read(log.id)).entries.length, 1)
    await back.follow(log.id, 1)
    world.clock.advance(1000)
    const fresh = await world.log(back)
    await back.appendOne(fresh.id, data())
    assert.equal((await (await untilLater(parts)).appendOne(log.id, item)).receipt.seq, 2)
  })

  it('begins the quiet time once, not with each start', async () => {
    const parts = await restored()
    parts.world.clock.advance(LIMITS.restoredQuietMs)
    await parts.world.restart()
    const client = await parts.world.client(parts.ann)
    await client.proveAll(parts.log)
    await client.appendOne(parts.log.id, data())
  })

  for (const ask of ['follow', 'read'] as const) {
    it(`gives no number a second time: a log takes nothing once a reader shows by a ${ask} that it had more`, async () => {
      const parts = await restored(['acknowledged, and lost'])
      const { world, ann, log, back } = parts
      const laptop = await world.client(ann, ann.laptop, new Pushes())
      await laptop.proveAll(log)
      await laptop[ask](log.id, 2)
      const refused = { code: 'ERR_READ_ONLY', details: { restored: true, head: 1, seen: 2 } }
      await assert.rejects(back.appendOne(log.id, data('another second entry')), refused)
      await assert.rejects((await untilLater(parts)).appendOne(log.id, data('another second entry')), refused)
      await world.restart()
      const again = await untilLater(parts)
      await assert.rejects(again.appendOne(log.id, data('another second entry')), refused)
      assert.equal((await again.read(log.id)).entries.length, 1)
      assert.equal(world.set.restored.behind, 1)
    })
  }

  it('believes only who may read the log', async () => {
    const parts = await restored()
    const eve = await parts.world.client(new Person())
    await assert.rejects(eve.follow(parts.log.id, 9), { code: 'ERR_FORBIDDEN' })
    await (await untilLater(parts)).appendOne(parts.log.id, data())
  })

  it('hands out no one-time key package that may have been handed out before', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    await phone.putKeyPackages(ann.keyPackage('cloud', { now }), ann.keyPackage('secret', { now }), ann.keyPackage('secret', { now, lastResort: true }))
    await world.restore(world.backup())
    const bob = await world.client(new Person())
    assert.equal((await bob.getKeyPackage(ann.account.key, 1)).lastResort, true)
    assert.equal((await bob.getKeyPackage(ann.account.key, 0)).lastResort, false)
  })

  it('is another matter than a relay that was never a copy: asking beyond a log\'s end changes nothing there', async () => {
    const world = await World.create()
    const phone = await world.client(new Person())
    const log = await world.log(phone)
    await phone.read(log.id, 9)
    await phone.follow(log.id, 9)
    await phone.appendOne(log.id, data())
  })
})
