import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { eraserSeed } from '../../src/node/eraser-seed.js'
import { makeDeviceCard } from '../../src/node/vault/device-record.js'
import { sameBytes, signerFromSeed } from '../../src/protocol/wire/index.js'
import { SmallRelay } from './small-world.js'
import { eventually, familyManifest, VaultDevice } from './vault/devices-world.js'

describe('the secret that erases an account\'s own messages', () => {
  let relay: SmallRelay
  let devices: VaultDevice[]

  beforeEach(async () => {
    relay = await SmallRelay.start()
    devices = [new VaultDevice('phone', [relay]), new VaultDevice('laptop', [relay])]
  })
  afterEach(async () => {
    for (const device of devices) await device.close()
    await relay.stop()
  })

  /** The phone has made the seed, and lets the laptop into the vault. */
  async function letIn (): Promise<{ laptop: VaultDevice, first: () => Uint8Array, seed: Uint8Array }> {
    const [phone, laptop] = devices as [VaultDevice, VaultDevice]
    const account = signerFromSeed(randomBytes(32))
    await phone.open(account, familyManifest(account, [phone.signer, laptop.signer]), relay)
    const first = await eraserSeed(phone.vault)
    const seed = first()
    await eventually(() => phone.manifest.manifest.vault !== undefined)
    await phone.vault.published(['eraser'])
    await phone.shared.renew({ cards: [await makeDeviceCard(laptop.signer, laptop.seed, 1)] })
    await laptop.open(account, phone.manifest.bytes, relay)
    return { laptop, first, seed }
  }

  it('is the first device\'s on a device that comes later, also when that one asks before it has read the vault', async () => {
    const { laptop, first, seed } = await letIn()
    const second = await eraserSeed(laptop.vault)
    await laptop.shared.whenRead()
    await eventually(() => sameBytes(second(), seed))
    assert.deepEqual(first(), seed)
  })

  it('is the one that stands in the vault, when a device made one of its own meanwhile', async () => {
    const { laptop, first, seed } = await letIn()
    if (laptop.vault.get('eraser') === undefined) await laptop.vault.write('eraser', new Uint8Array(randomBytes(32)))
    const second = await eraserSeed(laptop.vault)
    await laptop.shared.whenRead()
    await eventually(() => sameBytes(second(), seed))
    await laptop.vault.published(['eraser'])
    assert.deepEqual(first(), seed)
  })
})
