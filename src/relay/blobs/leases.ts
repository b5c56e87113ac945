/** Leases: blobs that are kept for somebody until they give them up. Who else keeps the same blob makes no difference. */
import { BadInputError, blobRoot, LIMITS, QuotaError, type Cid } from '../../protocol/wire/index.js'
import { Turns, type Clock, type KeyValueOp, type Store } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { blobKey, keptBy, leasesOf, ownerOfReference, splitOwned, under, type OwnerTag } from './keys.js'
import type { MediaLedger } from './ledger.js'
import { decodeEnd, decodeLease, encodeEnd, encodeLease, type BlobSource, type LeaseRecord, type LeaseState } from './records.js'
import type { References } from './references.js'

/** What it works with. */
export interface LeasesParts {
  readonly store: Store
  readonly clock: Clock
  readonly ledger: MediaLedger
  readonly references: References
}

/** A blob that somebody waits for. `owner`: the name of whoever asked for it last. */
export interface ComingBlob { readonly root: Cid, readonly size: number, readonly sources: readonly BlobSource[], readonly owner: string }

/** See the file's head. */
export class Leases {
  readonly #parts: LeasesParts
  readonly #turns = new Turns()
  /** How many leases each root has, by name: for the roots that are coming, with what is needed to go on. */
  readonly #coming = new Map<string, ComingBlob>()

