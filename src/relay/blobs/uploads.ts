/** Uploads: blocks that come one after another, and are kept until the blob is whole and leased, or nobody goes on with it. */
import { BadInputError, cidCodec, CODEC, decodeIndex, LIMITS, NotFoundError, QuotaError, type Block, type Cid } from '../../protocol/wire/index.js'
import type { Abortable, Clock, KeyValueOp, Store } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { Blocks } from './blocks.js'
import { chargeOf, decodeCharge, encodeCharge, isTop, NO_CHARGE, plus, requireRoom, type Charge, type Claim } from './claims.js'
import { blobKey, keptBy, lastCid, splitOwned, under, UPLOAD_LENGTH, type OwnerTag } from './keys.js'
import type { MediaLedger } from './ledger.js'
import { decodeUpload, encodeUpload } from './records.js'
import type { References } from './references.js'

/** What it works with. */
export interface UploadsParts {
  readonly store: Store
  readonly clock: Clock
  readonly ledger: MediaLedger
  readonly references: References
  readonly blocks: Blocks
}

/** An upload that is open. */
export interface OpenUpload {
  readonly owner: OwnerTag
  readonly id: Uint8Array
  /** Bytes it was begun for. */
  bytes: number
  /** What it is charged for the blocks that are kept for it. */
  claimed: Charge
  /** It ends then, ms. */
  until: number
  /** What is on the disk of that. */
  noted: number
}

/** A new end is noted when it moved by this: what comes at the same time as a crash loses no more. */
const NOTE_MS = 3600_000
/** Blocks let go in one write: three records each, of which each is sealed and stands in memory until it is written. */
const AT_ONCE = 128

/** See the file's head. */
export class Uploads {
  readonly #parts: UploadsParts
  readonly #open = new Map<string, OpenUpload>()

