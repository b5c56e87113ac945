/** One-time key packages by which others begin secret chats with this device: made, kept, left at the home relay, and used once. */
import type { SecretMls } from '../../protocol/crypto/index.js'
import { decodeCbor, encodeCbor, LIMITS, openKeyPackage, shape, signKeyPackage, type CheckedManifest, type Digest, type Signer } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { leafIdentityFor } from '../chats/index.js'
import type { RelayLink } from '../gateway/index.js'
import type { RecordKeys } from '../records/index.js'

/** What it works with. */
export interface SecretPackagesDeps {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly manifest: () => CheckedManifest
  readonly device: Signer
  readonly mls: SecretMls
  readonly now: () => number
}

/** A key package and its private part. */
export interface SecretPackage { readonly record: Uint8Array, readonly hash: Digest, readonly privatePart: Uint8Array }

const kept = shape.struct({ v: shape.literal(1), hash: shape.bytes(32), privatePart: shape.bytes({ max: LIMITS.keyPackageBytes * 3 }), notAfter: shape.uint(), lastResort: shape.bool })

/** See the file's head. */
export class SecretPackages {
  readonly #deps: SecretPackagesDeps

  constructor (deps: SecretPackagesDeps) { this.#deps = deps }

  /** Makes one. Nothing is kept yet. */
  async make (lastResort = false): Promise<SecretPackage> {
    const { manifest, device, mls, now } = this.#deps
    const notBefore = now() - LIMITS.clockSkewMs
    const notAfter = notBefore + LIMITS.keyPackageLifeMs - 1000
    const made = await mls.createKeyPackage({ identity: leafIdentityFor(manifest(), device), notBefore, notAfter })
    const record = signKeyPackage({ v: 1, use: 'secret', account: manifest().manifest.account, manifest: manifest().hash, bundle: made.public, notBefore, notAfter, lastResort }, device)
    return { record, hash: openKeyPackage(record).hash, privatePart: made.private }
  }

  /**
   * Leaves as many at a relay as are fewer than they should be. How many are left there it does not say: those that this
   * device has are counted, and each that is used is one less.
   */
  async publish (link: RelayLink, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { kv, keys, now } = this.#deps
    const all = await this.#all()
    const old = all.filter(({ notAfter }) => notAfter + LIMITS.keyPackageGraceMs < now())
    const valid = all.filter(({ notAfter }) => notAfter - LIMITS.keyPackageRotateMs > now())
    const once = valid.filter(({ lastResort }) => !lastResort).length
    const fresh: SecretPackage[] = []
    if (!valid.some(({ lastResort }) => lastResort)) fresh.push(await this.make(true))
    const isLast = fresh.length
    if (once < LIMITS.secretKeyPackagesLow) while (fresh.length - isLast + once < LIMITS.secretKeyPackages) fresh.push(await this.make())
    // Durable before anybody can be given one.
    await kv.batch([
      ...old.map(({ hash }) => this.drop(hash)),
      ...fresh.map(({ hash, privatePart }, i): KeyValueOp => ({ type: 'put', key: keys.one('secretPackage', hash), value: encodeCbor({ v: 1, hash, privatePart, notAfter: now() + LIMITS.keyPackageLifeMs, lastResort: i < isLast }) }))
    ])
    for (let at = 0; at < fresh.length; at += LIMITS.keyPackagesPerCall) await link.putKeyPackages(fresh.slice(at, at + LIMITS.keyPackagesPerCall).map(({ record }) => record), options)
  }

  /** What opens a Welcome that was made with a package of this device; undefined when it is another's, or was used. */
  async privatePart (hash: Digest): Promise<{ privatePart: Uint8Array, lastResort: boolean } | undefined> {
    const bytes = await this.#deps.kv.get(this.#deps.keys.one('secretPackage', hash))
    return bytes === undefined ? undefined : kept(decodeCbor(bytes, LIMITS.keyPackageBytes * 4), 'secret key package')
  }

  /** The change that forgets one: with the first write of the chat that it opened. */
  drop (hash: Digest): KeyValueOp { return { type: 'del', key: this.#deps.keys.one('secretPackage', hash) } }

  async #all (): Promise<Array<{ hash: Digest, notAfter: number, lastResort: boolean }>> {
    const out: Array<{ hash: Digest, notAfter: number, lastResort: boolean }> = []
    for await (const [, bytes] of this.#deps.kv.iterate(this.#deps.keys.all('secretPackage'))) out.push(kept(decodeCbor(bytes, LIMITS.keyPackageBytes * 4), 'secret key package'))
    return out
  }
}
