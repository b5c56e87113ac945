import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Account } from '../../../src/node/account/index.js'
import { createRelayPool, type LogPage, type RelayLink, type RelayPool } from '../../../src/node/gateway/index.js'
import { makeRecoveryCard } from '../../../src/node/home/index.js'
import { raisedManifest } from '../../../src/node/recovery/raised-manifest.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { deviceRecord, deviceRecordName, PhraseVault, RECOVERY_RECORD } from '../../../src/node/vault/index.js'
import { vaultRecoveryKeys, type PhraseAccount } from '../../../src/protocol/crypto/index.js'
import { activeDevices, compareManifests, lists, openManifest, signerFromSeed, signManifest, type CheckedManifest, type Signer } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { SmallRelay } from '../small-world.js'
import { eventually, familyManifest, VaultDevice } from '../vault/devices-world.js'

/** A phrase as far as it is needed. */
const phraseOf = (): PhraseAccount => ({ signer: signerFromSeed(randomBytes(32)), recoverySeed: Uint8Array.from(randomBytes(32)) })

describe('a vault that is opened with the phrase', () => {
  let relay: SmallRelay
  let phrase: PhraseAccount
  let phone: VaultDevice
  const pools: RelayPool[] = []

  beforeEach(async () => {
    relay = await SmallRelay.start()
    phrase = phraseOf()
    phone = new VaultDevice('phone', [relay])
    await phone.open(phrase.signer, familyManifest(phrase.signer, [phone.signer]), relay)
    await phone.vault.write('contact/ann', 'Ann')
  })
  afterEach(async () => {
    await phone.close()
    for (const pool of pools.splice(0)) await pool.close()
    await relay.stop()
  })

  /** A link to the relay as somebody. */
  function link (device: Signer, manifest: CheckedManifest): RelayLink {
    const pool = createRelayPool({
      dialer: { dial: async (_addrs, _peer, { onPush }) => relay.connect(device.key, onPush), hangUp: () => undefined },
      account: manifest.manifest.account, manifest: () => manifest.bytes, token: () => undefined, timing: { retryBaseMs: 1, retryCapMs: 5 }
    })
    pools.push(pool)
    return pool.link(relay.signer.key, [relay.address])
  }
  function stranger (): RelayLink {
    const [account, device] = [signerFromSeed(randomBytes(32)), signerFromSeed(randomBytes(32))]
    return link(device, openManifest(familyManifest(account, [device])))
  }

  /** The vault's log as a new device would read it with a phrase. */
  async function opened (manifest: CheckedManifest, from: RelayLink, by = phrase) {
    const seed = Uint8Array.from(randomBytes(32))
    const device = signerFromSeed(seed)
    const { kv } = await openMemoryStore()
    const keys = new RecordKeys(randomBytes(32))
    const vault = await Vault.open(kv, keys, phrase.signer.key, device)
    let use = from
    const read = await PhraseVault.open({ vault, keys, phrase: await vaultRecoveryKeys(by.recoverySeed), manifest, link: () => use }, manifest.manifest.vault!.genesis)
    return { vault, device, seed, read, changeLink: (other: RelayLink) => { use = other } }
  }

  const withCard = async (): Promise<void> => {
    await phone.vault.write(RECOVERY_RECORD, await makeRecoveryCard(phrase, 1))
    await phone.vault.published([RECOVERY_RECORD, 'contact/ann'])
    await eventually(() => phone.manifest.manifest.vault !== undefined && phone.shared.status().state === 'current')
  }

  it('is read by a stranger\'s session, and then opened to a device that the account key names', async () => {
    await withCard()
    const before = phone.manifest
    const { vault, device, seed, read, changeLink } = await opened(before, stranger())
    await read.read({})
    assert.equal(vault.get('contact/ann'), 'Ann')
    const next = raisedManifest(before, { account: phrase.signer, device: device.key, revokeOthers: false, now: 2 })
    changeLink(link(device, next))
    const account = await Account.open(vault, device, { name: 'ann', manifest: before.bytes })
    await account.takeManifest(next.bytes)
    const { generation } = phone.shared.status()
    await read.letIn({ signer: device, seed, name: 'laptop' }, account, () => 3, {})
    await phone.account.takeManifest(next.bytes)
    await phone.vault.current()
    assert.equal(phone.shared.status().alarm, null)
    assert.ok(phone.shared.status().generation > generation)
    // Others know what it is called before it has run.
    assert.equal(deviceRecord.decode(phone.vault.get(deviceRecordName(device.key))).name, 'laptop')
    // What the old device writes from now on is for the new one, too.
    await phone.vault.write('contact/bob', 'Bob')
    await phone.vault.published(['contact/bob'])
    await read.read({})
    assert.equal(vault.get('contact/bob'), 'Bob')
    await read.close()
  })

  it('opens to no other phrase, nor to one whose card it never had', async () => {
    await eventually(() => phone.manifest.manifest.vault !== undefined && phone.shared.status().state === 'current')
    await assert.rejects((await opened(phone.manifest, stranger())).read.read({}), { code: 'ERR_FORBIDDEN', message: /petrel account recovery/ })
    await withCard()
    await assert.rejects((await opened(phone.manifest, stranger(), phraseOf())).read.read({}), { code: 'ERR_FORBIDDEN' })
  })

  it('that was put back to an older state is not taken for the account\'s', async () => {
    await withCard()
    const honest = stranger()
    const old: LogPage[] = []
    const through = (page: (from: RelayLink, ...args: Parameters<RelayLink['read']>) => Promise<LogPage>): RelayLink => new Proxy(honest, {
      get: (target, name) => {
        if (name === 'read') return async (...args: Parameters<RelayLink['read']>) => await page(target, ...args)
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
      }
    })
    await (await opened(phone.manifest, through(async (from, ...args) => { const page = await from.read(...args); old.push(page); return page }))).read.read({})
    await phone.vault.write('contact/bob', 'Bob')
    await phone.shared.renew({})
    await phone.vault.published(['contact/bob'])
    // The manifest comes to name what stands there now.
    const later = openManifest(signManifest({ ...phone.manifest.manifest, version: phone.manifest.manifest.version + 1, prev: phone.manifest.hash, vault: { ...phone.manifest.manifest.vault!, head: phone.account.nextManifest({ relays: [] }, 9)!.manifest.vault!.head } }, phone.signer))
    const { read, vault } = await opened(later, through(async (_from, _log, after) => old.find(({ entries }) => after === 0 ? entries.length > 0 : entries.length === 0) ?? { ...old[0]!, entries: [] }))
    await assert.rejects(read.read({}), { code: 'ERR_PROOF', message: /older state/ })
    assert.equal(vault.get('contact/bob'), undefined)
  })
})

