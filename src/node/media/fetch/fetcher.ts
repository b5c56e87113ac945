/** Files that others sent, for whoever on this node reads them: what is not here is fetched, and kept while there is room. */
import { mediaLayout } from '../../../protocol/crypto/index.js'
import type { MediaFile } from '../../../protocol/message/index.js'
import { AbortedError, cidText, LIMITS, sameBytes, toPetrelError, UnavailableError, type Cid, type KeyBytes, type PetrelError } from '../../../protocol/wire/index.js'
import type { NodeLog } from '../../log.js'
import type { BlockKeeping, Cache } from './cache.js'
import { Download } from './download.js'
import { Places, type BlockHolder } from './holder.js'
import { readPlain } from './plain.js'
import { FETCH_TIMING, type FetchTiming } from './timing.js'

/** A file, and the accounts of the chat it is in: their nodes may have it too. */
export interface Wanted { readonly file: MediaFile, readonly members: readonly KeyBytes[] }

/** How a file's coming stands. Bytes are of the sealed file. */
export interface Coming { readonly state: 'running' | 'waiting' | 'done' | 'failed', readonly bytes: number, readonly total: number, readonly error: PetrelError | null }

/** What it works with. */
export interface FetcherParts {
  readonly cache: Cache
  readonly blobs: Pick<BlockKeeping, 'check'>
  /** Who may have a file's blocks. Asked at each read, so that it may name others later. */
  readonly holders: (wanted: Wanted) => readonly BlockHolder[]
  /** Told how a file's coming stands; null: nobody waits for it any more. */
  readonly report: (root: Cid, coming: Coming | null) => void
  readonly log: NodeLog
  readonly timing?: Partial<FetchTiming> | undefined
  /** Chunks on their way at once; LIMITS.mediaFlightChunks unless told. */
  readonly flightChunks?: number
  /** Milliseconds, monotonic. */
  readonly now?: () => number
}

interface Running { readonly download: Download, readonly root: Cid, readonly size: number, readonly done: (why?: Error) => void, cancelLinger: () => void, reportedAt: number }

/** A report of a file on its way is made this often at most, ms. */
const REPORT_MS = 200

/** See the file's head. */
export class Fetcher {
  readonly #parts: FetcherParts
  readonly #timing: FetchTiming
  readonly #now: () => number
  readonly #places: Places
  readonly #running = new Map<string, Running>()
  /** What came for downloads that are over, on its way to the disk. */
  readonly #ending = new Set<Promise<void>>()
  #closed = false

