/**
 * Which blocks are kept, for whom, and how many. Owners are accounts at a relay, and whatever words a node has for its
 * own uses; nothing else deletes a block of this store.
 */
import {
  BadInputError, blobRoot, cidCodec, CODEC, decodeCid, decodeIndex, ForbiddenError, LIMITS, NotFoundError, sameBytes, shape, TooLargeError,
  type Block, type Cid
} from '../../protocol/wire/index.js'
import { systemClock, type Abortable, type Clock, type ReadOptions, type Store } from '../../store/index.js'
import { silentLogger } from '../logger.js'
import { SERVICE_DEFAULTS } from '../options.js'
import type { BlobServiceParts, BlobTotals, LeaseInfo } from './blob-types.js'
import { Blocks } from './blocks.js'
import { Collector } from './collector.js'
import { Down, type BlobDown } from './down.js'
import { Handlers } from './handlers.js'
import { ownerTag, type OwnerTag } from './keys.js'
import { MediaLedger, type MediaQuota, type MediaUsage } from './ledger.js'
import { Leases, type ComingBlob } from './leases.js'
import type { BlobSource, LeaseState } from './records.js'
import { References } from './references.js'
import { Retention } from './retention.js'
import { Sizes } from './sizes.js'
import { Trees } from './tree.js'
import { Uploads } from './uploads.js'

/** See the file's head. */
export class BlobService {
  readonly #store: Store
  readonly #clock: Clock
  readonly #quota: MediaQuota
  readonly #onBlocks: NonNullable<BlobServiceParts['onBlocks']>
  readonly #down: Down
  readonly #ledger: MediaLedger
  readonly #references: References
  readonly #blocks: Blocks
  readonly #trees: Trees
  readonly #uploads: Uploads
  readonly #leases: Leases
  readonly #collector: Collector
  readonly #retention: Retention
  readonly #sizes: Sizes
  readonly #onWanted = new Handlers<ComingBlob>()
  readonly #onReleased = new Handlers<Cid>()

