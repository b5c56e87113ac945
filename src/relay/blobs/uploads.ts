/** Uploads: blocks that come one after another, and are kept until the blob is whole and leased, or nobody goes on with it. */
import { BadInputError, cidCodec, CODEC, decodeIndex, LIMITS, NotFoundError, QuotaError, type Block, type Cid } from '../../protocol/wire/index.js'
import type { Abortable, Clock, KeyValueOp, Store } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { Blocks } from './blocks.js'
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
  /** Bytes of the blocks that are kept for it. */
  claimed: number
  /** It ends then, ms. */
  until: number
  /** What is on the disk of that. */
  noted: number
}

/** A new end is noted when it moved by this: what comes at the same time as a crash loses no more. */
const NOTE_MS = 3600_000
/** Blocks let go in one write. */
const AT_ONCE = 1024
/** What index nodes add to the leaves, and a little. */
const roomFor = (bytes: number): number => bytes + Math.ceil(bytes / LIMITS.blobFanOut) + 2 * LIMITS.indexBytes

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
      this.#open.set(nameOf(owner, id), { owner, id, bytes, claimed: 0, until, noted: until })
      ledger.upload(owner.name, bytes, 1)
    }
    for await (const [key, value] of kv.iterate(under(blobKey('claim')))) {
      const { owner, rest } = splitOwned(key)
      const id = rest.slice(0, UPLOAD_LENGTH)
      const upload = this.#open.get(nameOf(owner, id))
      if (upload === undefined) ended.set(nameOf(owner, id), { owner, id })
      else upload.claimed += sizeOf(value)
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
    const upload = before ?? { owner, id: id.slice(), bytes: most, claimed: 0, until, noted: until }
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
    const nodes = blocks.filter(({ cid }) => cidCodec(cid) === CODEC.dagCbor).map(({ cid, bytes }) => ({ cid, links: decodeIndex(bytes).links }))
    await references.changing(blocks.map(({ cid }) => cid), async () => {
      await Promise.all([
        this.#claim(upload, blocks.map(({ cid, bytes }) => ({ cid, size: bytes.length }))),
        stored.put(blocks, options)
      ])
      // Links only of a node that is here: nothing else could say later which ones there were.
      for (const { cid, links } of nodes) await references.addLinks(cid, links)
    })
    await this.#extend(upload)
  }

  /** Keeps those blocks for an upload that are here already, and says which. @throws NotFoundError, QuotaError */
  async adopt (owner: OwnerTag, id: Uint8Array, cids: readonly Cid[]): Promise<boolean[]> {
    const upload = this.require(owner, id)
    const { blocks, references } = this.#parts
    const here = await references.changing(cids, async () => {
      const sizes = await blocks.sizes(cids)
      await this.#claim(upload, cids.flatMap((cid, i) => {
        const size = sizes[i]
        return size === undefined ? [] : [{ cid, size }]
      }))
      return sizes.map(size => size !== undefined)
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

  /** Notes that blocks are kept for an upload: on the disk before they are told to be. */
  async #claim (upload: OpenUpload, blocks: ReadonlyArray<{ cid: Cid, size: number }>): Promise<void> {
    const { store: { kv }, references } = this.#parts
    const { owner, id } = upload
    const distinct = [...new Map(blocks.map(block => [mapKey(block.cid), block])).values()]
    const known = await kv.getMany(distinct.map(({ cid }) => blobKey('claim', owner.bytes, id, cid)))
    const fresh = distinct.filter((_, i) => known[i] === undefined)
    const more = fresh.reduce((sum, { size }) => sum + size, 0)
    if (upload.claimed + more > roomFor(upload.bytes)) throw new QuotaError(`the upload was begun for ${upload.bytes} bytes: begin it again for more`, { details: { bytes: upload.bytes } })
    upload.claimed += more
    try {
      await kv.batch(fresh.flatMap(({ cid, size }): KeyValueOp[] => [
        { type: 'put', key: blobKey('claim', owner.bytes, id, cid), value: bytesOfSize(size) }, references.add(cid, keptBy.upload(owner, id))
      ]))
    } catch (error) {
      // They come again once the disk takes them.
      upload.claimed -= more
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

function bytesOfSize (size: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, size)
  return out
}

function sizeOf (value: Uint8Array): number { return new DataView(value.buffer, value.byteOffset, value.length).getUint32(0) }