describe('the manifest of a generation that the phrase opens', () => {
  const account = signerFromSeed(randomBytes(32))
  const [phone, laptop, thief, fresh] = Array.from({ length: 4 }, () => signerFromSeed(randomBytes(32)))

  it('names the new device beside those that go on, or alone', () => {
    const held = openManifest(familyManifest(account, [phone!, laptop!]))
    const kept = raisedManifest(held, { account, device: fresh!.key, revokeOthers: false, now: 2 })
    assert.deepEqual(activeDevices(kept.manifest), [phone!.key, laptop!.key, fresh!.key])
    const alone = raisedManifest(held, { account, device: fresh!.key, revokeOthers: true, now: 2 })
    assert.deepEqual(activeDevices(alone.manifest), [fresh!.key])
    assert.deepEqual(alone.manifest.revoked.map(({ key }) => key), [phone!.key, laptop!.key])
    // Again, after another: what ended stays ended.
    const again = raisedManifest(alone, { account, device: laptop!.key, revokeOthers: false, now: 3 })
    assert.equal(again.manifest.generation, 3)
    assert.ok(!lists(again.manifest, laptop!.key), 'a device that was put out does not come back under its old key')
  })

  it('beats whatever a thief\'s device has signed', () => {
    const held = openManifest(familyManifest(account, [phone!, thief!]))
    const forked = openManifest(signManifest({ ...held.manifest, version: 900, prev: held.hash, relays: [], revoked: [{ key: phone!.key, version: 900 }] }, thief!))
    const next = raisedManifest(held, { account, device: fresh!.key, revokeOthers: true, now: 2 })
    assert.equal(compareManifests(forked, next), 'newer')
    assert.equal(compareManifests(next, forked), 'older')
  })
})