  private constructor (parts: BlobServiceParts) {
    const { store, clock = systemClock, log = silentLogger, quota = SERVICE_DEFAULTS.quota, onBlocks = () => undefined } = parts
    this.#store = store
    this.#clock = clock
    this.#quota = quota
    this.#onBlocks = onBlocks
    this.#down = new Down(store.kv)
    this.#ledger = new MediaLedger(quota, () => store.blobs.usage.bytes)
    this.#references = new References(store.kv)
    this.#blocks = new Blocks({ blobs: store.blobs, kv: store.kv, down: this.#down, log })
    this.#trees = new Trees(this.#blocks, this.#references)
    const shared = { store, clock, ledger: this.#ledger, references: this.#references, blocks: this.#blocks, log }
    this.#uploads = new Uploads(shared)
    this.#leases = new Leases(shared)
    this.#collector = new Collector({ ...shared, down: this.#down, onCollected: count => { onBlocks('collected', count, 0) } })
    this.#sizes = new Sizes({ leases: this.#leases, release: (owner, root) => this.#release(owner, root), onWanted: blob => { this.#onWanted.tell(blob) } })
    this.#retention = new Retention({
      ...shared, keepMs: parts.retentionMs, leases: this.#leases,
      end: (owner, root) => this.#release(owner, root), expireUploads: now => this.#uploads.expire(now)
    })
  }

  /** Opens the service over a store, and goes on with what a crash interrupted. @throws CorruptError */
  static async open (parts: BlobServiceParts): Promise<BlobService> {
    const service = new BlobService(parts)
    await service.#recover()
    return service
  }

  async #recover (): Promise<void> {
    await this.#down.recover()
    await this.#leases.recover()
    await this.#uploads.recover()
    // Of what the disk brought back nobody may have taken note, nor of what index nodes among it link to.
    const { recovered } = this.#store.blobs
    if (recovered.length > 0) for (const { root } of this.#leases.coming) await this.check(root)
    for (let at = 0; at < recovered.length; at += LIMITS.cidsPerCall) {
      await this.#store.kv.batch(recovered.slice(at, at + LIMITS.cidsPerCall).map(cid => this.#references.candidate(cid)))
    }
    this.#collector.look()
    this.#retention.begin()
  }

  /** Calls `handler` with each blob that is leased and not whole here, again when its lease is asked for again. */
  onWanted (handler: (blob: ComingBlob) => void): () => void { return this.#onWanted.add(handler) }

  /** Calls `handler` with each blob that nobody leases any more. */
  onReleased (handler: (root: Cid) => void): () => void { return this.#onReleased.add(handler) }

  /** Blobs that are leased and not whole here: to go on with after a start. */
  coming (): ComingBlob[] { return this.#leases.coming }

  /** What is stored, in all. */
  get totals (): BlobTotals {
    const { blocks, bytes, diskBytes } = this.#store.blobs.usage
    return { ...this.#ledger.all, blocks, storedBytes: bytes, diskBytes, uploads: this.#uploads.count, coming: this.#leases.coming.length }
  }

  /** What an owner has, and may have. */
  usage (owner: Uint8Array): MediaUsage & { readonly quotaBytes: number } {
    const { leases, bytes } = this.#ledger.usage(ownerTag(owner).name)
    return { leases, bytes, quotaBytes: this.#quota.mediaBytes }
  }

  /**
   * Makes room for blocks of an upload (16 bytes the caller chose), or keeps it open for longer. `bytes`: of all leaves.
   * It ends LIMITS.uploadKeepMs after the last block.
   *
   * @throws QuotaError, BadInputError
   */
  async begin (owner: Uint8Array, upload: Uint8Array, bytes: number): Promise<{ readonly expires: number }> {
    if (!Number.isSafeInteger(bytes) || bytes < 1) throw new BadInputError('an upload has at least one byte')
    if (bytes > LIMITS.blobTreeBytes) throw new TooLargeError(`a blob has at most ${LIMITS.blobTreeBytes} bytes, not ${bytes}`)
    return { expires: await this.#uploads.begin(ownerTag(owner), upload, bytes) }
  }

  /**
   * Keeps blocks for an upload, resolved once they are on the disk.
   *
   * @throws NotFoundError when the upload is not open, QuotaError for more than it was begun for; BadInputError, ProofError, TooLargeError
   * @throws ForbiddenError for a block that is taken down; ReadOnlyError, UnavailableError, AbortedError of the store
   */
  async put (owner: Uint8Array, upload: Uint8Array, blocks: readonly Block[], options: Abortable = {}): Promise<void> {
    await this.#uploads.put(ownerTag(owner), upload, blocks, options)
    this.#kept(blocks)
  }

  /**
   * Leases the blob (for `keepMs`, if given) if all of it is here, and ends the upload; else names the first blocks that are missing.
   *
   * @throws NotFoundError when the upload is not open; QuotaError, BadInputError; ProofError when the blocks are no blob of that size
   */
  async finish (owner: Uint8Array, upload: Uint8Array, root: Cid, size: number, keepMs?: number): Promise<{ readonly missing: readonly Cid[] }> {
    const tag = ownerTag(owner)
    blobRoot(root, size)
    this.#blocks.requireRootUp(root)
    const open = this.#uploads.find(tag, upload)
    if (open === undefined) {
      // Finished before, and the answer was lost.
      const lease = await this.#leases.get(tag, root)
      if (lease?.state === 'held' && lease.size === size) return { missing: [] }
      throw new NotFoundError('there is no such upload here, or it has ended: begin it')
    }
    return await this.#references.changing([root], async () => {
      const state = await this.#trees.look(root, size, LIMITS.cidsPerCall)
      if (!state.isWhole) return { missing: state.missing }
      await this.#leases.make(tag, root, size, [], 'held', { free: open.bytes, keepMs })
      await this.#sizes.dropOthers(root, size)
      await this.#leases.mark(root, 'held')
      await this.#uploads.end(tag, upload, state.names)
      return { missing: [] }
    })
  }

  /** Ends an upload: what it brought goes unless something else keeps it. */
  async cancel (owner: Uint8Array, upload: Uint8Array): Promise<void> { await this.#uploads.end(ownerTag(owner), upload) }

  /**
   * Leases a blob, for `keepMs` if given, whatever of it is here, and says how much that is. Called again it looks again, and takes further sources.
   *
   * @throws QuotaError, BadInputError; ProofError when what is here is no blob of that size; ForbiddenError when it is taken down
   */
  async lease (owner: Uint8Array, root: Cid, size: number, sources: readonly BlobSource[] = [], keepMs?: number): Promise<{ readonly state: LeaseState, readonly have: number }> {
    const tag = ownerTag(owner)
    this.#blocks.requireRootUp(root)
    const before = await this.#leases.get(tag, root)
    // Of one that is whole nothing is waited for, however much the account waits for already.
    await this.#leases.make(tag, root, size, sources, await this.#leases.isHeld(root) ? 'held' : 'coming', { keepMs })
    try {
      const { isHeld, have } = await this.#settle(root, size)
      if (!isHeld) {
        // It was believed whole, and is damaged: where it may be had is noted now.
        await this.#leases.make(tag, root, size, sources, 'coming', { keepMs })
        const blob = this.#leases.comingOf(root)
        if (blob !== undefined) this.#onWanted.tell(blob)
      }
      this.#retention.used(root)
      return { state: isHeld ? 'held' : 'coming', have }
    } catch (error) {
      if (before === undefined) await this.#release(tag, root)
      throw error
    }
  }

  /** Gives a blob up. True when it was leased. */
  async release (owner: Uint8Array, root: Cid): Promise<boolean> { return await this.#release(ownerTag(owner), decodeCid(root)) }

  /** A page of an owner's leases, in the order of their roots. */
  async leases (owner: Uint8Array, { after, limit }: { after?: Cid, limit: number }): Promise<{ readonly leases: LeaseInfo[], readonly more: boolean }> {
    const leases: LeaseInfo[] = []
    for await (const { root, size, state } of this.#leases.list(ownerTag(owner), after)) if (leases.push({ root, size, state }) > limit) return { leases: leases.slice(0, limit), more: true }
    return { leases, more: false }
  }

  /** Which blocks are here. With an upload, those are kept for it from now on. @throws NotFoundError, QuotaError as put */
  async hasBlocks (cids: readonly Cid[], by?: { readonly owner: Uint8Array, readonly upload: Uint8Array }): Promise<boolean[]> {
    if (by !== undefined) return await this.#uploads.adopt(ownerTag(by.owner), by.upload, cids)
    return (await this.#blocks.sizes(cids)).map(size => size !== undefined)
  }

  /**
   * Keeps blocks of a blob that is leased and coming, whoever leases it: the root, or what an index node that is here links to.
   *
   * @throws NotFoundError when nobody waits for it; ForbiddenError for a block that does not belong to it yet; ProofError for a root of another size; else as put
   */
  async takeIn (root: Cid, blocks: readonly Block[], options: Abortable = {}): Promise<void> {
    const blob = this.#leases.comingOf(root)
    if (blob === undefined) throw new NotFoundError('nobody here waits for that blob')
    for (const block of blocks) if (sameBytes(block.cid, root)) await this.#sizes.judge(block)
    const nodes = blocks.filter(({ cid }) => cidCodec(cid) === CODEC.dagCbor).map(({ cid, bytes }) => ({ cid, node: decodeIndex(bytes) }))
    await this.#references.changing(blocks.map(({ cid }) => cid), async () => {
      if (!await this.#trees.haveAll(blob, blocks)) throw new ForbiddenError('the block does not belong to a blob that is being waited for, or its index node must come first')
      await this.#blocks.put(blocks, options)
      for (const { cid, node } of nodes) await this.#trees.keep(cid, node)
    })
    this.#kept(blocks)
  }

  /**
   * Looks at what is here of a leased blob, and takes note when that is all. `missing`: the first blocks that are not.
   *
   * @throws NotFoundError when nobody leases it; ProofError when what is here is no blob of its size
   */
  async check (root: Cid): Promise<{ readonly isHeld: boolean, readonly have: number, readonly missing: readonly Cid[] }> {
    const [owner] = await this.#leases.ownersOf(root)
    const lease = owner === undefined ? undefined : await this.#leases.get(owner, root)
    if (lease === undefined) throw new NotFoundError('nobody here leases that blob')
    return await this.#settle(root, lease.size)
  }

  /** The block, or undefined when it is not here: a damaged one goes. @throws ForbiddenError when it is taken down; UnavailableError, AbortedError */
  async read (cid: Cid, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    const bytes = await this.#blocks.read(cid, options)
    if (bytes !== undefined) {
      this.#retention.used(cid)
      this.#onBlocks('given', 1, bytes.length)
    }
    return bytes
  }

  /** Ends all leases and uploads of an owner. */
  async endOwner (owner: Uint8Array): Promise<void> {
    const tag = ownerTag(owner)
    await this.#uploads.endAll(tag)
    for await (const { root } of this.#leases.list(tag)) await this.#release(tag, root)
  }

  /**
   * Takes a blob down: nobody leases it any more, and none of its blocks that are known here is given out or taken again,
   * but those that another leased blob has too: else others' blocks could be had down by naming them in a bad blob.
   *
   * @throws BadInputError without a reason
   */
  async takeDown (root: Cid, reason: string): Promise<BlobDown> {
    if (shape.text(LIMITS.nameBytes)(reason, 'reason') === '') throw new BadInputError('say why: the reason is shown in the list')
    const down = { root: decodeCid(root), reason, time: this.#clock.now() }
    await this.#down.add(root, await this.#trees.alone(root), reason, down.time)
    for (const owner of await this.#leases.ownersOf(root)) await this.#release(owner, root)
    return down
  }

  /** Ends a takedown. @throws NotFoundError */
  async lift (root: Cid): Promise<void> { if (!await this.#down.lift(root)) throw new NotFoundError('that blob is not taken down') }

  /** Blobs that are down. */
  async listDown (): Promise<BlobDown[]> { return await this.#down.list() }

  /** Resolves when all that nobody keeps is gone, or the disk refuses. */
  async quiet (): Promise<void> { await this.#collector.quiet() }

  /** Ends what is over by now. It also does so by itself. */
  async expire (): Promise<void> { await this.#retention.look() }

  /** Ends after what it is at. The store stays open. */
  async close (): Promise<void> {
    await this.#retention.close()
    await this.#collector.close()
  }

  /** Whether all is here, which its leases then say. */
  async #settle (root: Cid, size: number): Promise<{ isHeld: boolean, have: number, missing: readonly Cid[] }> {
    const { isWhole, have, missing } = await this.#trees.look(root, size, LIMITS.cidsPerCall)
    if (isWhole) await this.#sizes.dropOthers(root, size)
    await this.#leases.mark(root, isWhole ? 'held' : 'coming')
    return { isHeld: isWhole, have, missing }
  }

  async #release (owner: OwnerTag, root: Cid): Promise<boolean> {
    const { was, isLast } = await this.#leases.release(owner, root)
    if (isLast) this.#onReleased.tell(root)
    return was
  }

  #kept (blocks: readonly Block[]): void { this.#onBlocks('kept', blocks.length, blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)) }
}
