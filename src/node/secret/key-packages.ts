/** One-time key packages by which others begin secret chats with this device: made, kept, left at the home relay, and used once. */
import { secretStartAddress, type SecretMls } from '../../protocol/crypto/index.js'
import { decodeCbor, encodeCbor, keyShape, LIMITS, openKeyPackage, QuotaError, sameBytes, shape, signKeyPackage, UnsupportedError, type CheckedManifest, type Digest, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { leafIdentityFor } from '../chats/index.js'
import type { PackagesLeft, RelayLink } from '../gateway/index.js'
import type { RecordKeys } from '../records/index.js'
import { Serial } from '../serial.js'

/** What it works with. */
export interface SecretPackagesDeps {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly manifest: () => CheckedManifest
  readonly device: Signer
  readonly mls: SecretMls
  readonly now: () => number
  /** How many lie at the relay, and more are brought when half of them are gone; as LIMITS say unless told. */
  readonly count?: number | undefined
}

/** The relay at which they are left. */
export type PackagesLink = Pick<RelayLink, 'peer' | 'putKeyPackages' | 'keepPipes' | 'forgetPipes'>
/** A key package and its private part. */
export interface SecretPackage { readonly record: Uint8Array, readonly hash: Digest, readonly privatePart: Uint8Array }
/** How they stand at the relay, as it said last: what is left of how many, how many were given to somebody within a day who has not used them, and how often the last resort was, and when last (ms). */
export interface PackagesStanding { readonly left: number, readonly of: number, readonly given: number, readonly lastResorts: number, readonly lastResortAt: number }

const kept = shape.struct({
  v: shape.literal(1), hash: shape.bytes(32), privatePart: shape.bytes({ max: LIMITS.keyPackageBytes * 3 }), notAfter: shape.uint(), lastResort: shape.bool,
  /** What is to be left at a relay, until one has it; then which one has; then when it was seen that it has it no more. */
  record: shape.optional(shape.bytes({ max: LIMITS.keyPackageBytes + 2048 })), at: shape.optional(keyShape), given: shape.optional(shape.uint())
})
const KEPT_BYTES = LIMITS.keyPackageBytes * 5 + 4096
type Kept = Omit<ReturnType<typeof kept>, 'v' | 'unknown'>
const DAY_MS = 24 * 3600_000

/** See the file's head. */
export class SecretPackages {
  readonly #deps: SecretPackagesDeps
  readonly #serial = new Serial()
  /** Those that were used in this run. */
  readonly #used = new Set<string>()
  /** The hashes of all that are here, by the address at which beginnings with them wait. */
  #addresses: Promise<Map<string, Digest>> | undefined
  #link: PackagesLink | undefined
  #standing: PackagesStanding | null = null

  constructor (deps: SecretPackagesDeps) { this.#deps = deps }

  /** As the relay said last; null before it did. */
  get standing (): PackagesStanding | null { return this.#standing }

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
   * Leaves as many at a relay as are fewer there than they should be, and has it keep what comes to their addresses. The
   * relay says which it gave to somebody. What it has not said that it has is left there again, also after a crash.
   */
  async publish (link: PackagesLink, options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#link = link
    await this.#serial.run(async () => { await this.#publish(link, options) })
  }

  /** The same at the relay of the last time: somebody may have used up all. */
  async again (options: { signal?: AbortSignal } = {}): Promise<void> { if (this.#link !== undefined) await this.publish(this.#link, options) }

  async #publish (link: PackagesLink, options: { signal?: AbortSignal }): Promise<void> {
    const { kv, now } = this.#deps
    const count = this.#count()
    const told = await link.putKeyPackages([], options)
    const all = (await this.#all()).map(one => isGiven(one, link.peer, told?.left) || isWorn(one, told, now()) ? { ...one, given: now() } : one)
    const old = tooOld(all, now())
    const here = all.filter(one => !old.includes(one) && one.given === undefined && one.notAfter - LIMITS.keyPackageRotateMs > now() && (one.at === undefined ? one.record !== undefined : sameBytes(one.at, link.peer)))
    const once = here.filter(({ lastResort }) => !lastResort).length
    const fresh: Kept[] = []
    if (!here.some(({ lastResort }) => lastResort)) fresh.push(await this.#fresh(true))
    const isLast = fresh.length
    if (once * 2 < count) while (fresh.length - isLast + once < count) fresh.push(await this.#fresh(false))
    // Durable before anybody can be given one.
    await kv.batch([...all.filter(one => one.given === now() && !this.#used.has(nameOf(one.hash))).map(one => this.#op(one)), ...old.map(({ hash }): KeyValueOp => ({ type: 'del', key: this.#deps.keys.one('secretPackage', hash) })), ...fresh.map(one => this.#op(one))])
    try {
      await this.#listen(link, [...all.filter(one => !old.includes(one)), ...fresh], old, options)
    } catch (error) {
      // A relay that keeps no frames, or has no room for more of them: the rest of what is published does not wait for it.
      if (!(error instanceof UnsupportedError || error instanceof QuotaError)) throw error
    }
    const left = [...here, ...fresh].flatMap(({ record, ...one }) => record === undefined ? [] : [{ record, one }])
    for (let i = 0; i < left.length; i += LIMITS.keyPackagesPerCall) {
      const some = left.slice(i, i + LIMITS.keyPackagesPerCall)
      await link.putKeyPackages(some.map(({ record }) => record), options)
      // One that was used meanwhile is gone, and does not come back.
      await kv.batch(some.flatMap(({ one }) => this.#used.has(nameOf(one.hash)) ? [] : [this.#op({ ...one, at: link.peer })]))
    }
    // An old one makes room at the relay for those that replace it: nobody was given it.
    const given = all.filter(one => one.given !== undefined && !one.lastResort && one.privatePart.length > 0 && one.given + DAY_MS > now() && one.notAfter - LIMITS.keyPackageRotateMs > now()).length
    this.#standing = { left: once + fresh.length - isLast, of: count, given, lastResorts: told?.lastResorts ?? 0, lastResortAt: told?.lastResortAt ?? 0 }
  }

  /** What opens a Welcome that was made with a package of this device; undefined when it is another's, or was used. */
  async privatePart (hash: Digest): Promise<{ privatePart: Uint8Array, lastResort: boolean } | undefined> {
    const bytes = await this.#deps.kv.get(this.#deps.keys.one('secretPackage', hash))
    if (bytes === undefined) return undefined
    const found = kept(decodeCbor(bytes, KEPT_BYTES), 'secret key package')
    return found.privatePart.length === 0 ? undefined : found
  }

  /** Whether an address is one of a package of this device. */
  async isAddress (address: Uint8Array): Promise<boolean> { return (await this.#known()).has(nameOf(address)) }

  /** The change that forgets what one opens: with the first write of the chat that it opened. Its address stays for a while: another device may have been quicker. */
  used (hash: Digest): KeyValueOp {
    const { now } = this.#deps
    this.#used.add(nameOf(hash))
    return this.#op({ hash, privatePart: new Uint8Array(0), notAfter: now() + LIMITS.keyPackageLifeMs, lastResort: false, given: now() })
  }

  /** Of many devices each leaves fewer: all of them have to fit. */
  #count (): number {
    const { count, manifest } = this.#deps
    return count ?? Math.max(2, Math.min(LIMITS.secretKeyPackages, Math.floor(LIMITS.secretKeyPackagesOfAll / manifest().manifest.devices.length) - 1))
  }

  /** Beginnings with any of them reach this device while it is away; where one is gone nothing waits any more. */
  async #listen (link: PackagesLink, all: readonly Kept[], old: readonly Kept[], options: { signal?: AbortSignal }): Promise<void> {
    const known = await this.#known()
    for (const { hash } of all) known.set(nameOf(secretStartAddress(hash)), hash)
    const gone = old.map(({ hash }) => secretStartAddress(hash))
    for (const lastResort of [false, true]) {
      const addresses = all.filter(one => one.lastResort === lastResort).map(({ hash }) => secretStartAddress(hash))
      if (addresses.length > 0) await link.keepPipes(addresses, { ...options, most: lastResort ? LIMITS.secretLastResortsKept : LIMITS.secretStartsKept })
    }
    if (gone.length > 0) await link.forgetPipes(gone, options)
    for (const address of gone) known.delete(nameOf(address))
  }

  async #known (): Promise<Map<string, Digest>> {
    this.#addresses ??= this.#all().then(all => new Map(all.map(({ hash }) => [nameOf(secretStartAddress(hash)), hash])))
    return await this.#addresses
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

/** Whether a relay that had one says that it has it no more: somebody was given it. */
function isGiven ({ at, given, lastResort, hash }: Kept, relay: KeyBytes, left: readonly Uint8Array[] | undefined): boolean {
  return left !== undefined && !lastResort && given === undefined && at !== undefined && sameBytes(at, relay) && !left.some(one => sameBytes(one, hash))
}

/** A last resort that somebody was given is replaced once it is a week old: what it opens is open to whoever steals it for as long as it is here. */
function isWorn ({ notAfter, lastResort, given }: Kept, told: PackagesLeft | null, now: number): boolean {
  const made = notAfter - LIMITS.keyPackageLifeMs
  return lastResort && given === undefined && told !== null && told.lastResortAt > made && made + LIMITS.keyPackageRotateMs < now
}

/** Those that nobody can have a use for any more; and of those that were given away and never used the first, when they are too many. */
function tooOld (all: readonly Kept[], now: number): Kept[] {
  const given = all.filter(one => one.given !== undefined).sort((a, b) => (a.given ?? 0) - (b.given ?? 0))
  const surplus = new Set(given.slice(0, Math.max(0, given.length - LIMITS.secretPackagesGiven)))
  return all.filter(one => surplus.has(one) || Math.min(one.notAfter, one.given ?? Infinity) + LIMITS.keyPackageGraceMs < now)
}

function nameOf (bytes: Uint8Array): string { return Buffer.from(bytes).toString('latin1') }
