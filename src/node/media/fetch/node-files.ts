/** The files that are read on this node: what is here of them, what is on its way, and what comes by itself. */
import type { MediaState, MediaTransfer } from '../../../protocol/api/index.js'
import { mediaLayout } from '../../../protocol/crypto/index.js'
import type { MediaFile } from '../../../protocol/message/index.js'
import { AbortedError, LIMITS, type Cid, type PetrelError } from '../../../protocol/wire/index.js'
import type { NodeLog } from '../../log.js'
import type { UpdateLog } from '../../updates/index.js'
import { AutoFetch } from './auto-fetch.js'
import { Cache, type CachedFile, type CacheParts } from './cache.js'
import { Fetcher, type Coming, type Wanted } from './fetcher.js'
import type { BlockHolder } from './holder.js'
import type { FetchTiming } from './timing.js'

/** What a node may keep and fetch. */
export interface FilesOptions {
  /** Bytes of others' files that are kept here. Default LIMITS.mediaCacheBytes. */
  readonly cacheBytes?: number
  /** The largest photo or voice note that is fetched by itself; 0: none. Default LIMITS.mediaAutoBytes. */
  readonly autoBytes?: number
  /** Defaults stand in LIMITS. */
  readonly timing?: Partial<FetchTiming>
}

/** What it works with. */
export interface NodeFilesParts extends Omit<CacheParts, 'limit'> {
  readonly options?: FilesOptions | undefined
  readonly updates: UpdateLog
  readonly holders: (wanted: Wanted) => readonly BlockHolder[]
  /** Where files on their way are told of. */
  readonly transfers: {
    report: (root: Cid, standing: { direction: 'download', state: MediaTransfer['state'], bytes: number, total: number, error: PetrelError | null }) => MediaTransfer
    forget: (root: Cid, direction: 'download') => void
    of: (root: Cid) => MediaTransfer | null
  }
  /** A file that was added here: its home relays hold it, or it is here. */
  readonly added: (root: Cid) => Promise<{ readonly homes: readonly unknown[] } | undefined>
  readonly log: NodeLog
}

/** See the file's head. */
export class NodeFiles {
  readonly #parts: NodeFilesParts
  readonly #cache: Cache
  readonly #fetcher: Fetcher
  readonly #ending = new AbortController()
  #auto: AutoFetch | undefined

  private constructor (parts: NodeFilesParts, cache: Cache) {
    this.#parts = parts
    this.#cache = cache
    const { blobs, holders, log, options = {} } = parts
    this.#fetcher = new Fetcher({ cache, blobs, holders, log, report: (root, coming) => { this.#report(root, coming) }, ...options.timing === undefined ? {} : { timing: options.timing } })
  }

  /** Finds out what is here. @throws CorruptError */
  static async open (parts: NodeFilesParts): Promise<NodeFiles> {
    return new NodeFiles(parts, await Cache.open({ ...parts, limit: parts.options?.cacheBytes ?? LIMITS.mediaCacheBytes }))
  }

  /** Begins to fetch small files by themselves. `find` gives a file by its message's place. */
  start (find: (chat: string, message: string, item: number) => Promise<Wanted>): void {
    const { updates, log, options } = this.#parts
    this.#auto ??= new AutoFetch({ updates, fetcher: this.#fetcher, find, limit: options?.autoBytes ?? LIMITS.mediaAutoBytes, log, pause })
    this.#auto.start()
  }

  /** Ends what is under way: readers are told. */
  async stop (): Promise<void> {
    this.#ending.abort(new AbortedError('the node is stopping'))
    await this.#fetcher.close()
    await this.#auto?.stop()
    await this.#cache.idle()
  }

  /** A file's bytes. @throws as {@link Fetcher.read} */
  read (wanted: Wanted, range: { readonly start: number, readonly end: number }, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#fetcher.read(wanted, range, signal ?? this.#ending.signal)
  }

  /** Where a file's bytes are, as this node knows. */
  async stateOf (file: Pick<MediaFile, 'root' | 'size'>): Promise<MediaState> {
    const { added, transfers } = this.#parts
    const cached = this.#cache.of(file.root)
    const own = await added(file.root)
    const whole = mediaLayout(file.size).sealedBytes
    const bytes = cached?.bytes ?? (own !== undefined && own.homes.length === 0 ? whole : 0)
    // What is padded and what seals it is no news to a person.
    return { here: bytes >= whole ? file.size : Math.min(file.size, bytes), held: cached?.held === true || (own !== undefined && own.homes.length > 0), transfer: transfers.of(file.root) }
  }

  /** An own relay keeps the file for this account. */
  held (root: Cid): void { this.#cache.held(root) }

  /** Keeps a file, for as long as there is room, that is whole here under another lease. `size`: of the sealed file. */
  async adopt (root: Cid, size: number): Promise<void> { await this.#cache.adopt(root, size) }

  /** Removes the files that `fits` names from this node's disk, but those that are being read. */
  async purge (fits: (file: CachedFile) => boolean): Promise<{ files: number, bytes: number }> { return await this.#cache.purge(fits) }

  #report (root: Cid, coming: Coming | null): void {
    const { transfers, updates, log } = this.#parts
    if (coming === null) {
      transfers.forget(root, 'download')
      return
    }
    const transfer = transfers.report(root, { direction: 'download', ...coming })
    if (coming.state !== 'done') return
    updates.write([], [{ type: 'transfer', transfer }]).catch((error: unknown) => { log('warn', 'media.update', { code: error instanceof Error && 'code' in error ? String(error.code) : 'ERR_INTERNAL' }) })
  }
}

async function pause (ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms).unref()
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(new AbortedError(undefined, { cause: signal.reason }))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
}
