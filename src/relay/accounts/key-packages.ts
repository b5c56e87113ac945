/** Key packages that accounts leave for others: reusable cloud ones, one-time secret ones with a last resort. */
import {
  BadInputError, ConflictError, decodeCbor, encodeCbor, ForbiddenError, KEY_LENGTH, LIMITS, lists, NotFoundError, openKeyPackage, QuotaError, sameBytes, shape, TooLargeError,
  type CheckedManifest, type KeyBytes, type KeyPackageRecord, type KeyPackageUse, type Manifest
} from '../../protocol/wire/index.js'
import { Turns, type RecordStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey } from '../record-keys.js'

/** What a fetch returns. */
export interface HandedOut { readonly record: Uint8Array, readonly lastResort: boolean }

/** Who asks: whether one may be used up for it (it counts as done), and whether the account knows nothing of it. */
export interface PackageAsker { readonly mayTake: () => boolean, readonly isStranger: boolean }

/** What is left of a device's packages for secret chats. Times in ms. */
export interface Left { readonly left: Uint8Array[], readonly lastResorts: number, readonly lastResortAt: number }

interface Kept { readonly key: Uint8Array, readonly rev: number, readonly bytes: Uint8Array, readonly device: KeyBytes, readonly hash: Uint8Array, readonly notBefore: number, readonly notAfter: number, readonly lastResort: boolean }

/** What there is to drop; what is brought once more stays. */
interface Room { readonly key: Uint8Array, readonly name: string, readonly notBefore: number, readonly lastResort: boolean, readonly stays: boolean }

// What a choice needs stands beside the record, so that a fetch checks no signatures.
const keptShape = shape.tuple(
  shape.literal(1), shape.bytes({ max: LIMITS.keyPackageBytes + 2048 }), shape.bytes(34), shape.uint(), shape.uint(), shape.bool
)
const NONE = 'the account has no key package here that is valid now'
const LASTS = 20_000
const USES: Record<KeyPackageUse, Uint8Array> = { cloud: Uint8Array.of(0), secret: Uint8Array.of(1) }

/** See the file's head. */
export class KeyPackages {
  readonly #records: RecordStore
  /** How often a device's last resort was given, and when last; those of long ago are forgotten first. In memory. */
  readonly #lasts = new Map<string, { count: number, at: number }>()
  /** How many one-time packages of a device there were when it last brought some. In memory, as many as of the above. */
  readonly #brought = new Map<string, number>()
  /** By account: what is counted is still so when it is written. */
  readonly #turns = new Turns()

