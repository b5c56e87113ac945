import assert from 'node:assert/strict'
import { openManifest, type Manifest, type Signer } from '../../src/protocol/wire/index.js'
import type { Host } from '../../src/relay/net/index.js'
import type { Client } from './kit/client.js'
import { liar, neighbours, type Watched } from './kit/neighbours.js'
import { Scene, type RealPerson } from './kit/real.js'

describe('relay: manifests among relays', () => {
  const scene = new Scene()
  const hosts: Host[] = []
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(host => host.stop()))
    await scene.end()
  })

  /** A person hosted at a relay. */
  async function hosted ({ relay }: Watched): Promise<{ person: RealPerson, phone: Client }> {
    const person = await scene.person()
    const phone = await person.dial(relay)
    await phone.open(person)
    return { person, phone }
  }

  /** What a liar in the DHT does not forget. */
  async function lie (among: Watched): Promise<Awaited<ReturnType<typeof liar>>> {
    const one = await liar(among)
    hosts.push(one.host)
    return one
  }

  it('are found from another relay by the account\'s id alone, the newest, also when the relay that published is gone', async () => {
    const relays = await neighbours(scene, 3)
    const [a, b, c] = relays as [Watched, Watched, Watched]
    const { person: bob, phone } = await hosted(b)
    await b.lines.until('directory.published', ({ taken }) => Number(taken) >= 2)
    const { phone: alice } = await hosted(a)
    assert.deepEqual(await alice.findManifest(bob.account.key), [bob.bytes])
    const from = b.lines.lines.length
    await phone.putManifest(bob.publish({ time: 2 }))
    await b.lines.until('directory.published', ({ taken }) => Number(taken) >= 2, from)
    await b.relay.stop()
    const { phone: carol } = await hosted(c)
    for (const asker of [alice, carol]) assert.deepEqual(await asker.findManifest(bob.account.key), [bob.bytes])
  })

  it('are not found when nobody knows them, nor by a guest', async () => {
    const [a] = await neighbours(scene, 2) as [Watched, Watched]
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
    const [a, b] = await neighbours(scene, 2) as [Watched, Watched]
    const { person: bob, phone } = await hosted(b)
    const old = bob.bytes
    await phone.putManifest(bob.publish({ time: 2 }))
    await b.lines.until('directory.published')
    await (await lie(a)).tell(bob.account.key, old)
    const { phone: alice } = await hosted(a)
    assert.deepEqual(await alice.findManifest(bob.account.key), [bob.bytes])
  })

  it('are both shown when they contradict each other, and the one that was known first stays', async () => {
    const [a, b] = await neighbours(scene, 2) as [Watched, Watched]
    const { person: bob, phone } = await hosted(b)
    const first = { manifest: bob.manifest, bytes: bob.bytes }
    await phone.putManifest(bob.publish({ time: 2 }))
    const true2 = bob.bytes
    await b.lines.until('directory.published', ({ taken }) => Number(taken) > 0)
    const forked = forkOf(bob, first, { time: 3 }, bob.laptop)
    await (await lie(a)).tell(bob.account.key, forked)
    await a.lines.until('directory.fork')
    const { phone: alice } = await hosted(a)
    const found = await alice.findManifest(bob.account.key)
    assert.equal(found.length, 2)
    assert.deepEqual(new Set(found.map(bytes => openManifest(bytes).manifest.time)), new Set([2, 3]))
    assert.deepEqual(await phone.getManifest(bob.account.key), true2, 'bob\'s own relay keeps the one it had')
  })

  it('of a device that was revoked win nothing by a high number', async () => {
    const [a, b] = await neighbours(scene, 2) as [Watched, Watched]
    const { person: bob, phone } = await hosted(b)
    const first = { manifest: bob.manifest, bytes: bob.bytes }
    await phone.putManifest(bob.revoke(bob.laptop))
    await b.lines.until('directory.published', ({ taken }) => Number(taken) > 0)
    await (await lie(a)).tell(bob.account.key, forkOf(bob, first, { version: 99 }, bob.laptop))
    await a.lines.until('directory.fork')
    const { phone: alice } = await hosted(b)
    assert.deepEqual((await alice.findManifest(bob.account.key))[0], bob.bytes)
  })

  it('are nothing but manifests: what does not hold, or is another account\'s, is not kept', async () => {
    const [a, b] = await neighbours(scene, 2) as [Watched, Watched]
    const [ann, bob] = [await hosted(b), await hosted(b)]
    const { tell } = await lie(a)
    await tell(ann.person.account.key, bob.person.bytes)
    await tell(ann.person.account.key, ann.person.bytes.map((byte, i) => i === 100 ? byte ^ 1 : byte))
    const { phone: alice } = await hosted(a)
    assert.deepEqual(await alice.findManifest(ann.person.account.key), [ann.person.bytes])
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
