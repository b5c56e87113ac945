/**
 * Fetches the blobs that are leased here and not here yet from the sources that their leases name: some at a time, again
 * and again while somebody wants them, those first for which somebody waits.
 */
import { LIMITS, ProofError, sameBytes, toPetrelError, type Cid, type KeyBytes, type PetrelError } from '../../protocol/wire/index.js'
import type { Cancel, Clock } from '../../store/index.js'
import type { BlobService, ComingBlob } from '../blobs/index.js'
import { mapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import { Window, type Coming } from '../net/index.js'
import { Pull, sameSources } from './pull.js'
import { Sources, type OpenSource } from './sources.js'

/** What pulls work with. */
export interface PullsParts {
  readonly blobs: BlobService
  readonly open: OpenSource
  /** Own key: nobody fetches from itself. */
  readonly home: KeyBytes
  readonly clock: Clock
  readonly log: Logger
  /** From 0 to 1. */
  readonly random: () => number
}

interface Entry {
  blob: ComingBlob
  running: Pull | undefined
  failures: number
  cancelRetry: Cancel
  readonly liars: Set<string>
  /** Somebody waited for it before it ran. */
  isWaitedFor: boolean
  /** Told when it is known what of it is here. */
  onBegun: Array<() => void>
}

/** See the file's head. */
export class Pulls {
  readonly #parts: PullsParts
  readonly #sources: Sources
  readonly #requests = new Window(LIMITS.pullRequests)
  readonly #entries = new Map<string, Entry>()
  /** Names of those that wait for their turn, the newest last. */
  readonly #queue = new Set<string>()
  readonly #work = new Set<Promise<void>>()
  readonly #unwatch: Array<() => void>
  readonly #running = new Set<Pull>()
  #waiters = 0
  #isClosed = false

  constructor (parts: PullsParts) {
    this.#parts = parts
    this.#sources = new Sources(parts.open)
    this.#unwatch = [parts.blobs.onWanted(blob => { this.#want(blob) }), parts.blobs.onReleased(root => { this.#drop(root) })]
  }

  /** Goes on with what was on its way when it ended. */
  begin (): void { for (const blob of this.#parts.blobs.coming()) this.#want(blob) }

  /** Blobs that are being fetched now. */
  get running (): number { return this.#running.size }

  /**
   * A block that is not here: how to wait for it (true when it has come, false when it does not), undefined when nobody
   * brings it. It is fetched before others.
   */
  coming (cid: Cid): Coming | undefined {
    if (this.#isClosed || this.#waiters >= LIMITS.pullWaiters) return undefined
    for (const pull of this.#running) {
      const found = pull.coming(cid)
      if (found !== undefined) return async signal => await this.#wait(found, signal)
    }
    const entry = this.#entries.get(mapKey(cid))
    if (entry !== undefined) return async signal => await this.#root(entry, cid, signal)
    // It may belong to one whose index is not here yet.
    const unknown = [...this.#running].filter(pull => !pull.isWhole).map(({ whole }) => whole)
    return unknown.length === 0 ? undefined : async signal => await this.#after(Promise.all(unknown), cid, signal)
  }

  /** The root of one that has just begun, waits for its turn, or is to be tried again. */
  async #root (entry: Entry, cid: Cid, signal: AbortSignal): Promise<boolean> {
    const begun = entry.running?.ready ?? new Promise<void>(resolve => { entry.onBegun.push(resolve) })
    if (entry.running === undefined) {
      entry.isWaitedFor = true
      this.#enqueue(mapKey(cid), entry)
    }
    return await this.#after(begun, cid, signal)
  }

  /** Ends all that is under way. */
  async close (): Promise<void> {
    this.#isClosed = true
    for (const unwatch of this.#unwatch) unwatch()
    for (const entry of this.#entries.values()) {
      entry.cancelRetry()
      entry.running?.stop()
    }
    this.#queue.clear()
    await Promise.all([...this.#work])
    await this.#sources.close()
  }

  /** Looks again once more is known. */
  async #after (known: Promise<unknown>, cid: Cid, signal: AbortSignal): Promise<boolean> {
    const aborted = new Promise<void>(resolve => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })
    await Promise.race([known, aborted])
    if (signal.aborted) return false
    for (const pull of this.#running) {
      const found = pull.coming(cid)
      if (found !== undefined) return await this.#wait(found, signal)
    }
    const [isHere] = await this.#parts.blobs.hasBlocks([cid])
    return isHere === true
  }

  async #wait ({ came, forget }: NonNullable<ReturnType<Pull['coming']>>, signal: AbortSignal): Promise<boolean> {
    this.#waiters++
    const { promise: given, resolve } = Promise.withResolvers<boolean>()
    const onAbort = (): void => { resolve(false) }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    try {
      return await Promise.race([came, given])
    } finally {
      this.#waiters--
      signal.removeEventListener('abort', onAbort)
      forget()
    }
  }

  #want (blob: ComingBlob): void {
    if (this.#isClosed) return
    const others = { ...blob, sources: blob.sources.filter(({ peer }) => !sameBytes(peer, this.#parts.home)) }
    if (others.sources.length === 0) return
    const name = mapKey(blob.root)
    const entry = this.#entries.get(name) ?? { blob: others, running: undefined, failures: 0, cancelRetry: () => undefined, liars: new Set(), isWaitedFor: false, onBegun: [] }
    const isNews = !sameSources(entry.blob.sources, others.sources)
    this.#entries.set(name, entry)
    entry.blob = others
    // Who asks for it anew gets a new try at once; one that runs takes new sources the next time.
    if (isNews) entry.failures = 0
    this.#enqueue(name, entry)
  }

  #drop (root: Cid): void {
    const name = mapKey(root)
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.cancelRetry()
    entry.running?.stop()
    this.#entries.delete(name)
    this.#queue.delete(name)
  }

  #enqueue (name: string, entry: Entry): void {
    if (entry.running !== undefined) return
    entry.cancelRetry()
    this.#queue.delete(name)
    this.#queue.add(name)
    this.#beginNext()
  }

  /** The newest first: somebody asks for it now. */
  #beginNext (): void {
    for (const name of [...this.#queue].reverse()) {
      const entry = this.#entries.get(name)
      const most = LIMITS.pullsAtOnce + (entry?.isWaitedFor === true ? LIMITS.pullsWaitedFor : 0)
      if (this.#running.size >= most) continue
      this.#queue.delete(name)
      if (entry === undefined) continue
      const work = this.#run(name, entry).finally(() => {
        this.#work.delete(work)
        if (!this.#isClosed) this.#beginNext()
      })
      this.#work.add(work)
    }
  }

  async #run (name: string, entry: Entry): Promise<void> {
    const { blobs, log } = this.#parts
    const { blob } = entry
    const pull = entry.running = new Pull({ blob, blobs, sources: this.#sources, requests: this.#requests, liars: entry.liars })
    this.#running.add(pull)
    entry.isWaitedFor = false
    const running = pull.run()
    void pull.ready.then(() => { for (const tell of entry.onBegun.splice(0)) tell() })
    try {
      await running
      if (this.#entries.get(name) === entry) this.#entries.delete(name)
      log('debug', 'pull.done')
    } catch (error) {
      const trouble = toPetrelError(error)
      log('debug', 'pull.failed', { code: trouble.code, failures: entry.failures })
      entry.running = undefined
      // It turned out to have another size than its first lease said.
      if (this.#entries.get(name) === entry && entry.blob.size !== blob.size) this.#enqueue(name, entry)
      else if (this.#entries.get(name) === entry) this.#later(name, entry, trouble)
    } finally {
      entry.running = undefined
      this.#running.delete(pull)
    }
  }

  #later (name: string, entry: Entry, trouble: PetrelError): void {
    if (this.#isClosed) return
    const { pullRetryBaseMs, pullRetryMs } = LIMITS
    const isHopeless = trouble instanceof ProofError && entry.liars.size === 0
    const most = isHopeless ? pullRetryMs : Math.min(pullRetryMs, pullRetryBaseMs * 2 ** entry.failures)
    entry.failures++
    entry.cancelRetry = this.#parts.clock.after(most / 2 + this.#parts.random() * most / 2, () => { this.#enqueue(name, entry) })
  }
}