  constructor (records: RecordStore) { this.#records = records }

  /**
   * Keeps records of an account. Where there is no room for a device's fresh ones, older ones of the same device go.
   *
   * @throws ForbiddenError when one is another account's or signed by a device the manifest does not list
   * @throws ProofError, BadInputError, TooLargeError; QuotaError over LIMITS.keyPackagesHeld, or LIMITS.keyPackagesOfDevice
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
    if (opened.length === 0) return
    await this.#turns.run(mapKey(account), undefined, async () => {
      await this.#makeRoom(account, opened)
      await Promise.all(opened.map(({ bytes, record, device, hash }) => this.#records.put(
        recordKey('keyPackage', account, USES[record.use], hash),
        encodeCbor([1, bytes, device, record.notBefore, record.notAfter, record.lastResort]),
        { ttl: record.notAfter - now })))
      const brought = new Set(opened.flatMap(({ record, device }) => record.use === 'secret' && !record.lastResort ? [mapKey(device)] : []))
      if (brought.size === 0) return
      const counts = await this.#oneTime(account)
      for (const name of brought) this.#noteBrought(name, counts.get(name) ?? 0)
    })
  }

  /**
   * One key package of an account for cloud chats: the newest valid one, those that the manifest names first.
   *
   * @throws NotFoundError when there is none
   */
  async cloud ({ manifest }: CheckedManifest, now: number): Promise<HandedOut> {
    const named = (kept: Kept): boolean => manifest.keyPackages.some(hash => sameBytes(hash, kept.hash))
    const valid: Kept[] = []
    for await (const kept of this.#kept(manifest.account, 'cloud')) if (isValid(kept, manifest, now)) valid.push(kept)
    const [best] = valid.sort((a, b) => Number(named(b)) - Number(named(a)) || b.notBefore - a.notBefore)
    if (best === undefined) throw new NotFoundError(NONE)
    return { record: best.bytes, lastResort: false }
  }

  /**
   * One of an account for a secret chat, of one of its devices where that is named: one that nobody got before and is
   * given to nobody again. When none is left, or none is to be used up for the asker, the last resort, so flagged. A
   * stranger leaves others half of what a device has brought.
   *
   * @throws NotFoundError when there is neither
   */
  async secret (checked: CheckedManifest, device: KeyBytes | undefined, now: number, asker: PackageAsker): Promise<HandedOut> {
    if (!asker.isStranger) return await this.#secret(checked, device, now, asker.mayTake, false)
    // Those for whom none is used up wait for nobody.
    if (!asker.mayTake()) return await this.#secret(checked, device, now, () => false, true)
    return await this.#turns.run(mapKey(checked.manifest.account), undefined, async () => await this.#secret(checked, device, now, () => true, true))
  }

  async #secret ({ manifest }: CheckedManifest, device: KeyBytes | undefined, now: number, mayTake: () => boolean, isStranger: boolean): Promise<HandedOut> {
    let last: Kept | undefined
    let isAllowed: boolean | undefined
    let counts: Map<string, number> | undefined
    // No further than to the first that will do: an account of many devices has megabytes of them.
    for await (const kept of this.#kept(manifest.account, 'secret')) {
      if (!isValid(kept, manifest, now) || (device !== undefined && !sameBytes(kept.device, device))) continue
      if (kept.lastResort) { if (last === undefined || kept.notBefore > last.notBefore) last = kept; continue }
      isAllowed ??= mayTake()
      if (!isAllowed) continue
      if (isStranger) {
        counts ??= await this.#oneTime(manifest.account)
        if (!this.#isSpare(kept.device, counts)) continue
      }
      if (await this.#take(kept)) return { record: kept.bytes, lastResort: false }
    }
    if (last === undefined) throw new NotFoundError(NONE)
    this.#noteLast(last.device, now)
    return { record: last.bytes, lastResort: true }
  }

  /** What is here of a device's one-time packages, and how often its last resort had to do since this relay began. */
  async left (account: KeyBytes, device: KeyBytes): Promise<Left> {
    const left: Uint8Array[] = []
    for await (const kept of this.#kept(account, 'secret')) if (!kept.lastResort && sameBytes(kept.device, device)) left.push(kept.hash.slice())
    const { count, at } = this.#lasts.get(mapKey(device)) ?? { count: 0, at: 0 }
    return { left, lastResorts: count, lastResortAt: at }
  }

  /** Removes all of an account, or those of devices its manifest does not list any more. */
  async remove (account: KeyBytes, unless: (device: KeyBytes) => boolean = () => false): Promise<void> {
    for (const use of ['cloud', 'secret'] as const) {
      for await (const kept of this.#kept(account, use)) if (!unless(kept.device)) await this.#records.delete(kept.key)
    }
  }

  /** Room for what is fresh, of which what is here already needs none. @throws QuotaError */
  async #makeRoom (account: KeyBytes, packages: ReadonlyArray<{ record: KeyPackageRecord, device: KeyBytes, hash: Uint8Array }>): Promise<void> {
    const fresh = new Map(packages.map(one => [mapKey(one.hash), one]))
    const held: Room[] = []
    let count = 0
    for (const use of ['cloud', 'secret'] as const) {
      for await (const { key, device, hash, notBefore, lastResort } of this.#kept(account, use)) {
        count++
        const stays = fresh.delete(mapKey(hash))
        if (use === 'secret') held.push({ key, name: mapKey(device), notBefore, lastResort, stays })
      }
    }
    const dropped = new Set<Room>()
    for (const name of new Set([...fresh.values()].flatMap(({ record, device }) => record.use === 'secret' ? [mapKey(device)] : []))) {
      const own = [...fresh.values()].filter(({ record, device }) => record.use === 'secret' && mapKey(device) === name).map(({ record }) => record)
      const here = held.filter(one => one.name === name)
      const surplus = Math.max(here.length + own.length - LIMITS.keyPackagesOfDevice, Math.min(own.length, count - dropped.size + fresh.size - LIMITS.keyPackagesHeld))
      const older = olderOf(here, own)
      if (here.length + own.length - older.length > LIMITS.keyPackagesOfDevice) throw new QuotaError(`a device keeps at most ${LIMITS.keyPackagesOfDevice} key packages for secret chats here`, { details: { max: LIMITS.keyPackagesOfDevice } })
      for (const one of older.slice(0, Math.max(0, surplus))) dropped.add(one)
    }
    if (count - dropped.size + fresh.size > LIMITS.keyPackagesHeld) throw new QuotaError(`an account keeps at most ${LIMITS.keyPackagesHeld} key packages here, and has ${count}`, { details: { max: LIMITS.keyPackagesHeld, held: count } })
    for (const { key } of dropped) await this.#records.delete(key)
  }

  /** How many one-time packages each device of an account has here. */
  async #oneTime (account: KeyBytes): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for await (const { device, lastResort } of this.#kept(account, 'secret')) if (!lastResort) counts.set(mapKey(device), (counts.get(mapKey(device)) ?? 0) + 1)
    return counts
  }

  /** Whether at least half of what a device has brought is left when one more is gone. */
  #isSpare (device: KeyBytes, counts: Map<string, number>): boolean {
    const brought = this.#brought.get(mapKey(device)) ?? LIMITS.secretKeyPackages
    return ((counts.get(mapKey(device)) ?? 0) - 1) * 2 >= brought
  }

  /** Older ones beside them are not counted: they go by themselves. */
  #noteBrought (name: string, count: number): void {
    this.#brought.delete(name)
    this.#brought.set(name, Math.min(count, LIMITS.secretKeyPackages))
    forgetFirst(this.#brought)
  }

  #noteLast (device: KeyBytes, at: number): void {
    const name = mapKey(device)
    const count = (this.#lasts.get(name)?.count ?? 0) + 1
    this.#lasts.delete(name)
    this.#lasts.set(name, { count, at })
    forgetFirst(this.#lasts)
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

  async * #kept (account: KeyBytes, use: KeyPackageUse): AsyncGenerator<Kept> {
    const prefix = recordKey('keyPackage', account, USES[use])
    for await (const [key, { value, rev }] of this.#records.list(prefix)) {
      const [, bytes, device, notBefore, notAfter, lastResort] = decodeKept(value)
      yield { key, rev, bytes, device, hash: key.subarray(prefix.length), notBefore, notAfter, lastResort }
    }
  }
}

function isValid ({ notBefore, notAfter, device }: Kept, manifest: Manifest, now: number): boolean { return notBefore <= now && now < notAfter && lists(manifest, device) }

/** Those of a device that fresh ones of it may take the place of, the oldest first; a last resort goes for another alone. */
function olderOf (here: readonly Room[], fresh: readonly KeyPackageRecord[]): Room[] {
  const first = Math.min(...fresh.map(({ notBefore }) => notBefore))
  const hasLast = fresh.some(({ lastResort }) => lastResort)
  return here.filter(one => !one.stays && one.notBefore < first && (hasLast || !one.lastResort)).sort((a, b) => a.notBefore - b.notBefore || Number(b.lastResort) - Number(a.lastResort))
}

function forgetFirst (map: Map<string, unknown>): void {
  for (const first of map.keys()) {
    if (map.size <= LASTS) break
    map.delete(first)
  }
}

function decodeKept (value: Uint8Array): ReturnType<typeof keptShape> { return keptShape(decodeCbor(value, LIMITS.keyPackageBytes + 4096), 'key package record') }
