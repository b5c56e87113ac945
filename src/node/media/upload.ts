/** Brings one file from the node's own store to a home relay: what is there already is not sent again, whoever was killed when. */
import { mediaLayout } from '../../protocol/crypto/index.js'
import { cidText, LIMITS, UnavailableError, type BlobPart, type Block, type Cid } from '../../protocol/wire/index.js'
import { blockMemory, releaseBlock } from '../../relay/net/index.js'
import type { FileRecord } from './file-record.js'
import type { MediaHome } from './home.js'
import type { Ending, Keeper } from './keeper.js'
import { blockOf, pagesOf } from './tree.js'

/** How an upload is told of. */
export interface UploadOptions extends Ending {
  /** Told how many bytes are at the relay now, of {@link blobBytes}. */
  readonly onProgress?: (bytes: number) => void
  /** Told the bytes of each block that is handed over. */
  readonly onSent?: (bytes: number) => void
}

// A relay that drops blocks while it takes others has its reasons; more rounds would not change them.
const ROUNDS = 3

/** The bytes of a file's sealed chunks. */
export function blobBytes (file: Pick<FileRecord, 'size'>): number { return mediaLayout(file.size).sealedBytes }

/**
 * Brings a file to a home; it holds all of it for the account when this resolves.
 *
 * @throws QuotaError, TooLargeError, UnavailableError … as the relay says; NotFoundError, CorruptError when a block is not in the own store
 */
export async function uploadFile (home: MediaHome, keeper: Keeper, file: FileRecord, options: UploadOptions = {}): Promise<void> {
  const { upload, root } = file
  const size = blobBytes(file)
  await home.beginUpload(upload, size, options)
  const missing = new Missing(home, keeper, { upload, size }, options)
  for (let round = 0; round < ROUNDS; round++) {
    await put(home, upload, missing.blocks(pagesOf(keeper, root, size, options)), missing, options)
    if ((await home.finishUpload(upload, root, size, options)).length === 0) return
    missing.again()
  }
  throw new UnavailableError(`the relay took all blocks of ${cidText(root)} and still says that some are missing`)
}

/** Opens no stream when nothing is missing. */
async function put (home: MediaHome, upload: Uint8Array, blocks: AsyncGenerator<Block>, missing: Missing, options: UploadOptions): Promise<void> {
  const first = await blocks.next()
  if (first.done === true) return
  const all = async function * (): AsyncGenerator<Block> {
    yield first.value
    yield * blocks
  }
  const onAcked = (bytes: Uint8Array): void => {
    missing.there(bytes.length)
    releaseBlock(bytes)
  }
  await home.putBlocks(upload, all(), { ...options.signal === undefined ? {} : { signal: options.signal }, onAcked })
}

/** Finds what the relay lacks, page by page, and counts what it has. */
class Missing {
  readonly #home: MediaHome
  readonly #keeper: Keeper
  readonly #upload: Uint8Array
  readonly #size: number
  readonly #options: UploadOptions
  #there = 0

  constructor (home: MediaHome, keeper: Keeper, { upload, size }: { upload: Uint8Array, size: number }, options: UploadOptions) {
    this.#home = home
    this.#keeper = keeper
    this.#upload = upload
    this.#size = size
    this.#options = options
  }

  /** Bytes that are at the relay since. */
  there (bytes: number): void {
    this.#there += bytes
    // Acknowledged index nodes are counted with the rest: never more is told than the file has.
    this.#options.onProgress?.(Math.min(this.#there, this.#size))
  }

  /** Everything is looked at once more. */
  again (): void { this.#there = 0 }

  async * blocks (pages: AsyncIterable<BlobPart[]>): AsyncGenerator<Block> {
    for await (const page of pages) yield * this.#lacking(page)
  }

  async * #lacking (page: readonly BlobPart[]): AsyncGenerator<Block> {
    for (let at = 0; at < page.length; at += LIMITS.blobFanOut) {
      const parts = page.slice(at, at + LIMITS.blobFanOut)
      const cids: Cid[] = parts.map(part => part.cid)
      const has = await this.#home.hasBlocks(this.#upload, cids, this.#options)
      const known = parts.filter((part, i) => part.depth === 0 && has[i] === true).reduce((sum, part) => sum + part.size, 0)
      if (known > 0) this.there(known)
      for (const [i, part] of parts.entries()) {
        if (has[i] === true) continue
        const block = await blockOf(this.#keeper, part, { ...this.#options, memory: blockMemory })
        this.#options.onSent?.(block.bytes.length)
        yield block
      }
    }
  }
}
