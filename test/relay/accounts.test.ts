import assert from 'node:assert/strict'
import { LIMITS, openKeyPackage, openManifest, PetrelError, RIGHT, signAccountDeletion, signGeneration, signManifest, x25519Key } from '../../src/protocol/wire/index.js'
import { data, newKey, Person, Pushes, TestLog, World } from './kit/world.js'

describe('relay: manifests', () => {
  it('are kept in their order, and given to anybody with a session', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const first = ann.bytes
    await phone.putManifest(ann.publish({ time: 2 }))
    await phone.putManifest(ann.bytes)
    const friend = await world.client(new Person())
    assert.deepEqual(await friend.getManifest(ann.account.key), ann.bytes)
    await assert.rejects(phone.putManifest(first), { code: 'ERR_CONFLICT', details: { generation: 1, version: 2 } })
    await assert.rejects(friend.getManifest(newKey().key), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(world.channel(newKey()).getManifest(ann.account.key), { code: 'ERR_SESSION' })
    await assert.rejects(friend.putManifest(ann.bytes), { code: 'ERR_FORBIDDEN' })
  })

  it('are checked once, however many come with the one that is held; one that differs in a bit is not that', async () => {
    const world = await World.create()
    const ann = new Person()
    await world.client(ann)
    const { manifests } = world.set
    const held = await manifests.open(ann.account.key, ann.bytes.slice())
    assert.equal(await manifests.open(ann.account.key, ann.bytes.slice()), held)
    assert.deepEqual(held.bytes, ann.bytes)
    for (const at of [ann.bytes.length - 1, ann.bytes.length >> 1, 40]) {
      await assert.rejects(manifests.open(ann.account.key, ann.bytes.map((byte, i) => i === at ? byte ^ 1 : byte)), PetrelError)
    }
  })

  it('let one of two devices win that publish at the same time', async () => {
    const world = await World.create()
    const ann = new Person()
    const [phone, laptop] = [await world.client(ann), await world.client(ann, ann.laptop)]
    const prev = openManifest(ann.bytes).hash
    const next = (by: Person['phone'], time: number): Uint8Array => signManifest({ ...ann.manifest, version: 2, prev, time }, by)
    const results = await Promise.allSettled([phone.putManifest(next(ann.phone, 2)), laptop.putManifest(next(ann.laptop, 3))])
    assert.deepEqual(results.map(result => result.status).sort(), ['fulfilled', 'rejected'])
  })

  it('of a higher generation beat a device\'s fork', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    await phone.putManifest(ann.publish({ time: 2 }, ann.laptop))
    const opening = signGeneration({ v: 1, account: ann.account.key, generation: 2, devices: [ann.phone.key, ann.laptop.key], time: 9 }, ann.account)
    const next = signManifest({ ...ann.manifest, generation: 2, version: 1, raised: opening, prev: openManifest(ann.bytes).hash, time: 9 }, ann.account)
    await phone.putManifest(next)
    assert.deepEqual(await phone.getManifest(ann.account.key), next)
  })
})

