import assert from 'node:assert/strict'
import { ENTRY_KIND, handOver, RIGHT, type Append, type PetrelError, type Signer } from '../../src/protocol/wire/index.js'
import { newEpoch } from './kit/people.js'
import { codes, commit, provesEpoch, start } from './kit/start.js'
import { data, newKey, TestLog } from './kit/world.js'

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

  it('judges an append by what was proved when it arrived: the next key, proved while it waits, does not let an old sealing in', async () => {
    const { phone, log, ann, world } = await start()
    const laptop = await world.client(ann, ann.laptop)
    await laptop.proveAll(log)
    // The laptop's append waits for the disk while the commit is taken and the laptop hears of it.
    const { logs } = world.store
    const append = logs.appendFor.bind(logs)
    let release = (): void => undefined
    const held = new Promise<void>(resolve => { release = resolve })
    logs.appendFor = (...call) => {
      logs.appendFor = append
      void held.then(() => { append(...call) })
    }
    const late = laptop.append(log.id, [data('sealed for the epoch before')])
    await phone.appendOne(log.id, commit(log, 0, log.nextEpoch()))
    await provesEpoch(laptop, log)
    release()
    assert.deepEqual(codes(await late), ['ERR_FORBIDDEN'])
    await laptop.appendOne(log.id, data('sealed anew'))
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

  it('lets only the owner key give its place to another, whoever brings that; the one before is worth nothing from then on', async () => {
    const { phone, log, ann, world } = await start()
    const laptop = await world.client(ann, ann.laptop)
    await laptop.prove(laptop.proof(log.id, RIGHT.append, log.epoch.append))
    const [heir, next] = [newKey(), log.nextEpoch()]
    const caps = { ...log.caps(next), owner: heir.key }
    const signed = handOver(log.id, caps, log.owner)
    const other = new TestLog(world.home.key)
    for (const usurped of [caps, handOver(log.id, caps, heir), handOver(other.id, caps, log.owner), { ...signed, owner: newKey().key }, { ...signed, append: newKey().key }, { ...signed, mirrors: [] }]) {
      for (const client of [laptop, phone]) await assert.rejects(client.appendOne(log.id, commit(log, 0, next, { caps: usurped })), { code: 'ERR_FORBIDDEN' })
    }
    await laptop.appendOne(log.id, commit(log, 0, next, { caps: signed }))
    const trim = (by: Signer): Uint8Array => log.order({ op: 'trim', log: log.id, seq: 1, hash: new Uint8Array(32) }, by)
    const control = (by: Signer): Append => data('', { kind: ENTRY_KIND.control, payload: log.order({ op: 'void', log: log.id, seq: 1, caps: log.caps(log.epochs[0]) }, by) })
    await provesEpoch(phone, log)
    await assert.rejects(phone.order(log.id, trim(log.owner)), { code: 'ERR_FORBIDDEN' }, 'what it proved before is over')
    const [refused] = await phone.tryProve(phone.proof(log.id, RIGHT.owner, log.owner))
    assert.equal(refused?.code, 'ERR_FORBIDDEN')
    await assert.rejects(phone.appendOne(log.id, control(log.owner)), { code: 'ERR_PROOF' })
    await phone.prove(phone.proof(log.id, RIGHT.owner, heir))
    await assert.rejects(phone.order(log.id, trim(log.owner)), { code: 'ERR_PROOF' })
    await assert.rejects(phone.order(log.id, trim(heir)), { code: 'ERR_PROOF', message: /checkpoint/ })
    await phone.appendOne(log.id, control(heir))
    await assert.rejects(phone.appendOne(log.id, commit(log, 2, newEpoch(), { caps: handOver(log.id, { ...caps, owner: newKey().key }, log.owner) })), { code: 'ERR_FORBIDDEN' })
  })

  it('keeps mirrors until they are replaced', async () => {
    const { phone, log, ann, world } = await start()
    const laptop = await world.client(ann, ann.laptop)
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

  it('refuses control entries of who may not append, not signed by the owner key, of another log, and those it does not carry out', async () => {
    const { phone, log, ann, world } = await start()
    const laptop = await world.client(ann, ann.laptop)
    await laptop.prove(laptop.proof(log.id, RIGHT.read, log.epoch.read))
    const control = (payload: Uint8Array): Append => data('', { kind: ENTRY_KIND.control, payload })
    const other = new TestLog(world.home.key)
    await assert.rejects(laptop.appendOne(log.id, control(log.open())), { code: 'ERR_FORBIDDEN' })
    await laptop.prove(laptop.proof(log.id, RIGHT.append, log.epoch.append))
    await assert.rejects(laptop.appendOne(log.id, control(log.open(newKey()))), { code: 'ERR_PROOF' })
    await assert.rejects(phone.appendOne(log.id, control(new Uint8Array([1]))), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(phone.appendOne(log.id, control(log.order({ op: 'trim', log: other.id, seq: 1, hash: new Uint8Array(32) }))), { code: 'ERR_PROOF' })
    await assert.rejects(phone.appendOne(log.id, control(log.open())), { code: 'ERR_UNSUPPORTED' })
  })
})
