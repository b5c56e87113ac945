/** A relay that keeps an account's vault and does not do as it should, alone or with a thief. The relay is the real one; what it is made to hold and to say is not. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { makeDeviceCard } from '../../src/node/vault/device-record.js'
import { makeKeyEntry } from '../../src/node/vault/key-entry.js'
import { logOf } from '../../src/node/vault/log-state.js'
import { entriesOf, nextBatches } from '../../src/node/vault/log-writer.js'
import { vaultKeys } from '../../src/protocol/crypto/index.js'
import { signVaultRecord } from '../../src/protocol/message/index.js'
import { chainNext, encodeCbor, encodeLeaf, ENTRY_KIND, leafFor, openManifest, signerFromSeed, type Append, type LogId, type Signer } from '../../src/protocol/wire/index.js'
import { decodeMeta, encodeMeta, withCaps } from '../../src/relay/logs/meta.js'
import { copyOf, SmallRelay } from '../node/small-world.js'
import { eventually, familyManifest, VaultDevice } from '../node/vault/devices-world.js'

/** What the relay's own hand writes into a log: it asks nobody for a key. */
async function forge (relay: SmallRelay, log: LogId, append: Append): Promise<void> {
  const [result] = await relay.store.logs.append([{
    log, id: append.id,
    build: (head, now) => {
      const leaf = encodeLeaf(leafFor(append, head.seq + 1, now))
      const meta = append.caps === undefined ? {} : { meta: encodeMeta(withCaps(decodeMeta(head.meta), append.caps, head.seq + 1)) }
      return { leaf, payload: append.payload, hash: chainNext(head.hash, leaf), isCommit: append.kind === ENTRY_KIND.commit, ...meta }
    }
  }])
  assert.equal(result!.status, 'appended')
}

