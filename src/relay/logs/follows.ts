/** Follows: first what lies behind `after`, then what comes, pushed as the device's credit allows. */
import {
  ForbiddenError, LIMITS, PUSH, RateLimitError, TooLargeError, toPetrelError, UnavailableError, pb, type PetrelError
} from '../../protocol/wire/index.js'
import type { Cancel } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { failureOf } from '../failures.js'
import type { NamedLog, Peer } from '../peer.js'
import { requireHere, requireRead } from './access.js'
import type { LogContext } from './context.js'
import { isCopy } from './ends.js'
import { tellErasures } from './erasure-pushes.js'
import { Feed, PageMemory, type FeedPage } from './feed.js'
import { decodeMeta } from './meta.js'

/** One device following one log. */
interface Follow {
  readonly peer: Peer
  readonly log: NamedLog
  readonly feed: FollowedLog
  readonly stop: AbortController
  /** The last entry that was pushed. */
  after: number
  /** Of a mirror: how many erasures it was told. */
  erasures: number | undefined
  running: boolean
  /** The next entry alone is over what a push usually takes. */
  isLarge: boolean
  /** Something changed since the running step began. */
  hinted: boolean
  /** Since when its key is replaced and the new one not proved, ms. */
  parkedSince: number | undefined
}

interface FollowedLog { readonly feed: Feed, readonly follows: Set<Follow>, seq: number }

/** Room for a push beside its entries: the log's id, the receipt and the tags. */
const PUSH_ROOM = 16 * 1024
const ROOM = LIMITS.pushEntryBytes + PUSH_ROOM
/** Room for one entry that alone is larger. */
const LARGE_ROOM = LIMITS.commitBytes + LIMITS.leafBytes + PUSH_ROOM
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
  readonly #cancelHints: Cancel
  #looking = false
  #closed = false
  #cancelSweep: Cancel = () => undefined

  constructor (context: LogContext, options: FollowsOptions) {
    this.#context = context
    this.#options = options
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
    later(() => { this.#start(follow) })
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
    if (follow !== undefined) this.#start(follow)
  }

  /** A log has changed (map key). */
  wake (log: string, seq?: number): void {
    const followed = this.#logs.get(log)
    if (followed === undefined) return
    if (seq !== undefined) followed.seq = Math.max(followed.seq, seq)
    followed.feed.changed()
    for (const follow of followed.follows) this.#start(follow)
  }

  /** Ends all follows in silence. */
  close (): void {
    this.#closed = true
    this.#cancelHints()
    this.#cancelSweep()
    for (const peer of [...this.#byPeer.keys()]) this.endAll(peer)
  }

  #start (follow: Follow): void {
    follow.hinted = true
    if (!follow.running && !follow.stop.signal.aborted) void this.#run(follow)
  }

  async #run (follow: Follow): Promise<void> {
    follow.running = true
    try {
      while (follow.hinted) {
        follow.hinted = false
        while (await this.#step(follow));
      }
    } catch (error) {
      if (!follow.stop.signal.aborted) this.#end(follow, toPetrelError(error))
    } finally {
      follow.running = false
    }
  }

  /** Pushes the next page. False when there is none, for now. */
  async #step (follow: Follow): Promise<boolean> {
    const { peer, log, stop, feed } = follow
    const head = await this.#context.store.logs.head(log.log)
    const through = this.#gate(follow, head)
    if (follow.erasures !== undefined && decodeMeta(head.meta).erasures > follow.erasures) await tellErasures(this.#context, follow, follow.erasures)
    if (isOver(stop) || follow.after >= Math.min(head.seq, through)) {
      // Nothing comes here any more: the follower must go where the log lives.
      if (follow.after >= head.seq && !isCopy(decodeMeta(head.meta))) requireHere(decodeMeta(head.meta))
      return false
    }
    const permit = await peer.channel.reserve(follow.isLarge ? LARGE_ROOM : ROOM, { signal: stop.signal })
    try {
      const page = await this.#page(follow, permit.bytes, through)
      if (page === undefined || isOver(stop)) return false
      follow.isLarge = page.body.length > permit.bytes
      if (follow.isLarge) return true
      // The right may have gone while the credit came.
      const now = await this.#context.store.logs.head(log.log)
      if (page.last > this.#gate(follow, now) || isOver(stop)) return true
      permit.send(PUSH.entries, page.body)
      this.#options.onPush?.(page.count, page.body.length)
      follow.after = page.last
      return page.last < page.seq || feed.seq > page.last || decodeMeta(now.meta).elsewhere?.at === 'moved'
    } finally {
      permit.release()
    }
  }

  async #page (follow: Follow, room: number, through: number): Promise<FeedPage | undefined> {
    const { feed } = follow.feed
    let page = await feed.page(follow.after)
    if (page === undefined) return undefined
    if (page.body.length > room || page.last > through) page = await feed.read(follow.after, Math.max(1, room - PUSH_ROOM), through)
    // One entry alone, as commits of large groups are: more is asked for, once.
    if (page !== undefined && page.body.length > room && (follow.isLarge || room < ROOM)) throw new TooLargeError('an entry is over the credit this connection grants: grant more, or read it', { details: { seq: page.last } })
    return page
  }

  /** The last entry the follow may push now. @throws SessionError, ForbiddenError when it must end */
  #gate (follow: Follow, head: { seq: number, meta: Uint8Array }): number {
    const now = this.#context.clock.now()
    follow.peer.require(now)
    const through = requireRead(decodeMeta(head.meta), follow.peer.proven(follow.log.name))
    if (through >= head.seq) follow.parkedSince = undefined
    else follow.parkedSince ??= now
    return through
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

/** A function, so that the compiler does not take an earlier answer for the present one. */
function isOver (stop: AbortController): boolean { return stop.signal.aborted }

function replacedKey (): ForbiddenError {
  return new ForbiddenError('the read key of this follow was replaced: prove the new one and follow again', { details: { capability: 'read' } })
}
