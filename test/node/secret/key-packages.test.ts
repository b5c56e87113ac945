/** Key packages for secret chats reach the relay where they are looked for, whatever comes between. */
import assert from 'node:assert/strict'
import type { PackagesLeft } from '../../../src/node/gateway/index.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { SecretPackages, type SecretPackagesDeps } from '../../../src/node/secret/key-packages.js'
import { secretMls } from '../../../src/node/secret/secret-book.js'
import { LIMITS, openKeyPackage, openManifest, QuotaError, randomSeed, signerFromSeed, UnavailableError, UnsupportedError } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { eventually, SmallWorld } from '../small-world.js'
import { familyManifest } from '../vault/devices-world.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A relay that may be gone before it takes what is left there, or before it says so. */
class Relay {
  readonly peer = signerFromSeed(randomSeed()).key
  readonly has = new Map<string, boolean>()
  readonly listens = new Map<string, number>()
  isGone: 'before' | 'after' | null = null
  /** A version that says nothing of what is left. */
  isOld = false
  lastResorts = 0
  calls = 0
  readonly putKeyPackages = async (records: readonly Uint8Array[]): Promise<PackagesLeft | null> => {
    if (records.length === 0) return this.isOld ? null : { left: [...this.has].filter(([, isLast]) => !isLast).map(([hash]) => Buffer.from(hash, 'hex')), lastResorts: this.lastResorts, lastResortAt: this.lastResorts }
    this.calls++
    if (this.isGone === 'before') throw new UnavailableError('the connection is gone')
    for (const bytes of records) this.has.set(hex(openKeyPackage(bytes).hash), openKeyPackage(bytes).record.lastResort)
    if (this.isGone === 'after') throw new UnavailableError('the connection is gone')
    return null
  }

  readonly keepPipes = async (addresses: readonly Uint8Array[], { most = 0 }: { most?: number } = {}): Promise<void> => {
    if (this.isOld) throw new UnsupportedError('there is no such call here')
    for (const address of addresses) this.listens.set(hex(address), most)
  }

  readonly forgetPipes = async (addresses: readonly Uint8Array[]): Promise<void> => { for (const address of addresses) this.listens.delete(hex(address)) }

  /** One-time ones, and last resorts. */
  get counts (): readonly [number, number] {
    const last = [...this.has.values()].filter(Boolean).length
    return [this.has.size - last, last]
  }
}

