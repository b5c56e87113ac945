/**
 * Fetches the blobs that are leased here and not here yet from the sources that their leases name: some at a time, again
 * and again while somebody wants them, those first for which somebody waits.
 */
import { LIMITS, ProofError, sameBytes, toPetrelError, type Cid, type KeyBytes, type PetrelError } from '../../protocol/wire/index.js'
import type { Cancel, Clock } from '../../store/index.js'
import type { BlobService, ComingBlob } from '../blobs/index.js'
import { mapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import type { Coming } from '../net/index.js'
import { Moment } from './moment.js'
import { Pull, sameSources } from './pull.js'
import { Requests } from './requests.js'
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
  /** When it failed last, and when it is begun at the soonest, whoever asks for it: it fails twice in a rest at most. ms */
  failedAt: number
  notBefore: number
  cancelRetry: Cancel
  readonly liars: Set<string>
  /** Somebody waited for it before it ran. */
  isWaitedFor: boolean
  /** It is known what of it is here. */
  begun: Moment
}

/** See the file's head. */
export class Pulls {
  readonly #parts: PullsParts
  readonly #sources: Sources
  readonly #requests = new Requests(LIMITS.pullRequests)
  readonly #entries = new Map<string, Entry>()
  /** Names of those that wait for their turn, the newest last. */
  readonly #queue = new Set<string>()
  readonly #work = new Set<Promise<void>>()
  readonly #unwatch: Array<() => void>
  readonly #running = new Map<Pull, { readonly owner: string, readonly isWaitedFor: boolean }>()
  /** Who waits for a block, in whatever way. */
  #waiters = 0
  #isClosed = false
  /** Blocks that came so far: who looked for one while that grew may have looked too early. */
  arrivals = 0

  constructor (parts: PullsParts) {
    this.#parts = parts
    this.#sources = new Sources(parts.open, parts.clock)
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
    const way = this.#way(cid)
    return way === undefined ? undefined : async signal => {
      this.#waiters++
      try {
        return await way(signal)
      } finally {
        this.#waiters--
      }
    }
  }

  #way (cid: Cid): Coming | undefined {
    for (const pull of this.#running.keys()) {
      const found = pull.coming(cid)
      if (found !== undefined) return async signal => await this.#wait(found, signal)
    }
    const entry = this.#entries.get(mapKey(cid))
    if (entry !== undefined) return async signal => await this.#root(entry, cid, signal)
    // It may belong to one whose index is not here yet.
    const unknown = [...this.#running.keys()].filter(pull => !pull.isWhole).map(({ whole }) => whole)
    return unknown.length === 0 ? undefined : async signal => await this.#after(unknown, cid, signal)
  }

