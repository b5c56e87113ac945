/** Key packages that accounts leave for others: reusable cloud ones, one-time secret ones with a last resort. */
import {
  BadInputError, ConflictError, decodeCbor, encodeCbor, ForbiddenError, KEY_LENGTH, LIMITS, lists, NotFoundError, openKeyPackage, QuotaError, sameBytes, shape, TooLargeError,
  type CheckedManifest, type KeyBytes, type KeyPackageUse
} from '../../protocol/wire/index.js'
import type { RecordStore } from '../../store/index.js'
import { recordKey } from '../record-keys.js'

/** What a fetch returns. */
export interface HandedOut { readonly record: Uint8Array, readonly lastResort: boolean }

interface Kept { readonly key: Uint8Array, readonly rev: number, readonly bytes: Uint8Array, readonly device: KeyBytes, readonly hash: Uint8Array, readonly notBefore: number, readonly notAfter: number, readonly lastResort: boolean }

// What a choice needs stands beside the record, so that a fetch checks no signatures.
const keptShape = shape.tuple(
  shape.literal(1), shape.bytes({ max: LIMITS.keyPackageBytes + 2048 }), shape.bytes(34), shape.uint(), shape.uint(), shape.bool
)
const USES: Record<KeyPackageUse, Uint8Array> = { cloud: Uint8Array.of(0), secret: Uint8Array.of(1) }

/** See the file's head. */
export class KeyPackages {
  readonly #records: RecordStore

  constructor (records: RecordStore) { this.#records = records }

  /**
   * Keeps records of an account.
   *
   * @throws ForbiddenError when one is another account's or signed by a device the manifest does not list
   * @throws ProofError, BadInputError, TooLargeError; QuotaError over LIMITS.keyPackages
   */
  async put (manifest: CheckedManifest, packages: readonly Uint8Array[], now: number): Promise<void> {
    if (packages.length > LIMITS.keyPackagesPerCall) throw new TooLargeError(`${packages.length} key packages in one call: at most ${LIMITS.keyPackagesPerCall}`)
    const { account } = manifest.manifest
    const opened = packages.map(bytes => ({ bytes, ...openKeyPackage(bytes) }))
    for (const { record, device } of opened) {
      if (!sameBytes(record.account, account)) throw new ForbiddenError('a key package is another account\'s')
      if (!lists(manifest.manifest, device)) throw new ForbiddenError('a key package is signed by a device that the account\'s manifest does not list')
      if (record.notAfter <= now) throw new BadInputError('a key package has expired already')
    }
    let held = 0
    for await (const [_key] of this.#records.list(recordKey('keyPackage', account))) held++
    if (held + opened.length > LIMITS.keyPackages) throw new QuotaError(`an account keeps at most ${LIMITS.keyPackages} key packages here, and has ${held}`, { details: { max: LIMITS.keyPackages, held } })
    await Promise.all(opened.map(({ bytes, record, device, hash }) => this.#records.put(
      recordKey('keyPackage', account, USES[record.use], hash),
      encodeCbor([1, bytes, device, record.notBefore, record.notAfter, record.lastResort]),
      { ttl: record.notAfter - now })))
  }

  /**
   * One key package of an account. Cloud: the newest valid one, those that the manifest names first. Secret: one that
   * nobody got before, and is given to nobody again; when none is left, the last resort, so flagged.
   *
   * @throws NotFoundError when there is none
   */
  async get (manifest: CheckedManifest, use: KeyPackageUse, now: number): Promise<HandedOut> {
    const valid = (await this.#kept(manifest.manifest.account, use)).filter(kept => kept.notBefore <= now && now < kept.notAfter && lists(manifest.manifest, kept.device))
    if (use === 'cloud') {
      const named = (kept: Kept): boolean => manifest.manifest.keyPackages.some(hash => sameBytes(hash, kept.hash))
      const best = valid.sort((a, b) => Number(named(b)) - Number(named(a)) || b.notBefore - a.notBefore)[0]
      if (best !== undefined) return { record: best.bytes, lastResort: false }
    } else {
      for (const kept of valid.filter(one => !one.lastResort)) if (await this.#take(kept)) return { record: kept.bytes, lastResort: false }
      const last = valid.filter(one => one.lastResort).sort((a, b) => b.notBefore - a.notBefore)[0]
      if (last !== undefined) return { record: last.bytes, lastResort: true }
    }
    throw new NotFoundError('the account has no key package here that is valid now')
  }

  /** Removes all of an account, or those of devices its manifest does not list any more. */
  async remove (account: KeyBytes, unless: (device: KeyBytes) => boolean = () => false): Promise<void> {
    for (const use of ['cloud', 'secret'] as const) {
      for (const kept of await this.#kept(account, use)) if (!unless(kept.device)) await this.#records.delete(kept.key)
    }
  }

  /**
   * Forgets all one-time packages of every account: in a restored store some are there again that were handed out. Their
   * owners' devices bring new ones.
   */
  async forgetOneTime (): Promise<void> {
    const prefix = recordKey('keyPackage')
    for await (const [key, { value }] of this.#records.list(prefix)) {
      if (key[prefix.length + KEY_LENGTH] === USES.secret[0] && !decodeKept(value)[5]) await this.#records.delete(key)
    }
  }

  /** True for exactly one of those who want it. */
  async #take (kept: Kept): Promise<boolean> {
    try {
      return await this.#records.delete(kept.key, { ifRev: kept.rev })
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
  }

  async #kept (account: KeyBytes, use: KeyPackageUse): Promise<Kept[]> {
    const prefix = recordKey('keyPackage', account, USES[use])
    const all: Kept[] = []
    for await (const [key, { value, rev }] of this.#records.list(prefix)) {
      const [, bytes, device, notBefore, notAfter, lastResort] = decodeKept(value)
      all.push({ key, rev, bytes, device, hash: key.subarray(prefix.length), notBefore, notAfter, lastResort })
    }
    return all
  }
}

function decodeKept (value: Uint8Array): ReturnType<typeof keptShape> { return keptShape(decodeCbor(value, LIMITS.keyPackageBytes + 4096), 'key package record') }