describe('a relay that keeps a vault', () => {
  let relay: SmallRelay
  let account: Signer
  let phone: VaultDevice
  let laptop: VaultDevice
  let others: SmallRelay[] = []

  beforeEach(async () => {
    relay = await SmallRelay.start()
    account = signerFromSeed(randomBytes(32))
    phone = new VaultDevice('phone', [relay])
    laptop = new VaultDevice('laptop', [relay])
    await phone.open(account, familyManifest(account, [phone.signer, laptop.signer]), relay)
    await phone.vault.write('mute/a', 'first')
    await eventually(() => phone.manifest.manifest.vault !== undefined)
    await phone.shared.renew({ cards: [await makeDeviceCard(laptop.signer, laptop.seed, 1)] })
    await laptop.open(account, phone.manifest.bytes, relay)
    await agree()
  })
  afterEach(async () => {
    await phone.close()
    await laptop.close()
    for (const one of [relay, ...others]) await one.stop()
    others = []
  })

  async function agree (...all: VaultDevice[]): Promise<void> {
    if (all.length === 0) all = [phone, laptop]
    await eventually(() => all.every(({ shared, vault }) => shared.status().state === 'current' && vault.waiting().length === 0) && new Set(all.map(device => JSON.stringify([...device.records()]))).size === 1)
  }

  async function letIn (device: VaultDevice): Promise<void> {
    await phone.publisher.changeManifest(({ devices }) => ({ devices: [...devices, openManifest(familyManifest(account, [device.signer])).manifest.devices[0]!] }))
    await phone.shared.renew({ cards: [await makeDeviceCard(device.signer, device.seed, 1)] })
  }

  /** Seals records as a device would that stands on this state. */
  function sealed (state: Awaited<ReturnType<VaultDevice['logState']>>, by: Signer, name: string, version: number, data: unknown): Append {
    const record = signVaultRecord({ v: 1, account: account.key, name, version, data: encodeCbor(data) }, by)
    const [item] = entriesOf(nextBatches([record], false).batches, vaultKeys(state.generation.key!, logOf(state)).content, { log: logOf(state), generation: state.generation.number, ...state.place })
    const { expectHead: _expectHead, ...append } = item!
    return append
  }

  it('and puts it back to an older state is caught: nothing here is overwritten or told as published, and a new log heals it', async () => {
    const old = copyOf(relay.disk)
    await phone.vault.write('mute/a', 'second')
    await agree()
    await relay.goBackTo(old)
    await eventually(() => phone.shared.status().state === 'alarm')
    assert.match(phone.shared.status().alarm!, /older state/)
    await phone.vault.write('mute/b', 'x')
    await assert.rejects(phone.vault.published(['mute/b']), { code: 'ERR_PROOF' })
    await assert.rejects(phone.vault.current(), { code: 'ERR_PROOF' })
    assert.equal(phone.vault.get('mute/a'), 'second')
    const { genesis } = phone.manifest.manifest.vault!
    await phone.shared.restart()
    await eventually(() => Buffer.compare(phone.manifest.manifest.vault!.genesis, genesis) !== 0)
    await laptop.account.takeManifest(phone.manifest.bytes)
    laptop.shared.kick()
    await agree()
    assert.equal(laptop.vault.get('mute/a'), 'second')
    assert.equal(laptop.vault.get('mute/b'), 'x')
  })

  it('and puts it back to an older state gets a new log by itself, after a while, and the person is told', async () => {
    const old = copyOf(relay.disk)
    await phone.vault.write('mute/a', 'second')
    await agree()
    await laptop.close()
    phone.healMs = 1
    await phone.crash(account, phone.manifest.bytes, relay)
    await eventually(() => phone.shared.status().state === 'current')
    await relay.goBackTo(old)
    await eventually(() => phone.shared.status().state === 'current' && phone.shared.status().healed !== null)
    assert.match(phone.shared.status().healed!, /older state/)
    await eventually(() => laptop.account.manifest.manifest.vault!.generation < phone.manifest.manifest.vault!.generation)
    await laptop.crash(account, phone.manifest.bytes, relay)
    await laptop.account.takeManifest(phone.manifest.bytes)
    laptop.shared.kick()
    await agree()
    assert.equal(laptop.vault.get('mute/a'), 'second')
  })

  it('and shows it to a device that comes in an older state than the manifest knows is caught', async () => {
    const old = copyOf(relay.disk)
    await phone.vault.write('mute/a', new Uint8Array(60_000))
    const tablet = new VaultDevice('tablet', [relay])
    await letIn(tablet)
    await eventually(() => phone.manifest.manifest.vault!.generation === phone.shared.status().generation && phone.publisher.isShown(relay.signer.key))
    const manifest = phone.manifest.bytes
    await phone.close()
    await laptop.close()
    await relay.goBackTo(old)
    await tablet.open(account, manifest, relay)
    try {
      // The key entry that lets it in is gone with the rest, so there is no more to be read than before.
      await eventually(() => tablet.shared.status().state === 'alarm' || tablet.shared.status().trouble !== null)
      assert.notEqual(tablet.shared.status().state, 'current')
      assert.equal(tablet.vault.get('mute/a'), undefined)
      assert.equal(tablet.vault.waiting().length > 0, true)
    } finally {
      await tablet.close()
    }
    await phone.open(account, manifest, relay)
    await laptop.open(account, manifest, relay)
  })

  it('and shows two devices two histories is caught when one of them meets the other\'s', async () => {
    const twin = await relay.twin()
    others.push(twin)
    laptop.meets([twin])
    relay.cutOff(laptop.signer.key)
    await phone.vault.write('mute/a', 'for the one')
    await laptop.vault.write('mute/b', 'for the other')
    await phone.vault.published(['mute/a'])
    await laptop.vault.published(['mute/b'])
    laptop.meets([relay])
    twin.cutOff(laptop.signer.key)
    await eventually(() => laptop.shared.status().state === 'alarm')
    assert.equal(phone.vault.get('mute/b'), undefined)
    assert.equal(laptop.vault.get('mute/b'), 'for the other')
  })

  it('and leaves out, doubles, alters or reorders entries is caught', async () => {
    const stops = [
      (entries: unknown[]) => entries.slice(1),
      (entries: unknown[]) => [entries[0], entries[0], ...entries.slice(1)],
      (entries: unknown[]) => entries.toReversed(),
      (entries: Array<{ payload?: Uint8Array }>) => entries.map((entry, i) => i === 0 ? { ...entry, payload: Uint8Array.from(entry.payload!, byte => byte ^ 1) } : entry)
    ]
    const seed = randomBytes(32)
    await letIn(new VaultDevice('tablet', [relay], seed))
    for (const [i, alter] of stops.entries()) {
      const tablet = new VaultDevice(`tablet ${i}`, [relay], seed)
      const { logs } = relay.services
      const read = logs.read.bind(logs)
      logs.read = async (...args) => {
        const reply = await read(...args)
        return { ...reply, entries: reply.entries.length > 1 ? alter(reply.entries) as typeof reply.entries : reply.entries }
      }
      try {
        await tablet.open(account, phone.manifest.bytes, relay)
        await eventually(() => tablet.shared.status().state === 'alarm')
        assert.equal(tablet.vault.get('mute/a'), undefined)
      } finally {
        logs.read = read
        await tablet.close()
      }
    }
  })

  it('and writes into it what no device wrote changes nothing', async () => {
    const state = await phone.logState()
    await forge(relay, logOf(state), { id: randomBytes(16), kind: ENTRY_KIND.data, payload: randomBytes(300) })
    await phone.vault.write('mute/a', 'after it')
    await agree()
    assert.equal(laptop.vault.get('mute/a'), 'after it')
  })

  it('and helps a thief with all that a device had before it was revoked gets it no word in, and no word out', async () => {
    const stolen = await laptop.logState()
    await phone.publisher.changeManifest(({ version }) => ({ revoked: [{ key: laptop.signer.key, version: version + 1 }] }))
    await phone.shared.renew()
    await phone.vault.write('mute/secret', 'after the theft')
    await phone.vault.published(['mute/secret'])
    const now = await phone.logState()
    // Sealed under the old generation, and, as if the thief knew how far the log is, for the place of now.
    await forge(relay, logOf(now), sealed({ ...now, generation: stolen.generation }, laptop.signer, 'mute/a', 99, 'the thief was here'))
    // And a generation of its own, with the manifest that lists it.
    await phone.vault.write('mute/b', 'goes on')
    await phone.vault.published(['mute/b'])
    assert.equal(phone.vault.get('mute/a'), 'first')
    await assert.rejects(async () => {
      const log = logOf(now)
      laptop.link.setCapability(log, 3, signerFromSeed(randomBytes(32)))
      const { entries } = await laptop.link.read(log, stolen.place.seq + 1, 100)
      if (entries.length === 0) throw new Error('nothing comes')
    })
    const before = await phone.logState()
    const card = await makeDeviceCard(laptop.signer, laptop.seed, 1)
    const entry = await makeKeyEntry({ ...before, generation: { ...before.generation, owner: stolen.generation.owner } }, {
      account: account.key, device: laptop.signer, manifest: openManifest(stolen.generation.manifest!), cards: [card], recovery: null, time: 1
    })
    const { expectHead: _expectHead, ...append } = entry
    await forge(relay, logOf(before), append)
    // Nobody can go on with that log; a new one, which the manifest names, is made.
    await eventually(() => phone.shared.status().state === 'alarm')
    await phone.shared.restart()
    await eventually(() => phone.shared.status().state === 'current')
    assert.equal(phone.vault.get('mute/a'), 'first')
    assert.equal(phone.vault.get('mute/secret'), 'after the theft')
  })
  it('and a device that numbers a generation so high that none can follow is not followed: it is still left out of the next', async () => {
    const before = await laptop.logState()
    const cards = await Promise.all([phone, laptop].map(async ({ signer, seed }) => await makeDeviceCard(signer, seed, 1)))
    const entry = await makeKeyEntry({ ...before, generation: { ...before.generation, number: Number.MAX_SAFE_INTEGER - 1 } }, {
      account: account.key, device: laptop.signer, manifest: openManifest(phone.manifest.bytes), cards, recovery: null, time: 1
    })
    const { expectHead: _expectHead, ...append } = entry
    await forge(relay, logOf(before), append)
    await phone.publisher.changeManifest(({ version }) => ({ revoked: [{ key: laptop.signer.key, version: version + 1 }] }))
    await eventually(async () => phone.shared.status().state === 'alarm' || (await phone.logState()).place.seq > before.place.seq)
    if (phone.shared.status().state === 'alarm') await phone.shared.restart()
    await phone.shared.renew()
    await phone.vault.write('mute/secret', 'after it')
    await phone.vault.published(['mute/secret'])
    const { generation } = await phone.logState()
    assert.deepEqual(generation.devices, [phone.signer.key])
    assert.ok(generation.number < 100)
  })
})
