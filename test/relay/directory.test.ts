import assert from 'node:assert/strict'
import { openManifest, type Manifest, type Signer } from '../../src/protocol/wire/index.js'
import type { Host } from '../../src/relay/net/index.js'
import type { Client } from './kit/client.js'
import { liar, neighbours, type Watched } from './kit/neighbours.js'
import { Scene, type RealPerson } from './kit/real.js'

describe('relay: manifests among relays', () => {
  const scene = new Scene()
  let a: Watched
  let b: Watched
  let c: Watched
  let tell: Awaited<ReturnType<typeof liar>>['tell']
  let host: Host

  before(async () => {
    [a, b, c] = await neighbours(scene, 3) as [Watched, Watched, Watched];
    ({ host, tell } = await liar(a))
  })
  after(async () => {
    await host.stop()
    await scene.end()
  })

  /** A person hosted at a relay. */
  async function hosted ({ relay }: Watched): Promise<{ person: RealPerson, phone: Client }> {
    const person = await scene.person()
    const phone = await person.dial(relay)
    await phone.open(person)
    return { person, phone }
  }

  /** Bob, and what he publishes at his relay, once others have it. */
  async function published (at: Watched, change: (bob: RealPerson) => Uint8Array): Promise<{ bob: RealPerson, phone: Client, first: Pick<RealPerson, 'manifest' | 'bytes'> }> {
    const from = at.lines.lines.length
    const { person: bob, phone } = await hosted(at)
    await at.lines.until('directory.published', ({ taken }) => Number(taken) >= 2, from)
    const first = { manifest: bob.manifest, bytes: bob.bytes }
    const then = at.lines.lines.length
    await phone.putManifest(change(bob))
    await at.lines.until('directory.published', ({ taken }) => Number(taken) >= 2, then)
    return { bob, phone, first }
  }

  it('are not found when nobody knows them, nor by a guest', async () => {
    const { phone } = await hosted(a)
    const stranger = await scene.person()
    await assert.rejects(phone.findManifest(stranger.account.key), { code: 'ERR_NOT_FOUND' })
    const closed = await scene.relay({ http: false, admission: 'closed' })
    const guest = await stranger.dial(closed)
    await guest.open(stranger)
    await assert.rejects(guest.findManifest(stranger.account.key), { code: 'ERR_ADMISSION' })
  })

  it('are looked up within a bound for each device', async () => {
    const relay = await scene.relay({ http: false, rates: { lookups: { perSecond: 0.001, burst: 2 } } })
    const ann = await scene.person()
    const phone = await ann.dial(relay)
    await phone.open(ann)
    for (let i = 0; i < 2; i++) assert.deepEqual(await phone.findManifest(ann.account.key), [ann.bytes])
    await assert.rejects(phone.findManifest(ann.account.key), { code: 'ERR_RATE' })
  })

  it('go on being the newest when somebody puts an older one back, whoever is asked', async () => {
    const { bob, first } = await published(b, one => one.publish({ time: 2 }))
    await tell(bob.account.key, first.bytes)
    const { phone: alice } = await hosted(a)
    assert.deepEqual(await alice.findManifest(bob.account.key), [bob.bytes])
  })

  it('are both shown when they contradict each other, and the one that was known first stays', async () => {
    const { bob, phone, first } = await published(b, one => one.publish({ time: 2 }))
    const from = a.lines.lines.length
    await tell(bob.account.key, forkOf(bob, first, { time: 3 }, bob.laptop))
    await a.lines.until('directory.fork', () => true, from)
    const { phone: alice } = await hosted(a)
    const found = await alice.findManifest(bob.account.key)
    assert.equal(found.length, 2)
    assert.deepEqual(new Set(found.map(bytes => openManifest(bytes).manifest.time)), new Set([2, 3]))
    assert.deepEqual(await phone.getManifest(bob.account.key), bob.bytes, 'bob\'s own relay keeps the one it had')
  })

  it('of a device that was revoked win nothing by a high number', async () => {
    const { bob, first } = await published(b, one => one.revoke(one.laptop))
    const from = a.lines.lines.length
    await tell(bob.account.key, forkOf(bob, first, { version: 99 }, bob.laptop))
    await a.lines.until('directory.fork', () => true, from)
    const { phone: alice } = await hosted(b)
    assert.deepEqual((await alice.findManifest(bob.account.key))[0], bob.bytes)
  })

  it('are nothing but manifests: what does not hold, or is another account\'s, is not kept', async () => {
    const [ann, bob] = [await hosted(b), await hosted(b)]
    await tell(ann.person.account.key, bob.person.bytes)
    await tell(ann.person.account.key, ann.person.bytes.map((byte, i) => i === 100 ? byte ^ 1 : byte))
    const { phone: alice } = await hosted(a)
    assert.deepEqual(await alice.findManifest(ann.person.account.key), [ann.person.bytes])
    const nobody = (await scene.person()).account.key
    await tell(nobody, bob.person.bytes)
    await assert.rejects(alice.findManifest(nobody), { code: 'ERR_NOT_FOUND' })
  })

  it('are found from another relay by the account\'s id alone, the newest, also when the relay that published is gone', async () => {
    const { bob } = await published(b, one => one.publish({ time: 2 }))
    const { phone: alice } = await hosted(a)
    assert.deepEqual(await alice.findManifest(bob.account.key), [bob.bytes])
    await b.relay.stop()
    const { phone: carol } = await hosted(c)
    for (const asker of [alice, carol]) assert.deepEqual(await asker.findManifest(bob.account.key), [bob.bytes])
  })
})

/** Another next version than the one that the account published, signed by one of its devices. */
function forkOf (person: RealPerson, first: { manifest: Manifest, bytes: Uint8Array }, change: Partial<Manifest>, by: Signer): Uint8Array {
  const now = { manifest: person.manifest, bytes: person.bytes }
  Object.assign(person, first)
  const forked = person.publish(change, by)
  Object.assign(person, now)
  return forked
}