  constructor (parts: FetcherParts) {
    this.#parts = parts
    this.#timing = { ...FETCH_TIMING, ...parts.timing }
    this.#now = parts.now ?? (() => performance.now())
    this.#places = new Places(parts.flightChunks ?? LIMITS.mediaFlightChunks)
    // What is known of its tree stands on blocks that are gone then.
    parts.cache.onDropped = root => { for (const running of [...this.#running.values()]) if (sameBytes(running.root, root)) running.done() }
  }

  /**
   * The file's bytes from `start` to before `end`: those asked for first, a few ahead, and no faster than they are taken.
   *
   * @throws BadInputError for a range outside the file, UnavailableError when nobody who has it can be reached, ProofError
   * and DecryptError when it is not what its author said, ReadOnlyError when the disk takes no more, AbortedError
   */
  async * read (wanted: Wanted, { start = 0, end = wanted.file.size }: { readonly start?: number, readonly end?: number }, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { file } = wanted
    const running = this.#open(wanted)
    const stop = this.#parts.cache.use(file.root)
    try {
      yield * readPlain(running.download, file, { start, end }, signal)
    } catch (error) {
      if (!(error instanceof AbortedError)) this.#failed(running, toPetrelError(error))
      throw error
    } finally {
      stop()
      this.#leave(running)
    }
  }

  /** Fetches all of a file, unopened. @throws as {@link Fetcher.read} */
  async fetch (wanted: Wanted, signal: AbortSignal): Promise<void> {
    const running = this.#open(wanted)
    const stop = this.#parts.cache.use(wanted.file.root)
    const { download } = running
    const place = download.open(0, download.tree.leaves - 1)
    try {
      for (let leaf = 0; leaf < download.tree.leaves; leaf++) await download.leaf(place, leaf, signal)
    } catch (error) {
      if (!(error instanceof AbortedError)) this.#failed(running, toPetrelError(error))
      throw error
    } finally {
      download.close(place)
      stop()
      this.#leave(running)
    }
  }

  /** Removes a file from this node's disk; whoever reads it is told why. */
  async forget (root: Cid, why: PetrelError): Promise<void> {
    for (const { root: one, cancelLinger, done } of [...this.#running.values()]) {
      if (!sameBytes(one, root)) continue
      cancelLinger()
      done(why)
    }
    // What is still on its way to the disk goes with the rest.
    await Promise.all(this.#ending)
    await this.#parts.cache.forget(root)
  }

  /** Ends what is under way: readers are told. Resolves once what came is on the disk. */
  async close (): Promise<void> {
    this.#closed = true
    for (const { done, cancelLinger } of [...this.#running.values()]) {
      cancelLinger()
      done()
    }
    await Promise.all(this.#ending)
  }

  #open (wanted: Wanted): Running {
    if (this.#closed) throw new UnavailableError('the node is stopping')
    const { root, size: plain } = wanted.file
    const size = mediaLayout(plain).sealedBytes
    const name = `${cidText(root)} ${size}`
    let running = this.#running.get(name)
    if (running?.download.isBroken === true) {
      running.done()
      running = undefined
    }
    running ??= this.#begin(name, root, size)
    running.cancelLinger()
    for (const holder of this.#parts.holders(wanted)) running.download.addHolder(holder)
    return running
  }

  #begin (name: string, root: Cid, size: number): Running {
    const { cache, log } = this.#parts
    const download = new Download({
      root, size, shelf: cache.shelf(root, size), places: this.#places, timing: this.#timing, log,
      onKept: part => { if (part.depth === 0) this.#kept(running, part.size) },
      onStill: why => {
        // The next block is told of at once.
        running.reportedAt = -Infinity
        this.#report(running, 'waiting', why)
      }
    })
    const running: Running = {
      download, root, size, cancelLinger: () => undefined, reportedAt: -Infinity,
      done: why => {
        if (this.#running.get(name) === running) this.#running.delete(name)
        download.end(why)
        const ending = download.idle().finally(() => { this.#ending.delete(ending) })
        this.#ending.add(ending)
      }
    }
    this.#running.set(name, running)
    return running
  }

  /** A player that seeks ends one request and makes another: what is known of the file stays for it. */
  #leave (running: Running): void {
    if (this.#closed || !running.download.isIdle) return
    this.#parts.report(running.root, null)
    running.cancelLinger()
    running.cancelLinger = this.#timing.after(this.#timing.lingerMs, () => { if (running.download.isIdle) running.done() })
  }

  #kept (running: Running, bytes: number): void {
    const { root, size } = running
    const isWhole = this.#parts.cache.kept(root, bytes)
    if (!isWhole && this.#now() - running.reportedAt < REPORT_MS) return
    running.reportedAt = this.#now()
    if (!isWhole) this.#report(running, 'running', null)
    // The store takes note that nothing is missing.
    else void this.#parts.blobs.check(root).then(({ isHeld }) => { if (isHeld) this.#parts.report(root, { state: 'done', bytes: size, total: size, error: null }) }, (error: unknown) => { this.#parts.log('warn', 'media.check', { code: toPetrelError(error).code }) })
  }

  #failed (running: Running, error: PetrelError): void { this.#report(running, 'failed', error) }

  #report ({ root, size }: Running, state: Coming['state'], error: PetrelError | null): void {
    this.#parts.report(root, { state, bytes: this.#parts.cache.of(root)?.bytes ?? 0, total: size, error })
  }
}
