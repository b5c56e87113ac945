/** Key packages for secret chats reach the relay where they are looked for, whatever comes between. */
import assert from 'node:assert/strict'
import { RecordKeys } from '../../../src/node/records/index.js'
import { SecretPackages } from '../../../src/node/secret/key-packages.js'
import { secretMls } from '../../../src/node/secret/secret-book.js'
import { LIMITS, openKeyPackage, openManifest, randomSeed, signerFromSeed, UnavailableError } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { familyManifest } from '../vault/devices-world.js'

/** A relay that may be gone before it takes what is left there, or before it says so. */
class Relay {
  readonly peer = signerFromSeed(randomSeed()).key
  readonly has = new Map<string, boolean>()
  isGone: 'before' | 'after' | null = null
  calls = 0
  readonly putKeyPackages = async (records: readonly Uint8Array[]): Promise<null> => {
    this.calls++
    if (this.isGone === 'before') throw new UnavailableError('the connection is gone')
    for (const bytes of records) this.has.set(Buffer.from(openKeyPackage(bytes).hash).toString('hex'), openKeyPackage(bytes).record.lastResort)
    if (this.isGone === 'after') throw new UnavailableError('the connection is gone')
    return null
  }

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
  const now = (): number => Date.now()
  let packages: SecretPackages

  beforeEach(async () => {
    const { kv } = await openMemoryStore()
    packages = new SecretPackages({ kv, keys: new RecordKeys(new Uint8Array(32)), manifest: () => manifest, device, mls: secretMls([manifest], now), now })
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

  it('are left at another relay as well, once the account has moved there', async () => {
    const [first, second] = [new Relay(), new Relay()]
    await packages.publish(first)
    await packages.publish(second)
    assert.deepEqual(second.counts, [LIMITS.secretKeyPackages, 1])
    for (const hash of first.has.keys()) assert.ok(await packages.privatePart(Buffer.from(hash, 'hex')) !== undefined)
  })
})