describe('relay: key packages', () => {
  it('cloud: the newest valid one that the manifest names, again and again', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    const [older, newer, future] = [ann.keyPackage('cloud', { now: now - 20 }), ann.keyPackage('cloud', { now: now - 10 }), ann.keyPackage('cloud', { now: now + 60_000 })]
    await phone.putKeyPackages(older, newer, future)
    const friend = await world.client(new Person())
    for (let i = 0; i < 2; i++) assert.deepEqual(Buffer.from((await friend.getKeyPackage(ann.account.key, 0)).record), Buffer.from(newer))
    world.clock.advance(3_600_000 - 15)
    await friend.open(new Person()).catch(() => undefined)
    const later = await world.client(new Person())
    assert.deepEqual(Buffer.from((await later.getKeyPackage(ann.account.key, 0)).record), Buffer.from(future))
  })

  it('secret: each to one person, then the last resort, flagged', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    // Half of them is kept from those whom the account does not know.
    await phone.putKeyPackages(...Array.from({ length: 4 }, () => ann.keyPackage('secret', { now })), ann.keyPackage('secret', { now, lastResort: true }))
    const friends = await Promise.all(Array.from({ length: 4 }, () => world.client(new Person())))
    const got = await Promise.all(friends.map(friend => friend.getKeyPackage(ann.account.key, 1)))
    assert.equal(new Set(got.map(({ record }) => Buffer.from(record).toString('hex'))).size, 3)
    assert.equal(got.filter(({ lastResort }) => lastResort).length, 2)
    await assert.rejects(friends[0]!.getKeyPackage(friends[1]!.channel.localPeer, 1), { code: 'ERR_NOT_FOUND' })
  })

  it('secret: of the device that is asked for, and each device is told what is left of its own', async () => {
    const world = await World.create()
    const ann = new Person()
    const [phone, laptop] = [await world.client(ann), await world.client(ann, ann.laptop)]
    const now = world.clock.now()
    const [ofLaptop, last] = [ann.keyPackage('secret', { now, device: ann.laptop }), ann.keyPackage('secret', { now, device: ann.laptop, lastResort: true })]
    const told = await phone.putKeyPackages(ofLaptop, ann.keyPackage('secret', { now: now + 60_000, device: ann.laptop }), last, ...Array.from({ length: 5 }, () => ann.keyPackage('secret', { now })))
    assert.deepEqual([told.left.length, told.lastResorts, told.counted], [5, 0, true])
    const friend = await world.client(new Person())
    const got = [await friend.getKeyPackage(ann.account.key, 1, ann.laptop.key), await friend.getKeyPackage(ann.account.key, 1, ann.laptop.key)]
    assert.deepEqual(got.map(({ record, lastResort }) => [Buffer.from(record), lastResort]), [[Buffer.from(ofLaptop), false], [Buffer.from(last), true]])
    const left = await laptop.putKeyPackages()
    assert.deepEqual([left.left.length, left.lastResorts, left.lastResortAt], [1, 1, now])
    assert.equal((await phone.putKeyPackages()).left.length, 5)
    await assert.rejects(friend.getKeyPackage(ann.account.key, 1, newKey().key), { code: 'ERR_NOT_FOUND' })
  })

  it('secret: strangers use up few of them, however many they are, and a contact gets its own all the same', async () => {
    const world = await World.create({ rates: { strangersPackages: { perSecond: 1 / 1000, burst: 2 }, oneTimePackages: { perSecond: 1 / 1000, burst: 3 } } })
    const ann = new Person()
    const phone = await world.client(ann)
    const inbox = await world.log(phone, 'inbox')
    await phone.putManifest(ann.publish({ inbox: { log: inbox.id, requests: null, key: x25519Key(new Uint8Array(32).fill(9)) } }))
    const now = world.clock.now()
    await phone.putKeyPackages(ann.keyPackage('secret', { now, lastResort: true }), ...Array.from({ length: 20 }, () => ann.keyPackage('secret', { now })))
    const lasts: boolean[] = []
    for (let i = 0; i < 6; i++) lasts.push((await (await world.client(new Person())).getKeyPackage(ann.account.key, 1)).lastResort)
    assert.deepEqual(lasts, [false, false, true, true, true, true])
    const grant = newKey()
    await phone.grant(inbox.id, { key: grant.key, expiresAt: 0 })
    const taken: boolean[] = []
    for (let i = 0; i < 2; i++) {
      const contact = await world.client(new Person())
      await contact.prove(contact.proof(inbox.id, RIGHT.append, grant))
      for (let n = 0; n < 2; n++) taken.push((await contact.getKeyPackage(ann.account.key, 1)).lastResort)
    }
    // By one key no more, on however many devices it is.
    assert.deepEqual(taken, [false, false, false, true])
    world.clock.advance(1_000_000)
    assert.equal((await (await world.client(new Person())).getKeyPackage(ann.account.key, 1)).lastResort, false)
    assert.equal((await (await world.client(ann)).putKeyPackages()).left.length, 14)
  })

  it('secret: strangers leave half of what a device brought, also when they come at once, and after a restart', async () => {
    const world = await World.create({ rates: { strangersPackages: { perSecond: 1, burst: 100 } } })
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    const fresh = (length: number): Uint8Array[] => Array.from({ length }, () => ann.keyPackage('secret', { now }))
    await phone.putKeyPackages(ann.keyPackage('secret', { now, lastResort: true }), ...fresh(8))
    const ask = async (): Promise<number> => {
      const strangers = await Promise.all(Array.from({ length: 7 }, () => world.client(new Person())))
      const got = await Promise.all(strangers.map(stranger => stranger.getKeyPackage(ann.account.key, 1)))
      return got.filter(({ lastResort }) => !lastResort).length
    }
    assert.deepEqual([await ask(), await ask()], [4, 0])
    await world.restart()
    // What it brought is not known any more: as many as any device.
    assert.equal(await ask(), 0)
    await (await world.client(ann)).putKeyPackages(...fresh(4))
    assert.equal(await ask(), 4)
  })

  it('are refused from a device that the manifest does not list, and gone with a device that is revoked', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    await assert.rejects(phone.putKeyPackages(ann.keyPackage('cloud', { now, device: newKey() })), { code: 'ERR_FORBIDDEN' })
    await assert.rejects(phone.putKeyPackages(new Person().keyPackage('cloud', { now })), { code: 'ERR_FORBIDDEN' })
    await phone.putKeyPackages(ann.keyPackage('cloud', { now, device: ann.laptop }))
    const friend = await world.client(new Person())
    await friend.getKeyPackage(ann.account.key, 0)
    await phone.putManifest(ann.revoke(ann.laptop))
    await assert.rejects(friend.getKeyPackage(ann.account.key, 0), { code: 'ERR_NOT_FOUND' })
  })

  it('are counted once, whoever brings them again, and in turn when two bring some at once', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    const batch = (length: number): Uint8Array[] => Array.from({ length }, () => ann.keyPackage('secret', { now }))
    const held = batch(40)
    await phone.putKeyPackages(...held)
    assert.equal((await phone.putKeyPackages(...held, ...batch(4))).left.length, 44)
    const both = await Promise.allSettled([phone.putKeyPackages(...batch(20)), phone.putKeyPackages(...batch(20))])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await phone.putKeyPackages()).left.length, LIMITS.keyPackagesOfDevice)
  })

  it('secret: fresh ones of a device take the place of its oldest, and of no other\'s', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    const batch = (at: number, device = ann.phone, use: 'cloud' | 'secret' = 'secret'): Uint8Array[] =>
      Array.from({ length: 33 }, (_, i) => ann.keyPackage(use, { now: at, device, lastResort: use === 'secret' && i === 0 }))
    await phone.putKeyPackages(...batch(now - 1000))
    await phone.putKeyPackages(...batch(now - 1000, ann.laptop))
    assert.equal((await phone.putKeyPackages(...batch(now))).left.length, LIMITS.keyPackagesOfDevice - 1)
    // Where the account has no room left, its own go as well.
    for (let held = 64 + 33; held < LIMITS.keyPackagesHeld; held += 33) await phone.putKeyPackages(...batch(now, ann.phone, 'cloud').slice(0, LIMITS.keyPackagesHeld - held))
    const laptop = await world.client(ann, ann.laptop)
    const fresh = batch(now, ann.laptop)
    const { left } = await laptop.putKeyPackages(...fresh)
    assert.deepEqual(left.map(hash => Buffer.from(hash).toString('hex')).sort(), fresh.slice(1).map(bytes => Buffer.from(openKeyPackage(bytes).hash).toString('hex')).sort())
    await assert.rejects(laptop.putKeyPackages(...batch(now, ann.laptop)), { code: 'ERR_QUOTA' })
    await assert.rejects(laptop.putKeyPackages(...batch(now - 2000, ann.laptop)), { code: 'ERR_QUOTA' })
    assert.equal((await phone.putKeyPackages()).left.length, LIMITS.keyPackagesOfDevice - 1)
  })

  it('are bounded in number, and in how often one device may fetch them', async () => {
    const world = await World.create({ rates: { keyPackages: { perSecond: 1, burst: 1 } } })
    const ann = new Person()
    const phone = await world.client(ann)
    const now = world.clock.now()
    const batch = (use: 'cloud' | 'secret'): Uint8Array[] => Array.from({ length: 64 }, () => ann.keyPackage(use, { now }))
    await phone.putKeyPackages(...batch('secret'))
    await assert.rejects(phone.putKeyPackages(ann.keyPackage('secret', { now })), { code: 'ERR_QUOTA' })
    for (let held = 64; held < LIMITS.keyPackagesHeld; held += 64) await phone.putKeyPackages(...batch('cloud'))
    await assert.rejects(phone.putKeyPackages(ann.keyPackage('secret', { now, device: ann.laptop })), { code: 'ERR_QUOTA' })
    const friend = await world.client(new Person())
    await friend.getKeyPackage(ann.account.key, 0)
    await assert.rejects(friend.getKeyPackage(ann.account.key, 0), { code: 'ERR_RATE' })
  })
})

