/** Follows: first what lies behind `after`, then what comes, pushed as the device's credit allows. */
import {
  ForbiddenError, PUSH, RateLimitError, toPetrelError, UnavailableError, pb, type PetrelError
} from '../../protocol/wire/index.js'
import type { Cancel } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { failureOf } from '../failures.js'
import type { NamedLog, Peer } from '../peer.js'
import { requireRead } from './access.js'
import type { LogContext } from './context.js'
import { isCopy } from './ends.js'
import { Feed, PageMemory } from './feed.js'
import { FollowSteps, type Follow, type FollowedLog } from './follow-steps.js'
import { decodeMeta } from './meta.js'

/** How often parked follows and lost hints are looked after, ms. */
const SWEEP_MS = 15_000
/** Logs looked at together for hints that were lost. */
const LOOKS_AT_ONCE = 8

/** What follows need beside the logs. */
export interface FollowsOptions {
  readonly graceMs: number
  /** Told each push: how many entries and bytes. */
  readonly onPush?: (entries: number, bytes: number) => void
  /** Runs a step after the reply of the running call is on its way; setImmediate unless told. */
  readonly later?: (run: () => void) => void
}

/** All follows of a home. */
export class Follows {
  readonly #context: LogContext
  readonly #options: FollowsOptions
  readonly #logs = new Map<string, FollowedLog>()
  readonly #pages = new PageMemory()
  readonly #byPeer = new Map<Peer, Map<string, Follow>>()
  readonly #steps: FollowSteps
  readonly #cancelHints: Cancel
  #looking = false
  #closed = false
  #cancelSweep: Cancel = () => undefined

  constructor (context: LogContext, options: FollowsOptions) {
    this.#context = context
    this.#options = options
    this.#steps = new FollowSteps(context, { end: (follow, why) => { this.#end(follow, why) }, onPush: options.onPush ?? (() => undefined) })
    this.#cancelHints = context.store.bus.subscribeAll(hint => { this.wake(mapKey(hint.log), hint.seq) })
    this.#sweepLater()
  }

