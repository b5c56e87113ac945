/**
 * A home's backup as a stream of bytes, while the node works on: the records of one moment, then the blocks of files.
 * Blocks never change and are named by their bytes, so a backup that was cut off among them goes on where it ended.
 */
import { firstChunk, newBackupHead, openBackupChunk, readBackupHead, sealBackupChunk, type BackupBlock, type BackupContent, type BackupHome, type BackupLock, type BackupRecord, type ChunkPlace, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { AbortedError, BadInputError, decodeCbor, encodeCbor, LIMITS, NotFoundError, shape, type Cid } from '../../protocol/wire/index.js'
import type { BlobStore, KeyValueStore } from '../../store/index.js'
import type { KeptFor } from '../../relay/index.js'
import { SECRET_KINDS, type RecordKeys, type RecordKind } from '../records/index.js'

/** What a backup is made of. */
export interface BackupParts {
  readonly home: Omit<BackupHome, 'media'>
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly blobs: Pick<BlobStore, 'list' | 'get'>
  /** Blocks that are left out, and what is noted of them. */
  readonly besides?: Pick<KeptFor, 'block' | 'record'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random?: RandomBytes
  readonly cost?: PasswordCost
}

/** Where a backup was cut off: its head, and its last whole chunk that is small (without its length) with its place. */
export interface BackupPoint { readonly head: Uint8Array, readonly chunk: Uint8Array, readonly index: number, readonly tag: Uint8Array }

/** What is wanted. */
export interface BackupWishes {
  readonly locks: readonly BackupLock[]
  /** The blocks of files that are here, too. */
  readonly media: boolean
  readonly resume?: BackupPoint
  readonly signal?: AbortSignal
}

/** The blob service's own keys begin so: without the blocks they would speak of what is not there. */
const BLOB_KEYS = Uint8Array.of(0x00, 0x62)
/** Others' files that are kept here for as long as there is room. */
const OF_BLOCKS: readonly RecordKind[] = ['cached']
/** Keys of backups; and secret chats, which are of one device and must be able to forget. */
const NEVER: readonly RecordKind[] = ['backup', ...SECRET_KINDS]

/** After so many chunks of blocks comes an empty one, from which it can be gone on. */
const POINT_EVERY = 16

interface Run { place: ChunkPlace, readonly key: Uint8Array, records: number, blocks: number, last: Cid | null }

/**
 * The bytes of a new backup, or those that follow where one was cut off.
 *
 * @throws NotFoundError when the one that was cut off is not known here, or ended among the records: begin anew; BadInputError without a lock
 * @throws CorruptError when the store does not hold what was written; UnavailableError, AbortedError
 */
export async function * writeBackup (parts: BackupParts, wishes: BackupWishes): AsyncGenerator<Uint8Array, void, undefined> {
  const sealer = new Sealer(parts, wishes.signal)
  if (wishes.resume === undefined) {
    yield await sealer.begin(wishes.locks)
    yield sealer.seal({ kind: 'home', home: { ...parts.home, media: wishes.media } })
    yield * sealer.records(wishes.media)
    // From here on it can be gone on with.
    if (wishes.media) yield sealer.blockChunk([])
  } else {
    await sealer.goOn(wishes.resume)
  }
  if (wishes.media) yield * sealer.blocks()
  yield sealer.end()
  await sealer.done()
}

/** Seals one chunk after another. */
class Sealer {
  readonly #parts: BackupParts
  readonly #signal: AbortSignal | undefined
  #id = new Uint8Array()
  #run: Run | undefined

  constructor (parts: BackupParts, signal: AbortSignal | undefined) {
    this.#parts = parts
    this.#signal = signal
  }

  /** Makes the head. The file key is kept, so that the backup can be gone on with, until it is whole. */
  async begin (locks: readonly BackupLock[]): Promise<Uint8Array> {
    if (locks.length === 0) throw new BadInputError('say what is to open the backup: a passphrase')
    const { kv, keys, now, random, cost } = this.#parts
    const { bytes, head, key } = await newBackupHead({ time: now(), locks, ...random === undefined ? {} : { random }, ...cost === undefined ? {} : { cost }, ...this.#signal === undefined ? {} : { signal: this.#signal } })
    this.#id = head.id.slice()
    this.#run = { place: firstChunk(head.hash), key, records: 0, blocks: 0, last: null }
    await kv.batch([...await this.#oldOnes(), { type: 'put', key: keys.one('backup', this.#id), value: encodeCbor({ v: 1, id: this.#id, key, at: now() }) }])
    return bytes
  }

  /** Takes up one that was cut off among the blocks. */
  async goOn ({ head, chunk, index, tag }: BackupPoint): Promise<void> {
    const { id, hash } = readBackupHead(head)
    const kept = await this.#parts.kv.get(this.#parts.keys.one('backup', id))
    if (kept === undefined) throw new NotFoundError('this backup cannot be gone on with: begin it anew')
    const { key } = keptShape(decodeCbor(kept, KEPT_BYTES), 'backup')
    const { content, next } = openBackupChunk(key, { head: hash, index, tag }, chunk)
    if (content.kind !== 'blocks') throw new NotFoundError('this backup was cut off before the files: begin it anew')
    this.#id = id.slice()
    this.#run = { place: next, key: key.slice(), records: content.records, blocks: content.before + content.blocks.length, last: content.blocks.at(-1)?.[0] ?? content.last }
  }

  /** The chunk of a content. */
  seal (content: BackupContent): Uint8Array {
    if (this.#signal?.aborted === true) throw new AbortedError(undefined, { cause: this.#signal.reason })
    const run = this.#now()
    const { bytes, next } = sealBackupChunk(run.key, run.place, content, this.#parts.random)
    run.place = next
    return bytes
  }

  /** The records of this moment, in chunks. */
  async * records (media: boolean): AsyncGenerator<Uint8Array, void, undefined> {
    const { kv, besides } = this.#parts
    const isLeftOut = this.#leavesOut(media)
    let gathered: BackupRecord[] = []
    let bytes = 0
    const flush = (): Uint8Array => {
      this.#now().records += gathered.length
      const chunk = this.seal({ kind: 'records', records: gathered })
      gathered = []
      bytes = 0
      return chunk
    }
    for await (const [key, value] of kv.iterate({}, this.#options())) {
      if (isLeftOut(key) || await besides?.record(key) === true) continue
      const size = key.length + value.length
      if (gathered.length > 0 && (bytes + size > LIMITS.backupChunkBytes || gathered.length === LIMITS.backupChunkItems)) yield flush()
      gathered.push([key, value])
      bytes += size
    }
    if (gathered.length > 0) yield flush()
  }

  /** The blocks that are here, but those that stand in it. One that is damaged is left out: it can be fetched again. */
  async * blocks (): AsyncGenerator<Uint8Array, void, undefined> {
    const { blobs, besides } = this.#parts
    const { last: after } = this.#now()
    let chunks = 0
    let gathered: BackupBlock[] = []
    let bytes = 0
    for await (const { cid } of blobs.list({ ...this.#options(), ...after === null ? {} : { after } })) {
      if (await besides?.block(cid) === true) continue
      const block = await blobs.get(cid, this.#options()).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ERR_CORRUPT') return undefined
        throw error
      })
      if (block === undefined) continue
      gathered.push([cid, block])
      bytes += block.length
      if (bytes < LIMITS.backupChunkBytes && gathered.length < LIMITS.backupChunkItems) continue
      yield this.blockChunk(gathered)
      if (++chunks % POINT_EVERY === 0) yield this.blockChunk([])
      gathered = []
      bytes = 0
    }
    if (gathered.length > 0) yield this.blockChunk(gathered)
  }

  /** A chunk of blocks. */
  blockChunk (blocks: readonly BackupBlock[]): Uint8Array {
    const run = this.#now()
    const { records, blocks: before, last } = run
    const chunk = this.seal({ kind: 'blocks', records, before, last, blocks })
    run.blocks += blocks.length
    run.last = blocks.at(-1)?.[0] ?? last
    return chunk
  }

  /** The last chunk. */
  end (): Uint8Array {
    const { records, blocks } = this.#now()
    return this.seal({ kind: 'end', records, blocks })
  }

  /** The last chunk was taken: the file key is forgotten. */
  async done (): Promise<void> {
    this.#now().key.fill(0)
    await this.#parts.kv.batch([{ type: 'del', key: this.#parts.keys.one('backup', this.#id) }])
  }

  #now (): Run {
    if (this.#run === undefined) throw new BadInputError('a backup has to be begun')
    return this.#run
  }

  #options (): { signal?: AbortSignal } { return this.#signal === undefined ? {} : { signal: this.#signal } }

  #leavesOut (media: boolean): (key: Uint8Array) => boolean {
    const { keys } = this.#parts
    const letters = new Set([...NEVER, ...media ? [] : OF_BLOCKS].map(kind => keys.all(kind).gte[0]))
    return key => letters.has(key[0]) || (!media && key[0] === BLOB_KEYS[0] && key[1] === BLOB_KEYS[1])
  }

  /** The keys of backups that nobody went on with. */
  async #oldOnes (): Promise<Array<{ type: 'del', key: Uint8Array }>> {
    const { kv, keys, now } = this.#parts
    const old: Array<{ type: 'del', key: Uint8Array }> = []
    for await (const [key, bytes] of kv.iterate(keys.all('backup'))) if (keptShape(decodeCbor(bytes, KEPT_BYTES), 'backup').at + LIMITS.backupKeptMs < now()) old.push({ type: 'del', key })
    return old
  }
}

const KEPT_BYTES = 256
const keptShape = shape.struct({ v: shape.literal(1), id: shape.bytes(16), key: shape.bytes(32), at: shape.uint() })
