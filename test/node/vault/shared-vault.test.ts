import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { deviceRecordName } from '../../../src/node/vault/index.js'
import { makeDeviceCard } from '../../../src/node/vault/device-record.js'
import { vaultRecoveryKeys } from '../../../src/protocol/crypto/index.js'
import { signRecoveryCard } from '../../../src/protocol/message/index.js'
import { decodeGenesis, ENTRY_KIND, logIdOf, peerIdText, sameBytes, signerFromSeed, type Signer } from '../../../src/protocol/wire/index.js'
import { SmallRelay } from '../small-world.js'
import { eventually, familyManifest, raceOf, VaultDevice } from './devices-world.js'

const homeOf = ({ manifest: { manifest: { vault } } }: VaultDevice): string => peerIdText(decodeGenesis(vault!.genesis).home)

describe('a vault that several devices share', function () {
  // What seals keys waits for threads: on a machine that is full, for seconds.
  this.timeout(60_000)
  let relay: SmallRelay
  let account: Signer
  let devices: VaultDevice[] = []
  let relays: SmallRelay[] = []

  beforeEach(async () => {
    relay = await SmallRelay.start()
    account = signerFromSeed(randomBytes(32))
  })
  afterEach(async () => {
    for (const device of devices) await device.close()
    devices = []
    for (const one of [relay, ...relays]) await one.stop()
    relays = []
  })

  async function alone (): Promise<VaultDevice> {
    const phone = new VaultDevice('phone', [relay])
    devices.push(phone)
    await phone.open(account, familyManifest(account, [phone.signer]), relay)
    await phone.vault.write('mute/ann', 'Ann')
    await eventually(() => phone.manifest.manifest.vault !== undefined)
    return phone
  }

  /** A device that another one, which the manifest lists beside it, lets in. */
  async function pair (): Promise<[VaultDevice, VaultDevice]> {
    const phone = new VaultDevice('phone', [relay])
    const laptop = new VaultDevice('laptop', [relay])
    devices.push(phone, laptop)
    for (const device of devices) device.slackBytes = 100_000
    await phone.open(account, familyManifest(account, [phone.signer, laptop.signer]), relay)
    await phone.vault.write('mute/ann', 'Ann')
    await eventually(() => phone.manifest.manifest.vault !== undefined)
    await phone.shared.renew({ cards: [await makeDeviceCard(laptop.signer, laptop.seed, 1)] })
    await laptop.open(account, phone.manifest.bytes, relay)
    await laptop.shared.whenRead()
    return [phone, laptop]
  }

  /** More than may be dead in the log of a device that bears 100 kB. */
  async function writeMuch ({ vault }: VaultDevice): Promise<void> {
    for (let i = 0; i < 4; i++) {
      await vault.write('chat-key/x', new Uint8Array(randomBytes(40_000)))
      await vault.published(['chat-key/x'])
    }
    await vault.write('chat-key/x', 0)
  }

  async function agree (...all: VaultDevice[]): Promise<void> {
    const isSettled = (): boolean => all.every(({ shared, vault }) => shared.status().state === 'current' && vault.waiting().length === 0)
    const isSame = (): boolean => new Set(all.map(device => JSON.stringify([...device.records()]))).size === 1
    await eventually(async () => {
      // As relays do, they tell each device of newer manifests.
      for (const device of all) for (const { manifest } of all) if (await device.account.takeManifest(manifest.bytes)) device.shared.kick()
      return isSettled() && isSame()
    })
  }

  it('gives a device that comes all that is there, and each what the other changes', async () => {
    const [phone, laptop] = await pair()
    assert.equal(laptop.vault.get('mute/ann'), 'Ann')
    await laptop.vault.write('mute/bob', 'Bob')
    await laptop.vault.published(['mute/bob'])
    await phone.vault.current()
    assert.equal(phone.vault.get('mute/bob'), 'Bob')
    await phone.vault.kv.batch([phone.vault.del('mute/bob')])
    await phone.vault.published(['mute/bob'])
    await laptop.vault.current()
    assert.equal(laptop.vault.get('mute/bob'), undefined)
    await agree(phone, laptop)
  })

  it('tells each what the other changed, in one write with what its parts make of it', async () => {
    const [phone, laptop] = await pair()
    const told: unknown[] = []
    laptop.vault.onChange('mute/', change => {
      told.push(change)
      return { events: [{ type: 'contact', account: 'x', name: String(change.data), change: 'changed' }], after: () => { told.push(laptop.vault.get(change.name)) } }
    })
    await phone.vault.write('mute/ann', 'Anna')
    await eventually(() => told.length === 2)
    assert.deepEqual(told, [{ name: 'mute/ann', data: 'Anna', before: 'Ann' }, 'Anna'])
    assert.equal(laptop.updates.last, 1)
  })

  it('ends in one state after writes that two devices race for', async () => {
    const [phone, laptop] = await pair()
    await Promise.all([raceOf(phone, 60, 10), raceOf(laptop, 60, 10)])
    await agree(phone, laptop)
    assert.equal([...phone.vault.list('mute/')].length, 1 + 2 * (60 - 5))
  })

  it('carries records larger than an entry, and many at once', async () => {
    const [phone, laptop] = await pair()
    const large = randomBytes(300_000)
    await phone.vault.kv.batch([phone.vault.put('chat-key/large', new Uint8Array(large)), ...Array.from({ length: 300 }, (_, i) => phone.vault.put(`mute/${i}`, 'x'.repeat(i)))])
    await phone.vault.published(['chat-key/large'])
    await agree(phone, laptop)
    assert.deepEqual(laptop.vault.get('chat-key/large'), new Uint8Array(large))
  })

  it('has what came while its disk took nothing, once that takes something again', async () => {
    const [phone, laptop] = await pair()
    await agree(phone, laptop)
    const refused = Promise.withResolvers<undefined>()
    laptop.disk.beforeWrite = async () => {
      laptop.disk.beforeWrite = async () => undefined
      refused.resolve(undefined)
      throw new Error('the disk takes nothing')
    }
    await phone.vault.write('mute/bob', 'Bob')
    await refused.promise
    await phone.vault.write('mute/cat', 'Cat')
    await agree(phone, laptop)
    await laptop.crash(account, laptop.manifest.bytes, relay)
    assert.deepEqual([laptop.vault.get('mute/bob'), laptop.vault.get('mute/cat')], ['Bob', 'Cat'])
  })

  it('keeps the later of two changes that were made apart, unless the kind has a rule of its own', async () => {
    const [phone, laptop] = await pair()
    await phone.vault.write('read/x', 1)
    await phone.vault.published(['read/x'])
    await agree(phone, laptop)
    for (const { vault } of [phone, laptop]) vault.mergeWith('read/', (_name, mine, theirs) => Math.max(Number(mine ?? 0), Number(theirs ?? 0)))
    relay.cut(true)
    await phone.vault.kv.batch([phone.vault.put('read/x', 9), phone.vault.put('draft/x', 'phone'), phone.vault.del('mute/ann')])
    await laptop.vault.kv.batch([laptop.vault.put('read/x', 5), laptop.vault.put('draft/x', 'laptop'), laptop.vault.put('mute/ann', 'Annie')])
    relay.back()
    await agree(phone, laptop)
    assert.equal(phone.vault.get('read/x'), 9)
    const draft = phone.vault.get('draft/x')
    assert.ok(draft === 'phone' || draft === 'laptop')
    assert.equal(phone.vault.get('mute/ann'), draft === 'phone' ? undefined : 'Annie')
  })

  it('keeps who publishes waiting while its home is away, and no longer', async () => {
    const phone = await alone()
    relay.cut(true)
    await phone.vault.write('mute/bob', 'Bob')
    await assert.rejects(phone.vault.published(['mute/bob'], { deadlineMs: 20 }), { code: 'ERR_DEADLINE' })
    await assert.rejects(phone.vault.published(['mute/bob'], { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
    const published = phone.vault.published(['mute/bob'])
    relay.back()
    await published
    assert.equal(phone.shared.status().waiting, 0)
  })

  it('is written anew when most of it is dead; what was before is dropped, and who was away comes back', async () => {
    const [phone, laptop] = await pair()
    await agree(phone, laptop)
    await phone.vault.write('mute/gone', 'x')
    await agree(phone, laptop)
    await laptop.close()
    devices = [phone]
    await phone.vault.kv.batch([phone.vault.del('mute/gone')])
    await writeMuch(phone)
    const log = phone.account.manifest.manifest.vault!
    await eventually(() => phone.shared.status().generation > 2 && phone.manifest.manifest.vault!.generation === phone.shared.status().generation)
    await eventually(() => relay.services.ledger.bytes < 150_000)
    assert.ok(log.generation < phone.shared.status().generation)
    await laptop.crash(account, phone.manifest.bytes, relay)
    devices = [phone, laptop]
    await agree(phone, laptop)
    assert.equal(laptop.vault.get('mute/gone'), undefined)
  })

  it('keeps its other devices and the phrase, whatever a device writes about them', async () => {
    const [phone, laptop] = await pair()
    const phrase = await vaultRecoveryKeys(randomBytes(32))
    const card = signRecoveryCard({ v: 1, account: account.key, kem: phrase.kem.public, reader: phrase.reader.key, time: 1 }, account)
    await phone.vault.write('recovery', card)
    await eventually(() => phone.shared.status().generation > 2)
    await agree(phone, laptop)
    const before = (await phone.logState()).generation
    assert.deepEqual(before.recovery, card)
    // What a thief would do: the others' cards go, and its own phrase stands in place of the account's.
    const other = signerFromSeed(randomBytes(32))
    const forged = signRecoveryCard({ v: 1, account: other.key, kem: phrase.kem.public, reader: phrase.reader.key, time: 2 }, other)
    await laptop.vault.kv.batch([laptop.vault.put('recovery', forged), laptop.vault.put(deviceRecordName(phone.signer.key), 'nonsense'), laptop.vault.del(deviceRecordName(laptop.signer.key))])
    await laptop.vault.published(['recovery'])
    await writeMuch(laptop)
    await eventually(() => laptop.shared.status().generation > before.number)
    await agree(phone, laptop)
    const now = (await phone.logState()).generation
    assert.deepEqual(now.recovery, card)
    assert.equal(now.devices.length, 2)
  })

  it('gives nothing new to a device that is put out while something is being brought', async () => {
    const [phone, laptop] = await pair()
    await eventually(() => phone.shared.status().state === 'current')
    const { manifest, hash } = phone.manifest
    const next = familyManifest(account, [phone.signer], { ...manifest, version: manifest.version + 1, prev: hash, devices: manifest.devices.filter(({ key }) => sameBytes(key, phone.signer.key)), revoked: [{ key: laptop.signer.key, version: manifest.version + 1 }] })
    const kinds: number[][] = []
    phone.fate = async (_log, items) => {
      kinds.push(items.map(({ kind }) => kind))
      if (kinds.length > 1) return
      await phone.account.takeManifest(next)
      // What is made from then on, as a fresh key package's private key is.
      await phone.vault.write('mute/fresh', 'not for the laptop')
    }
    await phone.vault.write('mute/before', 'for both')
    await eventually(() => phone.vault.get('mute/fresh') !== undefined && phone.vault.waiting().length === 0)
    assert.deepEqual(kinds.slice(0, 3), [[ENTRY_KIND.data], [ENTRY_KIND.commit], [ENTRY_KIND.data]])
    assert.deepEqual((await phone.logState()).generation.devices, [phone.signer.key])
  })

  it('moves to the account\'s new home, with both devices', async () => {
    const [phone, laptop] = await pair()
    const next = await SmallRelay.start()
    relays.push(next)
    for (const device of [phone, laptop]) device.meets([relay, next])
    const to = { peer: next.signer.key, address: next.address, token: null }
    await phone.publisher.moveInbox([to])
    await laptop.vault.write('mute/late', 'written to the old log')
    phone.shared.kick()
    await eventually(() => homeOf(phone) === peerIdText(next.signer.key))
    await agree(phone, laptop)
    assert.equal(homeOf(laptop), peerIdText(next.signer.key))
    assert.equal(phone.vault.get('mute/late'), 'written to the old log')
    assert.equal(laptop.account.relays.length, 1)
  })

  it('leaves nothing of a log at its home once another one has taken its place', async () => {
    const [phone, laptop] = await pair()
    await phone.vault.write('chat-key/x', new Uint8Array(randomBytes(90_000)))
    await agree(phone, laptop)
    const before = phone.account.manifest.manifest.vault!
    await phone.shared.restart()
    await agree(phone, laptop)
    await eventually(async () => (await phone.logState()).former.length + (await laptop.logState()).former.length === 0)
    await assert.rejects(relay.store.logs.head(logIdOf(before.genesis)), { code: 'ERR_NOT_FOUND' })
    assert.equal(relay.services.ledger.logs, 3)
    assert.deepEqual(laptop.vault.get('chat-key/x'), phone.vault.get('chat-key/x'))
  })

  it('loses nothing and doubles nothing when a device dies between any two steps', async () => {
    const [phone, laptop] = await pair()
    await agree(phone, laptop)
    for (const n of [1, 2, 3, 4, 5, 6]) {
      const copy = phone.dieAt(n)
      await laptop.vault.write('draft/x', `laptop ${n}`)
      const written = phone.vault.write(`mute/${n}`, new Uint8Array(randomBytes(100_000))).catch(() => undefined)
      let isDead = false
      void copy.then(() => { isDead = true })
      void Promise.race([written, copy]).then(async () => {
        await phone.shared.restart().catch(() => undefined)
        // How many writes that made is left to the disk: the phone writes on until it has died.
        while (!isDead) await Promise.race([copy, phone.vault.write('chat-key/x', n).catch(() => undefined)])
      })
      await phone.crash(account, phone.manifest.bytes, relay, await copy)
      await phone.vault.write('draft/x', `phone ${n}`)
      await agree(phone, laptop)
    }
  })
})
