import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { makeDeviceCard } from '../../../src/node/vault/index.js'
import { signerFromSeed, type Signer } from '../../../src/protocol/wire/index.js'
import { SmallRelay } from '../small-world.js'
import { eventually, familyManifest, VaultDevice } from './devices-world.js'

describe('a vault that several devices share', () => {
  let relay: SmallRelay
  let account: Signer
  let devices: VaultDevice[] = []

  beforeEach(async () => {
    relay = await SmallRelay.start()
    account = signerFromSeed(randomBytes(32))
  })
  afterEach(async () => {
    for (const device of devices) await device.close()
    devices = []
    await relay.stop()
  })

  async function pair (): Promise<[VaultDevice, VaultDevice]> {
    const phone = new VaultDevice('phone', [relay])
    const laptop = new VaultDevice('laptop', [relay])
    devices = [phone, laptop]
    const manifest = familyManifest(account, [phone.signer, laptop.signer])
    await phone.open(account, manifest, relay)
    await phone.vault.write('contact/ann', 'Ann')
    await eventually(() => phone.manifest.manifest.vault !== undefined)
    await phone.shared.renew({ cards: [await makeDeviceCard(laptop.signer, laptop.seed, 1)] })
    await laptop.open(account, phone.manifest.bytes, relay)
    await laptop.shared.whenRead()
    return [phone, laptop]
  }

  it('gives a device that comes all that is there, and each what the other changes', async () => {
    const [phone, laptop] = await pair()
    assert.equal(laptop.vault.get('contact/ann'), 'Ann')
    await laptop.vault.write('contact/bob', 'Bob')
    await laptop.vault.published(['contact/bob'])
    await phone.vault.current()
    assert.equal(phone.vault.get('contact/bob'), 'Bob')
    await phone.vault.kv.batch([phone.vault.del('contact/bob')])
    await phone.vault.published(['contact/bob'])
    await laptop.vault.current()
    assert.equal(laptop.vault.get('contact/bob'), undefined)
    await eventually(() => JSON.stringify([...phone.records()]) === JSON.stringify([...laptop.records()]))
  })
})