  constructor (parts: UploadsParts) { this.#parts = parts }

  /** Those that are open. */
  get count (): number { return this.#open.size }

  /** Reads which are open, and goes on with ending those that were ended. Once, before use. */
  async recover (): Promise<void> {
    const { store: { kv }, ledger } = this.#parts
    const ended = new Map<string, { owner: OwnerTag, id: Uint8Array }>()
    for await (const [key, value] of kv.iterate(under(blobKey('upload')))) {
      const { owner, rest: id } = splitOwned(key)
      const { bytes, until } = decodeUpload(value)
      if (until === 0) { ended.set(nameOf(owner, id), { owner, id }); continue }
      this.#open.set(nameOf(owner, id), { owner, id, bytes, claimed: NO_CHARGE, until, noted: until })
      ledger.upload(owner.name, bytes, 1)
    }
    for await (const [key, value] of kv.iterate(under(blobKey('claim')))) {
      const { owner, rest } = splitOwned(key)
      const id = rest.slice(0, UPLOAD_LENGTH)
      const upload = this.#open.get(nameOf(owner, id))
      if (upload === undefined) ended.set(nameOf(owner, id), { owner, id })
      else upload.claimed = plus(upload.claimed, decodeCharge(value))
    }
    for (const { owner, id } of ended.values()) await this.letGo(owner, id)
  }

  /**
   * Opens an upload, or keeps it open for longer. Returns when it ends.
   *
   * @throws BadInputError; QuotaError when there is no room
   */
  async begin (owner: OwnerTag, id: Uint8Array, bytes: number): Promise<number> {
    if (id.length !== UPLOAD_LENGTH) throw new BadInputError(`an upload's id has ${UPLOAD_LENGTH} bytes, got ${id.length}`)
    const { ledger, clock } = this.#parts
    const before = this.#open.get(nameOf(owner, id))
    const until = clock.now() + LIMITS.uploadKeepMs
    if (before === undefined && ledger.usage(owner.name).uploads >= LIMITS.uploadsPerAccount) throw new QuotaError(`the account has ${LIMITS.uploadsPerAccount} uploads open: finish or cancel some`)
    const most = Math.max(bytes, before?.bytes ?? 0)
    ledger.require(owner.name, most, before?.bytes ?? 0)
    if (before !== undefined) ledger.upload(owner.name, before.bytes, -1)
    ledger.upload(owner.name, most, 1)
    const upload = before ?? { owner, id: id.slice(), bytes: most, claimed: NO_CHARGE, until, noted: until }
    Object.assign(upload, { bytes: most, until, noted: until })
    this.#open.set(nameOf(owner, id), upload)
    await this.#note(upload)
    return until
  }

  /** The upload, if it is open. */
  find (owner: OwnerTag, id: Uint8Array): OpenUpload | undefined { return this.#open.get(nameOf(owner, id)) }

  /** The open upload. @throws NotFoundError when there is none */
  require (owner: OwnerTag, id: Uint8Array): OpenUpload {
    const upload = this.#open.get(nameOf(owner, id))
    if (upload === undefined || upload.until <= this.#parts.clock.now()) throw new NotFoundError('there is no such upload here, or it has ended: begin it')
    return upload
  }

  /** Keeps blocks for an upload. @throws NotFoundError; TooLargeError and ProofError of the store; QuotaError for more than it was begun for */
  async put (owner: OwnerTag, id: Uint8Array, blocks: readonly Block[], options: Abortable): Promise<void> {
    const upload = this.require(owner, id)
    const { blocks: stored, references } = this.#parts
    // Decoded before it is kept: what names an index node must be one.
    const all = blocks.map(({ cid, bytes }) => ({ cid, size: bytes.length, node: cidCodec(cid) === CODEC.dagCbor ? decodeIndex(bytes) : undefined }))
    await references.changing(blocks.map(({ cid }) => cid), async () => {
      await Promise.all([
        this.#fresh(upload, all).then(fresh => this.#claim(upload, fresh.map(({ cid, size, node }) => ({ cid, charge: chargeOf(size, node) })))),
        stored.put(blocks, options)
      ])
      // Links only of a node that is here: nothing else could say later which ones there were.
      for (const { cid, node } of all) {
        if (node === undefined) continue
        // Nodes below a top are kept by this upload themselves: what the top may keep is known once all is looked at.
        if (isTop(node)) await references.belowNothing(cid)
        else await references.addLinks(cid, node.links)
      }
    })
    await this.#extend(upload)
  }

  /** Keeps those blocks for an upload that are here already, and says which. @throws NotFoundError, QuotaError */
  async adopt (owner: OwnerTag, id: Uint8Array, cids: readonly Cid[]): Promise<boolean[]> {
    const upload = this.require(owner, id)
    const { blocks, references } = this.#parts
    const here = await references.changing(cids, async () => {
      const sizes = await blocks.sizes(cids)
      const damaged = await this.#claimHere(upload, cids.flatMap((cid, i) => sizes[i] === undefined ? [] : [{ cid, size: sizes[i] }]))
      return cids.map((cid, i) => sizes[i] !== undefined && !damaged.has(mapKey(cid)))
    })
    await this.#extend(upload)
    return here
  }

  /** Ends an upload, and lets go of its blocks. Those whose names are in `stay` need not be looked at. */
  async end (owner: OwnerTag, id: Uint8Array, stay: ReadonlySet<string> = new Set()): Promise<void> {
    const { store: { kv }, ledger } = this.#parts
    const upload = this.#open.get(nameOf(owner, id))
    if (upload === undefined) return
    // When a crash undoes this, it ends by its time.
    await kv.batch([{ type: 'put', key: blobKey('upload', owner.bytes, id), value: encodeUpload({ bytes: upload.bytes, until: 0 }) }], { soft: true })
    if (this.#open.delete(nameOf(owner, id))) ledger.upload(owner.name, upload.bytes, -1)
    await this.letGo(owner, id, stay)
  }

  /** Ends those whose time is over. */
  async expire (now: number): Promise<void> {
    for (const { owner, id, until } of [...this.#open.values()]) if (until <= now) await this.end(owner, id)
  }

  /** Ends all of an owner. */
  async endAll (owner: OwnerTag): Promise<void> {
    for (const upload of [...this.#open.values()]) if (upload.owner.name === owner.name) await this.end(owner, upload.id)
  }

  /** Lets go of the blocks of an upload that has ended. It may be interrupted and done again. */
  async letGo (owner: OwnerTag, id: Uint8Array, stay: ReadonlySet<string> = new Set()): Promise<void> {
    const { store: { kv }, references } = this.#parts
    for (;;) {
      const claims: Uint8Array[] = []
      for await (const [key] of kv.iterate({ ...under(blobKey('claim', owner.bytes, id)), limit: AT_ONCE })) claims.push(key)
      const cids = claims.map(lastCid)
      await references.dropping(cids, () => kv.batch(cids.flatMap((cid, i): KeyValueOp[] => {
        const [taken, look] = references.drop(cid, keptBy.upload(owner, id))
        const key = claims[i]
        if (taken === undefined || look === undefined || key === undefined) return []
        return [{ type: 'del', key }, taken, ...stay.has(mapKey(cid)) ? [] : [look]]
      }), { soft: true }))
      if (claims.length < AT_ONCE) break
    }
    await kv.batch([{ type: 'del', key: blobKey('upload', owner.bytes, id) }], { soft: true })
  }

  /** Keeps blocks that are here for an upload. Returns the names of index nodes that turned out to be damaged. */
  async #claimHere (upload: OpenUpload, blocks: ReadonlyArray<{ cid: Cid, size: number }>): Promise<ReadonlySet<string>> {
    const claims: Claim[] = []
    const damaged = new Set<string>()
    let total = upload.claimed
    for (const { cid, size } of await this.#fresh(upload, blocks)) {
      const bytes = cidCodec(cid) === CODEC.dagCbor ? await this.#parts.blocks.read(cid) : undefined
      if (bytes === undefined && cidCodec(cid) === CODEC.dagCbor) { damaged.add(mapKey(cid)); continue }
      const charge = chargeOf(size, bytes === undefined ? undefined : decodeIndex(bytes))
      // Nobody has more nodes read than it has room for.
      requireRoom(upload.bytes, total = plus(total, charge))
      claims.push({ cid, charge })
    }
    await this.#claim(upload, claims)
    return damaged
  }

  /** Those that are not kept for the upload yet, each once. */
  async #fresh<T extends { readonly cid: Cid }> ({ owner, id }: OpenUpload, blocks: readonly T[]): Promise<T[]> {
    const distinct = [...new Map(blocks.map(block => [mapKey(block.cid), block])).values()]
    const known = await this.#parts.store.kv.getMany(distinct.map(({ cid }) => blobKey('claim', owner.bytes, id, cid)))
    return distinct.filter((_, i) => known[i] === undefined)
  }

  /** Notes that blocks are kept for an upload: on the disk before they are told to be. */
  async #claim (upload: OpenUpload, fresh: readonly Claim[]): Promise<void> {
    const { store: { kv }, references } = this.#parts
    const { owner, id } = upload
    const more = fresh.reduce((sum, { charge }) => plus(sum, charge), NO_CHARGE)
    if (fresh.length > 0) requireRoom(upload.bytes, plus(upload.claimed, more))
    upload.claimed = plus(upload.claimed, more)
    try {
      await kv.batch(fresh.flatMap(({ cid, charge }): KeyValueOp[] => [
        { type: 'put', key: blobKey('claim', owner.bytes, id, cid), value: encodeCharge(charge) }, references.add(cid, keptBy.upload(owner, id))
      ]))
    } catch (error) {
      // They come again once the disk takes them.
      upload.claimed = plus(upload.claimed, more, -1)
      throw error
    }
  }

  /** After a block: the upload lasts from now on. @throws NotFoundError when it was ended meanwhile: then its blocks are let go */
  async #extend (upload: OpenUpload): Promise<void> {
    if (this.#open.get(nameOf(upload.owner, upload.id)) !== upload) {
      await this.letGo(upload.owner, upload.id)
      throw new NotFoundError('the upload was ended meanwhile: begin it')
    }
    upload.until = this.#parts.clock.now() + LIMITS.uploadKeepMs
    if (upload.until - upload.noted < NOTE_MS) return
    upload.noted = upload.until
    await this.#note(upload)
  }

  async #note ({ owner, id, bytes, until }: OpenUpload): Promise<void> {
    await this.#parts.store.kv.batch([{ type: 'put', key: blobKey('upload', owner.bytes, id), value: encodeUpload({ bytes, until }) }], { soft: true })
  }
}

function nameOf (owner: OwnerTag, id: Uint8Array): string { return owner.name + mapKey(id) }
