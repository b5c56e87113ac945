/** Follows a chat's log on the link in use, and takes what comes: each entry once, in the chat's turns. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { toPetrelError, UnavailableError, type PetrelError, type StoredEntry } from '../../protocol/wire/index.js'
import type { Follow } from '../gateway/index.js'
import type { Chat } from './chat.js'
import { withOwnCommits } from './devices/other-commit.js'
import type { Taken } from './intake.js'
import type { Ride } from './laying.js'
import { NewestLook } from './past/newest-lines.js'
import type { PastOpener } from './past/opener.js'
import { LookAhead } from './look-ahead.js'
import { takeWitnessed } from './take-witnessed.js'

/** What was taken, and what that changed: a commit came, an alarm was cleared, what was taken back is on its way into the log. */
export interface TakenHere extends Taken { readonly committed: boolean, readonly cleared: boolean, readonly restoring: boolean, /** Why it was not all that came. */ readonly failure?: PetrelError }

/** What a following tells its session. */
export interface FollowingEvents {
  readonly onTaken: (taken: TakenHere) => void
  /** The relay is about to be shown keys of a later epoch: nothing may go out until the chat is in it. */
  readonly onAhead: () => void
  /** The follow is over, and not by {@link Following.stop}. */
  readonly onEnd: (error: PetrelError) => void
  /** What is written with the entries that are taken. */
  readonly ride: Ride
}

/** See the file's head. */
export class Following {
  readonly #chat: Chat
  readonly #past: PastOpener
  readonly #events: FollowingEvents
  readonly #ahead: LookAhead
  readonly #newest: NewestLook
  #follow: Follow | undefined

  /** @param past - opens what was before this account came in, while this follows */
  constructor (chat: Chat, past: PastOpener, events: FollowingEvents) {
    this.#chat = chat
    this.#ahead = new LookAhead(chat, events.onAhead)
    this.#newest = new NewestLook(chat)
    this.#past = past
    this.#events = events
  }

  /**
   * Begins after the last verified entry, unless it has begun, or `isOver` by then. In a turn of the chat: what an earlier
   * follow brought is taken before that, or not at all.
   */
  async begin (isOver: () => boolean): Promise<void> {
    await this.#chat.serial.run(async () => { if (!isOver()) this.#begin() })
    if (!isOver()) this.#past.start()
  }

  /** Ends it. What has come and was not taken comes again. */
  stop (): void {
    this.#follow?.stop()
    this.#follow = undefined
    this.#newest.stop()
    this.#past.stop()
  }

  #begin (): void {
    if (this.#follow !== undefined || this.#chat.isBlocked) return
    const { link, log, cursor, path } = this.#chat
    path.begin()
    this.#ahead.restart()
    this.#newest.restart()
    const follow: Follow = link.follow(log, cursor.seq, async (entries, head) => { await this.#take(entries, head, () => this.#follow === follow) }, error => {
      // Told late, when the relay was left: a lie of a mirror would be laid to the home.
      if (this.#follow !== follow) return
      this.#follow = undefined
      this.#events.onEnd(error)
    })
    this.#follow = follow
  }

  async #take (all: StoredEntry[], word: Uint8Array, isOurs: () => boolean): Promise<void> {
    const chat = this.#chat
    // A receipt mostly comes in one packet with its entry. Who waits for it is told first.
    if (chat.outbox.size > 0) await nextTurn()
    const onJump = (): void => { this.#past.restart() }
    const taken = await chat.serial.run(async (): Promise<TakenHere | undefined> => {
      const covered = isOurs() && !chat.isBlocked ? chat.path.covered(chat.cursor.seq, all, word) : undefined
      if (covered === undefined) {
        if (isOurs() && !chat.isBlocked) await withOwnCommits(chat, async () => { await this.#ahead.look(chat.path.waiting) }, onJump)
        return undefined
      }
      this.#ahead.clear()
      const { lastCommit, alarm } = chat.cursor
      const restoring = chat.back.size > 0
      const done = await this.#takeAll(covered.entries, covered.head, onJump)
      return { ...done, restoring, committed: chat.cursor.lastCommit !== lastCommit, cleared: alarm !== null && chat.cursor.alarm === null }
    })
    if (taken === undefined) return
    // A page of many comes with the receipt of its last entry, which says nothing of what follows it.
    if (isOurs()) chat.current = taken.failure === undefined && taken.standing === 'current' && chat.cursor.seq >= this.#newest.end
    // Nothing of it was taken, and what comes next would not follow.
    if (taken.standing === 'below') throw new UnavailableError('the log was taken over from below what this node has, and the order is not known yet', { details: { order: 'unknown' } })
    if (taken.lie !== undefined) throw taken.lie
    if (isOurs()) this.#newest.taken(word, taken.standing)
    if (taken.arrived === true) this.#past.restart()
    else this.#past.kick()
    this.#events.onTaken(taken)
    if (taken.failure !== undefined) throw taken.failure
  }

  /** Takes entries in as many batches as it needs, mostly one. `failure`: why some of them were not taken, where others were. */
  async #takeAll (entries: readonly StoredEntry[], head: Uint8Array, onJump: () => void): Promise<Taken & { failure?: PetrelError }> {
    let all: Taken | undefined
    for (let rest = entries; ;) {
      const these = rest
      try {
        const some = await withOwnCommits(this.#chat, async () => await takeWitnessed(this.#chat, these, head, this.#events.ride), onJump)
        all = all === undefined ? some : withMore(all, some)
        rest = rest.slice(some.leaves?.length ?? rest.length)
      } catch (error) {
        if (all === undefined) throw error
        return { ...all, failure: toPetrelError(error) }
      }
      if (rest.length === 0) return all
    }
  }
}

/** What one batch and the next one come to. */
function withMore (before: Taken, after: Taken): Taken {
  const lie = before.lie ?? after.lie
  return {
    ...after, epochChanged: before.epochChanged || after.epochChanged, moved: before.moved || after.moved, erasing: before.erasing || after.erasing,
    arrived: before.arrived === true || after.arrived === true, ...lie === undefined ? {} : { lie }
  }
}