  constructor (parts: LeasesParts) { this.#parts = parts }

  /** Reads what there is. Once, before use. */
  async recover (): Promise<void> {
    for await (const [key, value] of this.#parts.store.kv.iterate(under(blobKey('lease')))) {
      const { owner, rest: root } = splitOwned(key)
      const lease = decodeLease(value)
      this.#parts.ledger.lease(owner.name, undefined, lease)
      if (lease.state === 'coming') this.#expect(owner, root, lease)
    }
  }

  /** Blobs that are leased and not whole yet. */
  get coming (): ComingBlob[] { return [...this.#coming.values()] }

  /** What is waited for of a root; undefined when it is nobody's, or whole. */
  comingOf (root: Cid): ComingBlob | undefined { return this.#coming.get(mapKey(root)) }

  /** An owner's lease of a root. */
  async get (owner: OwnerTag, root: Cid): Promise<LeaseRecord | undefined> {
    const value = await this.#parts.store.kv.get(blobKey('lease', owner.bytes, root))
    return value === undefined ? undefined : decodeLease(value)
  }

  /**
   * Leases a root, in state `coming` unless it is held already, or is now; with sources beside those it has. `free`: bytes
   * of the owner that go at the same time; `keepMs`: it ends by itself after this, unless it is there without an end.
   *
   * @throws BadInputError for a size that the root cannot have, or not the one it has been leased with; QuotaError
   */
  async make (owner: OwnerTag, root: Cid, size: number, sources: readonly BlobSource[], state: LeaseState = 'coming', more: { readonly free?: number, readonly keepMs?: number | undefined } = {}): Promise<LeaseRecord> {
    const { free = 0, keepMs } = more
    blobRoot(root, size)
    if (keepMs !== undefined && (keepMs < 1 || keepMs > LIMITS.leaseKeepMs)) throw new BadInputError(`a lease ends after 1 to ${LIMITS.leaseKeepMs} ms, not ${keepMs}`)
    return await this.#inTurn(owner, root, async before => {
      const { ledger, clock } = this.#parts
      if (before !== undefined && before.size !== size) throw new BadInputError(`that blob is leased with ${before.size} bytes, not ${size}`)
      if (before === undefined) {
        if (ledger.usage(owner.name).leases >= LIMITS.leasesPerAccount) throw new QuotaError(`the account has ${LIMITS.leasesPerAccount} files here: delete some`)
        if (state === 'coming' && ledger.usage(owner.name).coming >= ledger.mostComing) throw new QuotaError(`the account waits for ${LIMITS.comingLeasesPerAccount} files: wait until some are here, or delete some`, { details: { retryMs: LIMITS.comingRetryMs } })
        ledger.require(owner.name, size, free)
      }
      const isHeld = state === 'held' || before?.state === 'held'
      const lease: LeaseRecord = { size, state: isHeld ? 'held' : 'coming', made: before?.made ?? clock.now(), sources: isHeld ? [] : merged(sources, before?.sources ?? []) }
      // Counted before it is written: what comes at the same time must not fit the same room.
      ledger.lease(owner.name, before, lease)
      try {
        await this.#write(owner, root, lease, await this.#end(owner, root, before !== undefined, keepMs))
      } catch (error) {
        ledger.lease(owner.name, lease, before)
        throw error
      }
      if (lease.state === 'coming') this.#expect(owner, root, lease)
      return lease
    })
  }

  /** Whether all of a root was here when it was last looked at: what one lease of it says they all say. */
  async isHeld (root: Cid): Promise<boolean> {
    for await (const [key] of this.#parts.store.kv.iterate({ ...under(leasesOf(root)), limit: 1 })) return (await this.get(ownerOfReference(key), root))?.state === 'held'
    return false
  }

  /** Every lease of the root that is not in this state becomes so. */
  async mark (root: Cid, state: LeaseState): Promise<void> {
    for (const owner of await this.ownersOf(root)) {
      await this.#inTurn(owner, root, async before => {
        if (before === undefined || before.state === state) return
        const lease: LeaseRecord = { ...before, state, sources: state === 'held' ? [] : before.sources }
        await this.#write(owner, root, lease)
        this.#parts.ledger.lease(owner.name, before, lease)
        if (state === 'coming') this.#expect(owner, root, lease)
      })
    }
    if (state === 'held') this.#expectNoMore(root)
  }

  /** Gives a blob up. True when it was leased; `isLast`: nobody leases it any more. */
  async release (owner: OwnerTag, root: Cid): Promise<{ was: boolean, isLast: boolean }> {
    const { store: { kv }, references, ledger } = this.#parts
    const was = await this.#inTurn(owner, root, async before => {
      if (before === undefined) return false
      await references.dropping([root], () => kv.batch([
        { type: 'del', key: blobKey('lease', owner.bytes, root) }, { type: 'del', key: blobKey('ends', owner.bytes, root) }, ...references.drop(root, keptBy.lease(owner))
      ]))
      ledger.lease(owner.name, before, undefined)
      return true
    })
    const isLast = was && (await this.ownersOf(root)).length === 0
    if (isLast) {
      this.#expectNoMore(root)
      // Only now: as long as others lease it, it says that the blob is in use.
      await kv.batch([{ type: 'del', key: blobKey('used', root) }], { soft: true })
    }
    return { was, isLast }
  }

  /** Who leases a root with another size than this. */
  async otherSizes (root: Cid, size: number): Promise<OwnerTag[]> {
    const owners = await this.ownersOf(root)
    const leases = await Promise.all(owners.map(owner => this.get(owner, root)))
    return owners.filter((_, i) => leases[i] !== undefined && leases[i].size !== size)
  }

  /** Waits for a blob as its first lease says, in place of what was believed of it. Undefined when nobody leases it. */
  async expectAgain (root: Cid): Promise<ComingBlob | undefined> {
    const sources = this.#coming.get(mapKey(root))?.sources ?? []
    this.#expectNoMore(root)
    const [owner] = await this.ownersOf(root)
    const lease = owner === undefined ? undefined : await this.get(owner, root)
    if (owner === undefined || lease === undefined) return undefined
    this.#expect(owner, root, { ...lease, sources: merged(lease.sources, sources) })
    return this.comingOf(root)
  }

  /** Who leases a root. */
  async ownersOf (root: Cid): Promise<OwnerTag[]> {
    const owners: OwnerTag[] = []
    for await (const [key] of this.#parts.store.kv.iterate(under(leasesOf(root)))) owners.push(ownerOfReference(key))
    return owners
  }

  /** An owner's leases, from after a root on. */
  async * list (owner: OwnerTag, after?: Cid): AsyncGenerator<{ root: Cid } & LeaseRecord> {
    const range = under(blobKey('lease', owner.bytes))
    const from = after === undefined ? range : { gt: blobKey('lease', owner.bytes, after), lt: range.lt }
    for await (const [key, value] of this.#parts.store.kv.iterate(from)) yield { root: splitOwned(key).rest, ...decodeLease(value) }
  }

  /** Every lease. */
  async * all (): AsyncGenerator<{ owner: OwnerTag, root: Cid } & LeaseRecord> {
    for await (const [key, value] of this.#parts.store.kv.iterate(under(blobKey('lease')))) {
      const { owner, rest: root } = splitOwned(key)
      yield { owner, root, ...decodeLease(value) }
    }
  }

  /** Leases whose time is over. */
  async * over (now: number): AsyncGenerator<{ owner: OwnerTag, root: Cid }> {
    for await (const [key, value] of this.#parts.store.kv.iterate(under(blobKey('ends')))) {
      if (decodeEnd(value) > now) continue
      const { owner, rest: root } = splitOwned(key)
      yield { owner, root }
    }
  }

  async #end (owner: OwnerTag, root: Cid, isKnown: boolean, keepMs: number | undefined): Promise<KeyValueOp[]> {
    const { store: { kv }, clock } = this.#parts
    const key = blobKey('ends', owner.bytes, root)
    if (keepMs === undefined) return isKnown ? [{ type: 'del', key }] : []
    if (isKnown && await kv.get(key) === undefined) return []
    return [{ type: 'put', key, value: encodeEnd(clock.now() + keepMs) }]
  }

  #expect (owner: OwnerTag, root: Cid, { size, sources }: LeaseRecord): void {
    const before = this.#coming.get(mapKey(root))
    if (before === undefined) this.#parts.ledger.reserve(size, 1)
    this.#coming.set(mapKey(root), { root: before?.root ?? root.slice(), size: before?.size ?? size, sources: merged(sources, before?.sources ?? []), owner: owner.name })
  }

  #expectNoMore (root: Cid): void {
    const before = this.#coming.get(mapKey(root))
    if (before !== undefined) this.#parts.ledger.reserve(before.size, -1)
    this.#coming.delete(mapKey(root))
  }

  async #write (owner: OwnerTag, root: Cid, lease: LeaseRecord, more: readonly KeyValueOp[] = []): Promise<void> {
    const { store: { kv }, references } = this.#parts
    await references.changing([root], () => kv.batch([{ type: 'put', key: blobKey('lease', owner.bytes, root), value: encodeLease(lease) }, ...more, references.add(root, keptBy.lease(owner))]))
  }

  async #inTurn<T> (owner: OwnerTag, root: Cid, work: (before: LeaseRecord | undefined) => Promise<T>): Promise<T> {
    return await this.#turns.run(owner.name + mapKey(root), undefined, async () => await work(await this.get(owner, root)))
  }
}

/** The newer sources, then the older ones that are not among them, as many as are kept. */
function merged (newer: readonly BlobSource[], older: readonly BlobSource[]): BlobSource[] {
  const all = new Map<string, BlobSource>()
  for (const source of [...newer, ...older]) if (!all.has(mapKey(source.peer))) all.set(mapKey(source.peer), { peer: source.peer, addrs: source.addrs.slice(0, LIMITS.addressesPerSource) })
  return [...all.values()].slice(0, LIMITS.holdersPerFile)
}
