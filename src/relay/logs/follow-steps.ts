/** How a follow goes on: page by page, as the device's rights and credit allow. */
import { LIMITS, PUSH, TooLargeError, toPetrelError, type PetrelError } from '../../protocol/wire/index.js'
import type { LogHead } from '../../store/index.js'
import type { GatewayChannel } from '../net/index.js'
import type { NamedLog, Peer } from '../peer.js'
import { requireHere, requireRead } from './access.js'
import type { LogContext } from './context.js'
import { isCopy } from './ends.js'
import { tellErasures } from './erasure-pushes.js'
import type { Feed, FeedPage } from './feed.js'
import { decodeMeta } from './meta.js'

/** One device following one log. */
export interface Follow {
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

/** A log that is followed. `seq`: where it ends, as far as is known. */
export interface FollowedLog { readonly feed: Feed, readonly follows: Set<Follow>, seq: number }

/** Room for a push beside its entries: the log's id, the receipt and the tags. */
const PUSH_ROOM = 16 * 1024
const ROOM = LIMITS.pushEntryBytes + PUSH_ROOM
/** Room for one entry that alone is larger. */
const LARGE_ROOM = LIMITS.commitBytes + LIMITS.leafBytes + PUSH_ROOM
/** What the steps need beside the logs. */
export interface FollowStepsParts {
  /** Ends a follow with a reason. */
  readonly end: (follow: Follow, why: PetrelError) => void
  /** Told each push: how many entries and bytes. */
  readonly onPush: (entries: number, bytes: number) => void
}

/** See the file's head. */
export class FollowSteps {
  readonly #context: LogContext
  readonly #parts: FollowStepsParts

  constructor (context: LogContext, parts: FollowStepsParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Something changed, or may have. */
  start (follow: Follow): void {
    follow.hinted = true
    if (!follow.running && !follow.stop.signal.aborted) this.#go(follow)
  }

  /** Pushes what is new without a wait, as nearly always can be: at once, if it was just appended; else in steps. */
  #go (follow: Follow): void {
    follow.running = true
    follow.hinted = false
    const head = this.#context.store.logs.headNow(follow.log.log)
    if (head === undefined || follow.after >= head.seq || follow.isLarge || !this.#isOpen(follow, head)) {
      this.#inSteps(follow)
      return
    }
    const { feed, follows } = follow.feed
    const isShared = follows.size > 1
    try {
      const page = feed.pageNow(follow.after, isShared)
      if (page === undefined) feed.page(follow.after, isShared).then(read => { this.#pushNow(follow, read) }, () => { this.#inSteps(follow) })
      else if (this.#isPushed(follow, page)) this.#pushed(follow, page)
      else this.#inSteps(follow)
    } catch {
      this.#inSteps(follow)
    }
  }

  #inSteps (follow: Follow): void {
    follow.hinted = true
    void this.#run(follow)
  }

  #pushNow (follow: Follow, page: FeedPage | undefined): void {
    // The right may have gone meanwhile.
    const head = this.#context.store.logs.headNow(follow.log.log)
    if (page !== undefined && head !== undefined && this.#isOpen(follow, head) && this.#isPushed(follow, page)) this.#pushed(follow, page)
    else this.#inSteps(follow)
  }

  /** False when it must wait: who has no credit now waits for it before more is read. */
  #isPushed ({ stop, peer: { channel } }: Follow, page: FeedPage): boolean {
    return page.body.length <= ROOM && !isOver(stop) && !channel.isClosed && tryPush(channel, page.body)
  }

  #pushed (follow: Follow, page: FeedPage): void {
    this.#parts.onPush(page.count, page.body.length)
    follow.after = page.last
    // In a turn of its own: others wait meanwhile.
    if (follow.hinted || page.last < page.seq || follow.feed.seq > page.last) queueMicrotask(() => { this.#go(follow) })
    else follow.running = false
  }

  /** Whether the follow may have all of a log that lives here, and was told all that was erased. What it may not, a step finds out. */
  #isOpen (follow: Follow, head: LogHead): boolean {
    try {
      const { elsewhere, erasures } = decodeMeta(head.meta)
      if (elsewhere !== null || (follow.erasures !== undefined && erasures > follow.erasures)) return false
      return this.#gate(follow, head) >= head.seq
    } catch {
      return false
    }
  }

  async #run (follow: Follow): Promise<void> {
    follow.running = true
    try {
      while (follow.hinted) {
        follow.hinted = false
        while (await this.#step(follow));
      }
    } catch (error) {
      if (!follow.stop.signal.aborted) this.#parts.end(follow, toPetrelError(error))
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
      this.#parts.onPush(page.count, page.body.length)
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
}

/** False when there is no credit for it now; a step finds out why. */
function tryPush (channel: GatewayChannel, body: Uint8Array): boolean {
  try {
    return channel.tryPush(PUSH.entries, body)
  } catch {
    return false
  }
}

/** A function, so that the compiler does not take an earlier answer for the present one. */
function isOver (stop: AbortController): boolean { return stop.signal.aborted }
