import assert from 'node:assert/strict'
import { LIMITS, type PetrelError, ROLE, RIGHT, sameBytes, signAccountDeletion, signManifest, WAY } from '../../src/protocol/wire/index.js'
import { wayOf } from '../../src/relay/net/index.js'
import { data, newKey, Person, Pushes, World } from './kit/world.js'

describe('relay: sessions', () => {
  it('opens one for a device in the manifest, and hosts the account where everybody may come', async () => {
    const world = await World.create()
    const ann = new Person()
    const client = world.channel(ann.phone)
    const session = await client.open(ann)
    assert.equal(session.role, ROLE.hosted)
    assert.equal(session.id.length, 16)
    assert.equal(session.expiresMs, 600_000)
  })

  it('refuses a device whose key Noise proved and the manifest does not list', async () => {
    const world = await World.create()
    await assert.rejects(world.channel(newKey()).open(new Person()), { code: 'ERR_FORBIDDEN' })
  })

  it('refuses a certificate that another account has signed', async () => {
    const world = await World.create()
    const ann = new Person()
    const eve = new Person()
    const manifest = signManifest({ ...ann.manifest, devices: [{ key: eve.phone.key, cert: eve.certify(eve.phone) }] }, eve.phone)
    await assert.rejects(world.channel(eve.phone).open(ann, { manifest }), { code: 'ERR_PROOF' })
  })

  it('refuses devices that certify each other in a ring without a word of the account key', async () => {
    const world = await World.create()
    const ann = new Person()
    const [a, b] = [newKey(), newKey()]
    const manifest = signManifest({
      ...ann.manifest, devices: [{ key: a.key, cert: ann.certify(a, b) }, { key: b.key, cert: ann.certify(b, a) }]
    }, a)
    await assert.rejects(world.channel(a).open(ann, { manifest }), { code: 'ERR_PROOF' })
  })

  it('refuses a manifest of another account than the one that is named', async () => {
    const world = await World.create()
    const ann = new Person()
    await assert.rejects(world.channel(ann.phone).open(ann, { manifest: new Person().bytes }), { code: 'ERR_FORBIDDEN' })
  })

  it('refuses calls without a session, after its end, and lets it be renewed before', async () => {
    const world = await World.create()
    const ann = new Person()
    const client = world.channel(ann.phone)
    await assert.rejects(client.usage(), { code: 'ERR_SESSION' })
    await client.open(ann)
    world.clock.advance(599_000)
    await client.renew()
    world.clock.advance(599_000)
    await client.usage()
    world.clock.advance(2000)
    await assert.rejects(client.usage(), { code: 'ERR_SESSION', details: { expired: true } })
    await assert.rejects(client.renew(), { code: 'ERR_SESSION' })
    await client.open(ann)
    await client.close()
    await assert.rejects(client.usage(), { code: 'ERR_SESSION' })
  })

  it('ends a revoked device\'s session at once, with its follows, and lets it not come back by an old manifest', async () => {
    const world = await World.create()
    const ann = new Person()
    const pushes = new Pushes()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    const laptop = await world.client(ann, ann.laptop, pushes)
    await laptop.proveAll(log)
    await laptop.follow(log.id)
    const old = ann.bytes
    await phone.putManifest(ann.revoke(ann.laptop))
    await assert.rejects(laptop.usage(), (error: PetrelError) => error.code === 'ERR_SESSION' && error.details.revoked === true)
    await pushes.until(() => pushes.ended.length === 1)
    assert.equal(pushes.ended[0]!.error.code, 'ERR_SESSION')
    await phone.appendOne(log.id, data())
    assert.equal(pushes.entries.length, 0)
    for (const manifest of [old, ann.bytes]) await assert.rejects(world.channel(ann.laptop).open(ann, { manifest }), (error: PetrelError) => error.code === 'ERR_SESSION' && error.details.revoked === true)
  })

  it('takes a newer manifest with the session that presents it, and judges other devices by it', async () => {
    const world = await World.create()
    const ann = new Person()
    const laptop = await world.client(ann, ann.laptop)
    ann.revoke(ann.laptop)
    await world.client(ann)
    await assert.rejects(laptop.usage(), { code: 'ERR_SESSION' })
  })

  it('refuses a manifest that contradicts the held one', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    await phone.putManifest(ann.publish({ time: 2 }))
    const fork = signManifest({ ...ann.manifest, time: 3 }, ann.laptop)
    await assert.rejects(world.channel(ann.laptop).open(ann, { manifest: fork }), { code: 'ERR_PROOF' })
    await assert.rejects(phone.putManifest(fork), { code: 'ERR_PROOF' })
  })

  it('makes guests of those without a token, and hosts who brings one, as often as it says', async () => {
    const world = await World.create({ admission: 'token' })
    const ann = new Person()
    const guest = world.channel(ann.phone)
    assert.equal((await guest.open(ann)).role, ROLE.guest)
    await assert.rejects(world.log(guest), { code: 'ERR_ADMISSION' })
    await assert.rejects(guest.open(ann, { token: 'petrel-token-wrong' }), { code: 'ERR_ADMISSION' })
  })

  it('uses a token up once for devices of one account that come together, and counts the account once', async () => {
    const world = await World.create({ admission: 'token' })
    const ann = new Person()
    const { token } = await world.set.tokens.create({})
    const [phone, laptop] = [world.channel(ann.phone), world.channel(ann.laptop)]
    const roles = await Promise.all([phone, laptop].map(async device => (await device.open(ann, { token })).role))
    assert.deepEqual(roles, [ROLE.hosted, ROLE.hosted])
    assert.equal(world.set.accounts.count, 1)
  })

  it('judges a guest\'s device by the newest manifest it has seen', async () => {
    const world = await World.create({ admission: 'closed' })
    const ann = new Person()
    const old = ann.bytes
    const laptop = await world.client(ann, ann.laptop)
    ann.revoke(ann.laptop)
    await world.client(ann)
    await assert.rejects(laptop.usage(), { code: 'ERR_SESSION' })
    await assert.rejects(world.channel(ann.laptop).open(ann, { manifest: old }), { code: 'ERR_SESSION' })
  })

  it('limits how often a device opens sessions, on whatever connection', async () => {
    const world = await World.create({ rates: { sessions: { perSecond: 1, burst: 2 } } })
    const ann = new Person()
    await world.client(ann)
    await world.client(ann)
    await assert.rejects(world.client(ann), (error: { code: string, details: { retryMs: number } }) => error.code === 'ERR_RATE' && error.details.retryMs > 0)
    world.clock.advance(1000)
    await world.client(ann)
  })
})

