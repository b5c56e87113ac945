import assert from 'node:assert/strict'
import { accountFromPhrase } from '../../src/protocol/crypto/index.js'
import { keyFromPeerId, openManifest, randomSeed, signCertificate, signerFromSeed, signManifest, type CheckedManifest, type Signer } from '../../src/protocol/wire/index.js'
import { createHost, dialGateway, type Host } from '../../src/relay/net/index.js'
import { World, type Person } from '../node/world.js'
import { Client } from '../relay/kit/client.js'

describe('a device that was stolen and is revoked', () => {
  let world: World
  let alice: Person
  let bob: Person
  let host: Host
  let laptop: Client

  beforeEach(async () => {
    world = await World.make()
    alice = await world.person('alice', { timing: { refusedMs: 20 } })
    bob = await world.person('bob')
    await world.introduce(alice, bob)
    await alice.node.send('bob', 'while it was mine', { wait: 'delivered' })
    host = await createHost({ role: 'node', seed: randomSeed() })
    laptop = new Client(await dialGateway(host, world.relay.addresses(), world.relay.key))
  })
  afterEach(async () => {
    await host.stop()
    await world.close()
  })

  /** The next manifest, of another device of the same account, made with the phrase. */
  function revoking (held: CheckedManifest, signer: Signer, stolen: Uint8Array, device: Uint8Array): Uint8Array {
    const { manifest, hash } = held
    const cert = signCertificate({ v: 1, account: manifest.account, device, time: Date.now() }, signer)
    return signManifest({
      ...manifest, version: manifest.version + 1, prev: hash, devices: [{ key: device, cert }], revoked: [{ key: stolen, version: manifest.version + 1 }], keyPackages: []
    }, signer)
  }

  /** Waits until the thief's device has stopped, and gives what it says then. */
  async function stopped (): Promise<string> {
    const end = AbortSignal.timeout(50_000)
    for (;;) {
      const [warning = ''] = (await alice.node.status()).warnings
      if (/revoked/.test(warning)) return warning
      if (end.aborted) throw new Error(`it says: ${warning}`)
      await new Promise(resolve => { setImmediate(resolve) })
    }
  }

  it('is out at once, is told why, and sends and shows nothing more', async () => {
    const { signer } = accountFromPhrase(alice.words)
    const identity = await alice.node.identity()
    const bytes = revoking(openManifest(await manifestOf(signer.key)), signer, keyFromPeerId(identity.device), laptop.channel.localPeer)
    await laptop.open({ account: signer, bytes })
    assert.match(await stopped(), /this device was revoked by its account/)
    const out = { code: 'ERR_FORBIDDEN', details: { revoked: true } }
    await assert.rejects(alice.node.send('bob', 'the thief says', { wait: 'queued' }), out)
    await world.restart(alice)
    await stopped()
    await assert.rejects(alice.node.send('bob', 'the thief says', { wait: 'queued' }), out)
    await assert.rejects(alice.node.showChat('bob'), out)
    assert.deepEqual(await alice.node.identity(), identity)
    assert.deepEqual((await bob.node.showChat('alice')).messages.map(m => m.text), ['while it was mine'])
  })

  /** What the relay holds of an account, as any stranger may ask for it. */
  async function manifestOf (account: Uint8Array): Promise<Uint8Array> {
    const stranger = signerFromSeed(randomSeed())
    const cert = signCertificate({ v: 1, account: stranger.key, device: laptop.channel.localPeer, time: 0 }, stranger)
    const own = signManifest({
      v: 1, account: stranger.key, generation: 1, version: 1, prev: null, devices: [{ key: laptop.channel.localPeer, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 0
    }, stranger)
    await laptop.open({ account: stranger, bytes: own })
    return await laptop.getManifest(account)
  }
})