describe('relay: deleting an account', () => {
  it('removes all that is kept for it, ends its sessions, and lets nothing of it come back by itself', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const pushes = new Pushes()
    const friend = await world.client(new Person(), undefined, pushes)
    const log = await world.log(phone)
    await phone.putKeyPackages(ann.keyPackage('cloud', { now: world.clock.now() }))
    await phone.appendOne(log.id, data())
    await friend.prove(friend.proof(log.id, RIGHT.read, log.epoch.read))
    await friend.follow(log.id)
    await pushes.until(() => pushes.texts.length === 1)
    const deletion = (relay = world.home.key, by = ann.phone): Uint8Array => signAccountDeletion({ account: ann.account.key, relay, time: 1 }, by)
    await assert.rejects(phone.deleteAccount(deletion(newKey().key)), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(phone.deleteAccount(deletion(undefined, newKey())), { code: 'ERR_PROOF' })
    await assert.rejects(friend.deleteAccount(deletion()), { code: 'ERR_FORBIDDEN' })
    await phone.deleteAccount(deletion())
    await assert.rejects(phone.usage(), { code: 'ERR_SESSION', details: { deleted: true } })
    await pushes.until(() => pushes.ended.length === 1)
    assert.equal(pushes.ended[0]!.error.code, 'ERR_NOT_FOUND')
    await assert.rejects(friend.getManifest(ann.account.key), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(world.channel(ann.phone).open(ann), { code: 'ERR_PROOF' })

    ann.publish({ time: 5 }, ann.account)
    const back = await world.client(ann)
    assert.deepEqual({ ...await back.usage() }, { role: 1, logs: 0, bytes: 0, quotaBytes: 1024 ** 3, leases: 0, mediaBytes: 0, mediaQuotaBytes: 10 * 1024 ** 3 })
    await assert.rejects(back.createLog(log), { code: 'ERR_EXISTS' })
    await assert.rejects(friend.getKeyPackage(ann.account.key, 0), { code: 'ERR_NOT_FOUND' })
  })

  it('is finished after a crash in the middle', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    const { beforeWrite } = world.disk
    let writes = 0
    world.disk.beforeWrite = async () => { if (++writes > 2) throw new Error('the power is gone') }
    await assert.rejects(phone.deleteAccount(signAccountDeletion({ account: ann.account.key, relay: world.home.key, time: 1 }, ann.phone)))
    world.disk.beforeWrite = beforeWrite
    await world.restart()
    const friend = await world.client(new Person())
    await assert.rejects(friend.getManifest(ann.account.key), { code: 'ERR_NOT_FOUND' })
    await assert.rejects(friend.head(log.id), { code: 'ERR_NOT_FOUND' })
  })
})

describe('relay: reports', () => {
  it('wait for the operator, bounded in number and by device', async () => {
    const world = await World.create({ reports: 2, rates: { reports: { perSecond: 1, burst: 2 } } })
    const eve = await world.client(new Person())
    const { id } = new TestLog(world.home.key)
    await eve.report(id, 'spam')
    await eve.report(id, 'more spam')
    await assert.rejects(eve.report(id, 'too often'), { code: 'ERR_RATE' })
    await assert.rejects((await world.client(new Person())).report(id, 'too many'), { code: 'ERR_QUOTA' })
    await assert.rejects((await world.client(new Person())).report(id, 'x'.repeat(100_000)), { code: 'ERR_TOO_LARGE' })
  })
})