  /** The root of one that has just begun, waits for its turn, or is to be tried again. */
  async #root (entry: Entry, cid: Cid, signal: AbortSignal): Promise<boolean> {
    const begun = entry.running?.ready ?? entry.begun
    if (entry.running === undefined) {
      entry.isWaitedFor = true
      this.#enqueue(mapKey(cid), entry)
    }
    return await this.#after([begun], cid, signal)
  }

  /** Ends all that is under way. */
  async close (): Promise<void> {
    this.#isClosed = true
    for (const unwatch of this.#unwatch) unwatch()
    for (const entry of this.#entries.values()) {
      entry.cancelRetry()
      entry.running?.stop()
      entry.begun.happen()
    }
    this.#queue.clear()
    await Promise.all([...this.#work])
    await this.#sources.close()
  }

  /** Looks again once more is known. */
  async #after (known: readonly Moment[], cid: Cid, signal: AbortSignal): Promise<boolean> {
    await Moment.all(known, signal)
    if (signal.aborted) return false
    for (const pull of this.#running.keys()) {
      const found = pull.coming(cid)
      if (found !== undefined) return await this.#wait(found, signal)
    }
    const [isHere] = await this.#parts.blobs.hasBlocks([cid])
    return isHere === true
  }

  async #wait ({ came, forget }: NonNullable<ReturnType<Pull['coming']>>, signal: AbortSignal): Promise<boolean> {
    const { promise: given, resolve } = Promise.withResolvers<boolean>()
    const onAbort = (): void => { resolve(false) }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    try {
      return await Promise.race([came, given])
    } finally {
      signal.removeEventListener('abort', onAbort)
      forget()
    }
  }

  #want (blob: ComingBlob): void {
    if (this.#isClosed) return
    const others = { ...blob, sources: blob.sources.filter(({ peer }) => !sameBytes(peer, this.#parts.home)) }
    if (others.sources.length === 0) return
    const name = mapKey(blob.root)
    const entry = this.#entries.get(name) ?? { blob: others, running: undefined, failures: 0, failedAt: -Infinity, notBefore: -Infinity, cancelRetry: () => undefined, liars: new Set(), isWaitedFor: false, begun: new Moment() }
    const isNews = !sameSources(entry.blob.sources, others.sources)
    this.#entries.set(name, entry)
    entry.blob = others
    // Who asks for it anew gets a new try soon; one that runs takes new sources the next time.
    if (isNews) entry.failures = 0
    this.#enqueue(name, entry)
  }

  #drop (root: Cid): void {
    const name = mapKey(root)
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.cancelRetry()
    entry.running?.stop()
    entry.begun.happen()
    this.#entries.delete(name)
    this.#queue.delete(name)
  }

  #enqueue (name: string, entry: Entry): void {
    if (entry.running !== undefined) return
    entry.cancelRetry()
    this.#queue.delete(name)
    const { clock } = this.#parts
    const early = entry.notBefore - clock.now()
    if (early > 0) {
      entry.cancelRetry = clock.after(early, () => { this.#enqueue(name, entry) })
      return
    }
    this.#queue.add(name)
    this.#beginNext()
  }

  /** The newest first: somebody asks for it now. */
  #beginNext (): void {
    for (const name of [...this.#queue].reverse()) {
      const entry = this.#entries.get(name)
      if (entry !== undefined && !this.#isRoom(entry)) continue
      this.#queue.delete(name)
      if (entry === undefined) continue
      const work = this.#run(name, entry).finally(() => {
        this.#work.delete(work)
        if (!this.#isClosed) this.#beginNext()
      })
      this.#work.add(work)
    }
  }

  /** Of each kind, those that somebody waits for and the others, one account has half at most: its sources may hardly answer. */
  #isRoom ({ isWaitedFor, blob: { owner } }: Entry): boolean {
    const same = [...this.#running.values()].filter(one => one.isWaitedFor === isWaitedFor)
    const most = isWaitedFor ? LIMITS.pullsWaitedFor : LIMITS.pullsAtOnce
    return same.length < most && same.filter(one => one.owner === owner).length * 2 < most
  }

  async #run (name: string, entry: Entry): Promise<void> {
    const { blobs, log } = this.#parts
    const { blob } = entry
    const pull = entry.running = new Pull({ blob, blobs, sources: this.#sources, requests: this.#requests, liars: entry.liars, onCame: () => { this.arrivals++ } })
    this.#running.set(pull, { owner: blob.owner, isWaitedFor: entry.isWaitedFor })
    entry.isWaitedFor = false
    const running = pull.run()
    const begun = entry.begun
    entry.begun = new Moment()
    pull.ready.on(() => { begun.happen() })
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
    const { pullRetryBaseMs, pullRetryMs, pullRestMs } = LIMITS
    const isHopeless = trouble instanceof ProofError && entry.liars.size === 0
    const most = isHopeless ? pullRetryMs : Math.min(pullRetryMs, pullRetryBaseMs * 2 ** entry.failures)
    entry.failures++
    entry.notBefore = entry.failedAt + pullRestMs
    entry.failedAt = this.#parts.clock.now()
    entry.cancelRetry = this.#parts.clock.after(most / 2 + this.#parts.random() * most / 2, () => { this.#enqueue(name, entry) })
  }
}
