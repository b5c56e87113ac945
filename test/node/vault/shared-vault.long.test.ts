/** What shared-vault.test.ts does, at length. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { makeDeviceCard } from '../../../src/node/vault/device-record.js'
import { signerFromSeed, type Signer } from '../../../src/protocol/wire/index.js'
import { SmallRelay } from '../small-world.js'
import { eventually, familyManifest, raceOf, VaultDevice } from './devices-world.js'

describe('a vault that several devices share, at length', function () {
  this.timeout(600_000)
  let relay: SmallRelay
  let account: Signer
  let phone: VaultDevice
  let laptop: VaultDevice

  beforeEach(async () => {
    relay = await SmallRelay.start()
    account = signerFromSeed(randomBytes(32))
    phone = new VaultDevice('phone', [relay])
    laptop = new VaultDevice('laptop', [relay])
    for (const device of [phone, laptop]) device.slackBytes = 200_000
    await phone.open(account, familyManifest(account, [phone.signer, laptop.signer]), relay)
    await phone.vault.write('mute/ann', 'Ann')
    await eventually(() => phone.manifest.manifest.vault !== undefined)
    await phone.shared.renew({ cards: [await makeDeviceCard(laptop.signer, laptop.seed, 1)] })
    await laptop.open(account, phone.manifest.bytes, relay)
    await laptop.shared.whenRead()
  })
  afterEach(async () => {
    for (const device of [phone, laptop]) await device.close()
    await relay.stop()
  })

  async function agree (): Promise<void> {
    const all = [phone, laptop]
    await eventually(async () => {
      for (const device of all) for (const { manifest } of all) if (await device.account.takeManifest(manifest.bytes)) device.shared.kick()
      return all.every(({ shared, vault }) => shared.status().state === 'current' && vault.waiting().length === 0) && new Set(all.map(device => JSON.stringify([...device.records()]))).size === 1
    }, 120_000)
  }

  it('ends in one state after a thousand writes that two devices race for', async () => {
    await Promise.all([raceOf(phone, 500, 50), raceOf(laptop, 500, 50)])
    await agree()
    assert.equal([...phone.vault.list('mute/')].length, 1 + 2 * (500 - 45))
  })

  it('carries records of megabytes, and thousands at once', async () => {
    const large = randomBytes(3_900_000)
    await phone.vault.kv.batch([phone.vault.put('chat-key/large', new Uint8Array(large)), ...Array.from({ length: 3000 }, (_, i) => phone.vault.put(`mute/${i}`, 'x'.repeat(i)))])
    await phone.vault.published(['chat-key/large'])
    await agree()
    assert.deepEqual(laptop.vault.get('chat-key/large'), new Uint8Array(large))
  })

  it('loses nothing and doubles nothing when a device dies before any of its writes', async () => {
    for (let n = 1; n <= 40; n++) {
      const copy = phone.dieAt(n)
      await laptop.vault.write('draft/x', `laptop ${n}`)
      const work = async (): Promise<void> => {
        await phone.vault.write(`mute/${n}`, new Uint8Array(randomBytes(100_000)))
        await phone.vault.published([`mute/${n}`])
        if (n % 2 === 0) await phone.shared.restart()
        for (let i = 0; i < 10; i++) await phone.vault.write('chat-key/x', new Uint8Array(randomBytes(60_000)))
      }
      const died = await Promise.race([copy, work().then(() => undefined, () => copy)])
      // It made fewer writes than that.
      if (died === undefined) {
        phone.disk.beforeWrite = () => Promise.resolve()
        break
      }
      await phone.crash(account, phone.manifest.bytes, relay, died)
      await phone.vault.write('draft/x', `phone ${n}`)
      await agree()
    }
  })
})