describe('relay: the devices of an account', () => {
  const run = (n: number): Uint8Array => new Uint8Array(LIMITS.runBytes).fill(n)

  it('lists those that were there, when, and by which class of address, to their own account alone', async () => {
    const world = await World.create()
    const [ann, bob] = [new Person(), new Person()]
    const phone = await world.client(ann)
    const laptop = await world.client(ann, ann.laptop)
    world.clock.advance(1000)
    await laptop.close()
    world.clock.advance(1000)
    const sessions = await phone.sessions()
    const of = (device: Uint8Array): unknown => {
      const found = sessions.find(one => sameBytes(one.device, device))!
      return [found.open, world.clock.now() - found.seen, found.way]
    }
    assert.equal(sessions.length, 2)
    assert.deepEqual([of(ann.phone.key), of(ann.laptop.key)], [[true, 0, WAY.here], [false, 1000, WAY.here]])
    const others = await (await world.client(bob)).sessions()
    assert.deepEqual(others.map(one => sameBytes(one.device, bob.phone.key)), [true])
  })

  it('keeps no word of them for guests, and forgets them with their account', async () => {
    const closed = await World.create({ admission: 'closed' })
    const guest = await closed.client(new Person())
    await assert.rejects(guest.sessions(), { code: 'ERR_ADMISSION' })
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    await phone.deleteAccount(signAccountDeletion({ account: ann.account.key, relay: world.home.key, time: 1 }, ann.phone))
    assert.deepEqual(await world.set.seen.list(ann.account.key), [])
  })

  it('tells every session of an account of its newer manifest, and a device that comes with an older one', async () => {
    const world = await World.create()
    const ann = new Person()
    const pushes = new Pushes()
    const old = ann.bytes
    const laptop = await world.client(ann, ann.laptop, pushes)
    const phone = await world.client(ann)
    await phone.putManifest(ann.publish({ time: 2 }))
    await pushes.until(() => pushes.manifests.length === 1)
    assert.deepEqual(pushes.manifests[0], ann.bytes)
    assert.deepEqual((await laptop.open(ann, { manifest: old })).manifest, ann.bytes)
    assert.equal((await laptop.open(ann)).manifest, undefined)
  })

  it('refuses a copy of a device\'s home that does not know the last session, and goes on with the one that does', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = world.channel(ann.phone)
    await phone.open(ann, { run: run(1) })
    await phone.open(ann, { run: run(2), before: [run(1)] })
    const copy = world.channel(ann.phone)
    for (const before of [[run(1)], []]) await assert.rejects(copy.open(ann, { run: run(9), before }), { code: 'ERR_FORBIDDEN', details: { cloned: true } })
    // Nor one that says nothing.
    await assert.rejects(copy.open(ann), { details: { cloned: true } })
    await phone.open(ann, { run: run(2), before: [run(1)] })
    await phone.open(ann, { run: run(3), before: [run(2), run(1)] })
    await world.client(ann, ann.laptop)
  })

  it('puts both out when two copies of a home run at once, and lets the one that the person keeps come back', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = world.channel(ann.phone)
    await phone.open(ann, { run: run(1) })
    // Copied while it runs: the copy knows its last session.
    const copy = world.channel(ann.phone)
    await copy.open(ann, { run: run(20), before: [run(1)] })
    await copy.usage()
    // It took a number for a session that was cut off on its way here, too.
    await assert.rejects(phone.open(ann, { run: run(3), before: [run(2), run(1)] }), { code: 'ERR_FORBIDDEN', details: { cloned: true } })
    await assert.rejects(copy.usage(), { code: 'ERR_FORBIDDEN', details: { cloned: true, last: true } })
    // Whose connection the other's took the place of hears it when it comes back by itself.
    await assert.rejects(copy.open(ann, { run: run(21), before: [run(20), run(1)] }), { details: { cloned: true, last: true } })
    world.clock.advance(LIMITS.clonedOutMs)
    await copy.open(ann, { run: run(21), before: [run(20), run(1)] })
    await copy.usage()
    // An old copy that comes by disturbs nobody.
    await assert.rejects(world.channel(ann.phone).open(ann, { run: run(9), before: [run(1)] }), { details: { cloned: true } })
    await copy.usage()
  })

  it('lets a device come back that knows more than a relay that was put back to an older state', async () => {
    const world = await World.create()
    const ann = new Person()
    await world.channel(ann.phone).open(ann, { run: run(1) })
    const backup = world.backup()
    await world.channel(ann.phone).open(ann, { run: run(2), before: [run(1)] })
    await world.restore(backup)
    await world.channel(ann.phone).open(ann, { run: run(3), before: [run(2), run(1)] })
  })

  it('bounds the numbers that a device shows', async () => {
    const world = await World.create()
    const ann = new Person()
    await assert.rejects(world.channel(ann.phone).open(ann, { run: new Uint8Array(15) }), { code: 'ERR_BAD_INPUT' })
    await assert.rejects(world.channel(ann.phone).open(ann, { run: run(1), before: Array.from({ length: LIMITS.runsKept + 1 }, (_, i) => run(i)) }), { code: 'ERR_BAD_INPUT' })
  })

  it('knows the class of an address', () => {
    const classes = ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1', '/memory/local', '/ip4/192.168.1.2/tcp/1', '/ip6/fe80::1/tcp/1', '/ip4/8.8.8.8/tcp/1', '/ip4/8.8.8.8/tcp/1/p2p/x/p2p-circuit', '/dns4/x/tcp/1'].map(wayOf)
    assert.deepEqual(classes, [WAY.here, WAY.here, WAY.here, WAY.local, WAY.local, WAY.internet, WAY.relayed, WAY.unknown])
  })
})

