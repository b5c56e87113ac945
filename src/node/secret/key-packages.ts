/** One-time key packages by which others begin secret chats with this device: made, kept, left at the home relay, and used once. */
import type { SecretMls } from '../../protocol/crypto/index.js'
import { decodeCbor, encodeCbor, keyShape, LIMITS, openKeyPackage, sameBytes, shape, signKeyPackage, type CheckedManifest, type Digest, type Signer } from '../../protocol/wire/index.js'
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
  /** How many lie at the relay, and more are brought when half of them are used; LIMITS.secretKeyPackages unless told. */
  readonly count?: number | undefined
}

/** A key package and its private part. */
export interface SecretPackage { readonly record: Uint8Array, readonly hash: Digest, readonly privatePart: Uint8Array }

const kept = shape.struct({
  v: shape.literal(1), hash: shape.bytes(32), privatePart: shape.bytes({ max: LIMITS.keyPackageBytes * 3 }), notAfter: shape.uint(), lastResort: shape.bool,
  /** What is to be left at a relay, until one has it; then which one has. */
  record: shape.optional(shape.bytes({ max: LIMITS.keyPackageBytes + 2048 })), at: shape.optional(keyShape)
})
const KEPT_BYTES = LIMITS.keyPackageBytes * 5 + 4096
type Kept = Omit<ReturnType<typeof kept>, 'v' | 'unknown'>

/** See the file's head. */
export class SecretPackages {
  readonly #deps: SecretPackagesDeps
  /** Those that were used or too old in this run. */
  readonly #dropped = new Set<string>()

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
   * Leaves as many at a relay as are fewer there than they should be. How many are left there it does not say: those that
   * this device has left there are counted, and each that is used is one less. What a relay has not said that it has is
   * left there again, also after a crash.
   */
  async publish (link: Pick<RelayLink, 'peer' | 'putKeyPackages'>, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { kv, now, count = LIMITS.secretKeyPackages } = this.#deps
    const all = await this.#all()
    const old = all.filter(({ notAfter }) => notAfter + LIMITS.keyPackageGraceMs < now())
    const here = all.filter(({ notAfter, at, record }) => notAfter - LIMITS.keyPackageRotateMs > now() && (at === undefined ? record !== undefined : sameBytes(at, link.peer)))
    const once = here.filter(({ lastResort }) => !lastResort).length
    const fresh: Kept[] = []
    if (!here.some(({ lastResort }) => lastResort)) fresh.push(await this.#fresh(true))
    const isLast = fresh.length
    if (once * 2 < count) while (fresh.length - isLast + once < count) fresh.push(await this.#fresh(false))
    // Durable before anybody can be given one.
    await kv.batch([...old.map(({ hash }) => this.drop(hash)), ...fresh.map(one => this.#op(one))])
    const left = [...here, ...fresh].flatMap(({ record, ...one }) => record === undefined ? [] : [{ record, one }])
    for (let i = 0; i < left.length; i += LIMITS.keyPackagesPerCall) {
      const some = left.slice(i, i + LIMITS.keyPackagesPerCall)
      await link.putKeyPackages(some.map(({ record }) => record), options)
      // One that was used meanwhile is gone, and does not come back.
      await kv.batch(some.flatMap(({ one }) => this.#dropped.has(nameOf(one.hash)) ? [] : [this.#op({ ...one, at: link.peer })]))
    }
  }

  /** What opens a Welcome that was made with a package of this device; undefined when it is another's, or was used. */
  async privatePart (hash: Digest): Promise<{ privatePart: Uint8Array, lastResort: boolean } | undefined> {
    const bytes = await this.#deps.kv.get(this.#deps.keys.one('secretPackage', hash))
    return bytes === undefined ? undefined : kept(decodeCbor(bytes, KEPT_BYTES), 'secret key package')
  }

  /** The change that forgets one: with the first write of the chat that it opened. */
  drop (hash: Digest): KeyValueOp {
    this.#dropped.add(nameOf(hash))
    return { type: 'del', key: this.#deps.keys.one('secretPackage', hash) }
  }

  async #fresh (lastResort: boolean): Promise<Kept> {
    const { record, hash, privatePart } = await this.make(lastResort)
    return { hash, privatePart, notAfter: this.#deps.now() + LIMITS.keyPackageLifeMs, lastResort, record }
  }

  #op (one: Kept): KeyValueOp { return { type: 'put', key: this.#deps.keys.one('secretPackage', one.hash), value: encodeCbor({ v: 1, ...one }) } }

  async #all (): Promise<Kept[]> {
    const out: Kept[] = []
    for await (const [, bytes] of this.#deps.kv.iterate(this.#deps.keys.all('secretPackage'))) {
      const { v: _v, unknown: _unknown, ...one } = kept(decodeCbor(bytes, KEPT_BYTES), 'secret key package')
      out.push(one)
    }
    return out
  }
}

function nameOf (hash: Digest): string { return Buffer.from(hash).toString('latin1') }