describe('key packages for secret chats', () => {
  const device = signerFromSeed(randomSeed())
  const account = signerFromSeed(randomSeed())
  const manifest = openManifest(familyManifest(account, [device]))
  let time: number
  const now = (): number => time
  let deps: SecretPackagesDeps
  let packages: SecretPackages

  beforeEach(async () => {
    const { kv } = await openMemoryStore()
    time = Date.now()
    deps = { kv, keys: new RecordKeys(new Uint8Array(32)), manifest: () => manifest, device, mls: secretMls([manifest], now), now }
    packages = new SecretPackages(deps)
  })

  it('are left at the relay in the end, the same ones, when it was gone before it had them', async () => {
    const relay = new Relay()
    for (const isGone of ['before', 'after'] as const) {
      relay.isGone = isGone
      await assert.rejects(packages.publish(relay), { code: 'ERR_UNAVAILABLE' })
    }
    relay.isGone = null
    await packages.publish(relay)
    assert.deepEqual(relay.counts, [LIMITS.secretKeyPackages, 1])
    await packages.publish(relay)
    assert.equal(relay.calls, 3)
  })

  it('are brought again when others were given them, and what they were given opens still for a month', async () => {
    const relay = new Relay()
    await packages.publish(relay)
    const given = [...relay.has].filter(([, isLast]) => !isLast).slice(0, LIMITS.secretKeyPackages - 4).map(([hash]) => hash)
    for (const hash of given) relay.has.delete(hash)
    relay.lastResorts = 3
    await packages.again()
    assert.deepEqual(relay.counts, [LIMITS.secretKeyPackages, 1])
    assert.deepEqual(packages.standing, { left: LIMITS.secretKeyPackages, of: LIMITS.secretKeyPackages, given: given.length, lastResorts: 3, lastResortAt: 3 })
    assert.equal(relay.listens.size, LIMITS.secretKeyPackages + given.length + 1)
    assert.ok(await packages.privatePart(Buffer.from(given[0]!, 'hex')) !== undefined)
    time += LIMITS.keyPackageGraceMs + 1
    await packages.again()
    assert.equal(await packages.privatePart(Buffer.from(given[0]!, 'hex')), undefined)
    assert.equal(relay.listens.size, LIMITS.secretKeyPackages + 1)
  })

  it('have another last resort once somebody was given the one that is a week old', async () => {
    const relay = new Relay()
    await packages.publish(relay)
    const [first] = [...relay.has].find(([, isLast]) => isLast)!
    relay.lastResorts = time + 1000
    await packages.again()
    assert.deepEqual(relay.counts, [LIMITS.secretKeyPackages, 1])
    time += LIMITS.keyPackageRotateMs + 1
    for (let i = 0; i < 2; i++) await packages.again()
    assert.deepEqual(relay.counts, [LIMITS.secretKeyPackages, 2])
    time += LIMITS.keyPackageGraceMs + 1
    await packages.again()
    assert.equal(await packages.privatePart(Buffer.from(first, 'hex')), undefined)
  })

  it('that a stranger uses up day and night fill no disk', async () => {
    // Made by the hundred: what they are is nothing to those who keep them.
    const mls = { createKeyPackage: async () => ({ public: randomSeed(), private: randomSeed() }) } as unknown as SecretPackagesDeps['mls']
    packages = new SecretPackages({ ...deps, mls, count: 64 })
    const relay = new Relay()
    await packages.publish(relay)
    for (let day = 0; day < 10; day++) {
      for (const [hash, isLast] of relay.has) if (!isLast) relay.has.delete(hash)
      time += 1000
      await packages.again()
    }
    let kept = 0
    for await (const [_key] of deps.kv.iterate(deps.keys.all('secretPackage'))) kept++
    assert.equal(kept, LIMITS.secretPackagesGiven + 64 + 1)
  })

  it('are fewer of each device when an account has many', async () => {
    const devices = Array.from({ length: 40 }, () => signerFromSeed(randomSeed()))
    const many = openManifest(familyManifest(account, [device, ...devices.slice(1)]))
    packages = new SecretPackages({ ...deps, manifest: () => many })
    const relay = new Relay()
    await packages.publish(relay)
    const [once, last] = relay.counts
    assert.ok(once >= 2 && (once + last) * 40 <= LIMITS.secretKeyPackagesOfAll)
  })

  it('are left at a relay of an older version, which says nothing of them', async () => {
    const relay = new Relay()
    relay.isOld = true
    for (let i = 0; i < 2; i++) await packages.publish(relay)
    assert.deepEqual([relay.counts, relay.calls], [[LIMITS.secretKeyPackages, 1], 1])
  })

  it('are left at another relay as well, once the account has moved there', async () => {
    const [first, second] = [new Relay(), new Relay()]
    await packages.publish(first)
    await packages.publish(second)
    assert.deepEqual(second.counts, [LIMITS.secretKeyPackages, 1])
    for (const hash of first.has.keys()) assert.ok(await packages.privatePart(Buffer.from(hash, 'hex')) !== undefined)
  })

  it('are replaced a week before their end, and what made room for that at the relay is told as given to nobody', async () => {
    const relay = new Relay()
    await packages.publish(relay)
    const [first] = [...relay.has].filter(([, isLast]) => !isLast).map(([hash]) => hash)
    time += LIMITS.keyPackageLifeMs - LIMITS.keyPackageRotateMs + 1
    await packages.again()
    assert.deepEqual(relay.counts, [2 * LIMITS.secretKeyPackages, 2])
    relay.has.delete(first!)
    await packages.again()
    assert.equal(packages.standing?.given, 0)
    assert.ok(await packages.privatePart(Buffer.from(first!, 'hex')) !== undefined)
  })
})

describe('a home relay that takes no key packages for secret chats', () => {
  it('is published at all the same, and what waits there goes on', async () => {
    const world = await SmallWorld.make()
    try {
      const { core, device } = await world.person('ann')
      const { packages } = core.secrets
      await eventually(() => packages.standing !== null)
      const told: string[] = []
      packages.publish = async () => { told.push('packages'); throw new QuotaError('no room for key packages') }
      for (const [name, part] of [['post', core.post], ['shared', core.shared]] as const) {
        const kick = part.kick.bind(part)
        part.kick = (...args: []) => { told.push(name); kick(...args) }
      }
      world.relay.cutOff(device.key)
      await eventually(() => told.includes('packages'))
      assert.ok(told.indexOf('packages') > Math.max(told.indexOf('post'), told.indexOf('shared')))
      assert.ok(told.includes('post') && told.includes('shared'))
    } finally {
      await world.close()
    }
  })
})