describe('relay: capability proofs', () => {
  it('takes a proof of this connection, and no replay of another one\'s', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    const laptop = await world.client(ann, ann.laptop)
    const replays = [
      phone.proof(log.id, RIGHT.append, log.epoch.append),
      laptop.proof(log.id, RIGHT.append, log.epoch.append, phone.channel.remoteHello.nonce),
      laptop.proof(log.id, RIGHT.append, log.epoch.append, undefined, ann.phone.key),
      { ...laptop.proof(log.id, RIGHT.read, log.epoch.append), right: RIGHT.append },
      laptop.proof(log.id, RIGHT.append, log.epoch.read)
    ]
    const errors = await laptop.tryProve(...replays)
    assert.deepEqual(errors.map(error => error?.code), ['ERR_PROOF', 'ERR_PROOF', 'ERR_PROOF', 'ERR_PROOF', 'ERR_FORBIDDEN'])
    await assert.rejects(laptop.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
    await laptop.proveAll(log)
    await laptop.appendOne(log.id, data())
  })

  it('forgets what was proved when the session ends', async () => {
    const world = await World.create()
    const ann = new Person()
    const phone = await world.client(ann)
    const log = await world.log(phone)
    await phone.open(ann)
    await assert.rejects(phone.appendOne(log.id, data()), { code: 'ERR_FORBIDDEN' })
  })
})
