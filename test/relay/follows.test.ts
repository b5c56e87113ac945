import assert from 'node:assert/strict'
import { LIMITS, pb, RIGHT } from '../../src/protocol/wire/index.js'
import { commit, provesEpoch, start } from './kit/start.js'
import { Client, data, Person, Pushes, type TestLog, type World } from './kit/world.js'

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

  it('pushes a commit that alone is larger than pages are', async () => {
    const { phone, log, pushes, laptop } = await following()
    await laptop.follow(log.id)
    await phone.appendOne(log.id, data('before'))
    await phone.appendOne(log.id, commit(log, 0, log.nextEpoch(), { payload: new Uint8Array(LIMITS.commitBytes).fill(65) }))
    await pushes.until(() => pushes.texts.length === 2)
    assert.deepEqual(pushes.texts.map(text => text.length), [6, LIMITS.commitBytes])
    await assert.rejects(phone.appendOne(log.id, commit(log, 2, log.nextEpoch(), { payload: new Uint8Array(LIMITS.commitBytes + 1) })), { code: 'ERR_TOO_LARGE' })
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
    // The loop that pushed it looks once more; after that nothing but a hint moves it.
    for (let i = 0; i < 20; i++) await new Promise(setImmediate)
    world.store.bus.publish = () => undefined
    await phone.appendOne(log.id, data('untold'))
    for (let i = 0; i < 20; i++) await new Promise(setImmediate)
    assert.deepEqual(pushes.texts, ['told'])
    world.clock.advance(15_000)
    await pushes.until(() => pushes.texts.length === 2)
  })

  it('refuses a follow without a key, and hears nothing of it', async () => {
    const { log, world } = await start()
    await assert.rejects((await world.client(new Person())).follow(log.id), { code: 'ERR_FORBIDDEN' })
  })
})