  /** Bytes of pushes that are kept for followers who are equally far. */
  get pageBytes (): number { return this.#pages.bytes }

  /** How many follows there are. */
  get size (): number {
    let size = 0
    for (const follows of this.#byPeer.values()) size += follows.size
    return size
  }

  /**
   * Follows a log from after a number, in place of an older follow of it. With `erasures` those after that number are
   * pushed too.
   *
   * @throws NotFoundError, ForbiddenError without a read key; RateLimitError over LIMITS.followsPerSession
   */
  async follow (peer: Peer, log: NamedLog, after: number, erasures?: number): Promise<void> {
    const head = await this.#context.store.logs.head(log.log)
    const meta = decodeMeta(head.meta)
    requireRead(meta, peer.proven(log.name))
    if (!isCopy(meta)) this.#context.restored.asked(log, after, head.seq)
    if (peer.channel.isClosed) throw new UnavailableError('the connection is closed')
    this.unfollow(peer, log.name)
    const follows = this.#byPeer.get(peer) ?? new Map<string, Follow>()
    const most = peer.bounds.follows
    if (follows.size >= most) throw new RateLimitError(`this session follows at most ${most} logs`, { details: { max: most } })
    const followed = this.#logs.get(log.name) ?? { feed: new Feed(this.#context, log.log, this.#pages), follows: new Set(), seq: head.seq }
    const follow: Follow = { peer, log, feed: followed, stop: new AbortController(), after, erasures, running: false, isLarge: false, hinted: false, parkedSince: undefined }
    this.#logs.set(log.name, followed)
    this.#byPeer.set(peer, follows)
    followed.follows.add(follow)
    follows.set(log.name, follow)
    // The reply goes first: no push of a follow comes before the follow was answered.
    const later = this.#options.later ?? (run => { setImmediate(run) })
    later(() => { this.#steps.start(follow) })
  }

  /** Ends a follow without a word. */
  unfollow (peer: Peer, log: string): void {
    const follow = this.#byPeer.get(peer)?.get(log)
    if (follow !== undefined) this.#drop(follow)
  }

  /** Ends all follows of a channel: with `why` as a push, or in silence. */
  endAll (peer: Peer, why?: PetrelError): void {
    for (const follow of [...this.#byPeer.get(peer)?.values() ?? []]) {
      if (why === undefined) this.#drop(follow)
      else this.#end(follow, why)
    }
  }

  /** Ends all follows of a log (map key). */
  endLog (log: string, why: PetrelError): void {
    for (const follow of [...this.#logs.get(log)?.follows ?? []]) this.#end(follow, why)
  }

  /** A device proved a key: what was parked on the log goes on. */
  proved (peer: Peer, log: string): void {
    const follow = this.#byPeer.get(peer)?.get(log)
    if (follow !== undefined) this.#steps.start(follow)
  }

  /** A log has changed (map key). */
  wake (log: string, seq?: number): void {
    const followed = this.#logs.get(log)
    if (followed === undefined) return
    if (seq !== undefined) followed.seq = Math.max(followed.seq, seq)
    followed.feed.changed()
    for (const follow of followed.follows) this.#steps.start(follow)
  }

  /** Ends all follows in silence. */
  close (): void {
    this.#closed = true
    this.#cancelHints()
    this.#cancelSweep()
    for (const peer of [...this.#byPeer.keys()]) this.endAll(peer)
  }

  #end (follow: Follow, why: PetrelError): void {
    this.#drop(follow)
    if (follow.peer.channel.isClosed) return
    follow.peer.channel.push(PUSH.unfollowed, pb.UnfollowedPush.encode({ log: follow.log.log, failure: failureOf(why) })).catch(() => undefined)
  }

  #drop (follow: Follow): void {
    follow.stop.abort()
    follow.feed.follows.delete(follow)
    if (follow.feed.follows.size === 0 && this.#logs.get(follow.log.name) === follow.feed) {
      follow.feed.feed.changed()
      this.#logs.delete(follow.log.name)
    }
    const follows = this.#byPeer.get(follow.peer)
    follows?.delete(follow.log.name)
    if (follows?.size === 0) this.#byPeer.delete(follow.peer)
  }

  #sweepLater (): void {
    this.#cancelSweep = this.#context.clock.after(SWEEP_MS, () => {
      this.#sweep()
      this.#sweepLater()
    })
  }

  #sweep (): void {
    const now = this.#context.clock.now()
    for (const peer of [...this.#byPeer.keys()]) {
      try {
        peer.require(now)
      } catch (error) {
        this.endAll(peer, toPetrelError(error))
      }
    }
    for (const followed of [...this.#logs.values()]) {
      for (const follow of [...followed.follows]) {
        if (follow.parkedSince !== undefined && now - follow.parkedSince > this.#options.graceMs) this.#end(follow, replacedKey())
      }
    }
    void this.#lookForLostHints()
  }

  /** One pass at a time, and few reads at once: with many logs it takes longer than one sweep, and disturbs nobody. */
  async #lookForLostHints (): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const rest = [...this.#logs.values()][Symbol.iterator]()
    const walk = async (): Promise<void> => { for (const followed of rest) await this.#look(followed) }
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, walk))
    this.#looking = false
  }

  /** A hint may have been lost. */
  async #look (followed: FollowedLog): Promise<void> {
    const [follow] = followed.follows
    if (follow === undefined || this.#closed) return
    try {
      const { seq } = await this.#context.store.logs.head(follow.log.log)
      if (seq > followed.seq) this.wake(follow.log.name, seq)
    } catch {
      // The follow finds the same fault by itself, and ends with it.
      this.wake(follow.log.name)
    }
  }
}

function replacedKey (): ForbiddenError {
  return new ForbiddenError('the read key of this follow was replaced: prove the new one and follow again', { details: { capability: 'read' } })
}
