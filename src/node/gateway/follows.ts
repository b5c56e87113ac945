/** The edge of follows: asks the relay, matches pushes to logs, hands entries over one run after the other. */
import {
  decodeEntriesPush, decodeLeaf, ExistsError, METHOD, pb, ProofError, PUSH, toPetrelError, type LogId, type PetrelError, type StoredEntry
} from '../../protocol/wire/index.js'
import { errorFromFailure, type GatewayPush } from '../../relay/net/index.js'
import { decoded, type Caller } from './caller.js'
import { newFollow, stepFollow, type FollowEffect, type FollowInput } from './follow-machine.js'
import { WaitingRun } from './waiting-run.js'
import type { LinkCore, LinkWorld, Session } from './link-core.js'
import type { EntriesHandler, Follow } from './types.js'

interface Parts { readonly core: LinkCore, readonly caller: Caller, readonly world: LinkWorld }

interface Wish { readonly log: LogId, readonly after: number, readonly onEntries: EntriesHandler, readonly onEnd: (error: PetrelError) => void }

const nameOf = (log: LogId): string => Buffer.from(log).toString('latin1')

/** All follows of one link. */
export class Follows {
  readonly #parts: Parts
  readonly #running = new Map<string, RunningFollow>()
  /** Unfollows under way: a new follow of the log comes after them. */
  readonly #leaving = new Map<string, Promise<void>>()

  constructor (parts: Parts) { this.#parts = parts }

  /** See RelayLink.follow. */
  follow (wish: Wish): Follow {
    const name = nameOf(wish.log)
    if (this.#running.has(name)) throw new ExistsError('the log is followed already on this link: stop that first')
    const follow = new RunningFollow(this.#parts, wish, this.#leaving.get(name), left => { this.#ended(name, left) })
    this.#running.set(name, follow)
    if (this.#parts.core.session !== undefined) follow.input({ type: 'session' })
    return { stop: () => { follow.input({ type: 'stop' }) } }
  }

  /** A new session: everything is asked for again, from where it stands. */
  session (): void { for (const follow of [...this.#running.values()]) follow.input({ type: 'session' }) }

  /** The channel is gone. */
  lost (): void { for (const follow of [...this.#running.values()]) follow.input({ type: 'lost' }) }

  /** Ends all without a word to their handlers. */
  close (): void { for (const follow of [...this.#running.values()]) follow.input({ type: 'stop' }) }

  /** Takes a push. The promise settles when its entries were taken. */
  push (push: GatewayPush): undefined | Promise<void> {
    if (push.kind === PUSH.entries) {
      const { log, entries, head } = decodeEntriesPush(push.body)
      return this.#running.get(nameOf(log))?.entries(entries, head)
    }
    if (push.kind === PUSH.unfollowed) {
      const { log, failure } = pb.UnfollowedPush.decode(push.body)
      const error = failure === undefined ? new ProofError('the relay ended a follow without a reason') : errorFromFailure(failure)
      return this.#running.get(nameOf(log))?.ended(error)
    }
    return undefined
  }

  #ended (name: string, left: Promise<void> | undefined): void {
    this.#running.delete(name)
    if (left === undefined) return
    this.#leaving.set(name, left)
    void left.then(() => { if (this.#leaving.get(name) === left) this.#leaving.delete(name) })
  }
}

class RunningFollow {
  readonly #parts: Parts
  readonly #wish: Wish
  readonly #before: Promise<void> | undefined
  readonly #onEnded: (left: Promise<void> | undefined) => void
  #machine
  /** Entries that are being taken, and what waits behind them. */
  #tail: Promise<void> | undefined
  /** What is handed over next. */
  #waiting: WaitingRun | undefined
  #stopped = false
  /** Counts asks: what came of an earlier one is stale. */
  #asks = 0
  #asked: Promise<void> = Promise.resolve()
  #askedIn: Session | undefined
  /** Settles when the follow call that is under way was answered and noted. */
  #answered: Promise<void> | undefined
  #cancelWait: () => void = () => undefined

  constructor (parts: Parts, wish: Wish, before: Promise<void> | undefined, onEnded: (left: Promise<void> | undefined) => void) {
    this.#parts = parts
    this.#wish = wish
    this.#before = before
    this.#onEnded = onEnded
    this.#machine = newFollow(wish.after)
  }

  input (input: FollowInput): void { for (const effect of this.#step(input)) this.#do(effect) }

  /** The relay's word that it has ended the follow. The promise settles when it was heard: many such words must not pile up behind an answer that does not come. */
  ended (error: PetrelError): undefined | Promise<void> {
    if (this.#answered !== undefined) return this.#answered.then(() => { this.input({ type: 'ended', error }) })
    this.input({ type: 'ended', error })
    return undefined
  }

  /** Entries that arrived; what comes in one packet with the answer to the follow call waits until that is noted. The promise settles when they were taken. */
  entries (entries: StoredEntry[], head: Uint8Array): undefined | Promise<void> {
    return this.#answered === undefined ? this.#arrived(entries, head) : this.#answered.then(async () => { await this.#arrived(entries, head) })
  }

  #arrived (entries: StoredEntry[], head: Uint8Array): undefined | Promise<void> {
    const ends = this.#machine.phase === 'following' ? this.#endsOf(entries) : undefined
    if (ends === undefined) return undefined
    let taken: undefined | Promise<void>
    for (const effect of this.#step({ type: 'entries', ...ends })) {
      if (effect.type === 'deliver') taken = this.#hand(entries.slice(effect.skip), head)
      else this.#do(effect)
    }
    return taken
  }

  #step (input: FollowInput): readonly FollowEffect[] {
    const { random, timing } = this.#parts.world
    // What arrives is the most frequent, and nothing of it is left to chance.
    const { state, effects } = stepFollow(this.#machine, input, input.type === 'entries' ? 0 : random(), timing)
    this.#machine = state
    return effects
  }

  /** The numbers of a run's first and last entry; the ones between are for its reader to verify. */
  #endsOf (entries: StoredEntry[]): { first: number, last: number } | undefined {
    const [first] = entries
    const last = entries.at(-1)
    if (first === undefined || last === undefined) return undefined
    try {
      const ends = decoded('entries', () => {
        const from = decodeLeaf(first.leaf).seq
        return { first: from, last: first === last ? from : decodeLeaf(last.leaf).seq }
      })
      if (ends.last - ends.first + 1 === entries.length) return ends
      throw new ProofError(`the relay sent ${entries.length} entries as numbers ${ends.first} to ${ends.last}`)
    } catch (error) {
      this.input({ type: 'broken', error: toPetrelError(error) })
      return undefined
    }
  }

  #do (effect: FollowEffect): void {
    this.#cancelWait()
    // One after the other, so that the relay hears follows and unfollows of a log in the order they are meant.
    if (effect.type === 'ask') {
      const ask = ++this.#asks
      this.#asked = this.#asked.then(async () => { await this.#ask(ask, effect.after, effect.stopFirst) })
    } else if (effect.type === 'wait') this.#cancelWait = this.#parts.world.clock.after(effect.ms, () => { this.input({ type: 'again' }) })
    else if (effect.type === 'session-lost') this.#sessionLost(effect.error)
    else if (effect.type === 'end') this.#end(effect.error, effect.stopFirst)
  }

  #sessionLost (error: PetrelError): void {
    if (this.#askedIn !== undefined) this.#parts.core.sessionLost(this.#askedIn, error)
  }

  async #ask (ask: number, after: number, stopFirst: boolean): Promise<void> {
    const { session } = this.#parts.core
    if (session === undefined || ask !== this.#asks) return
    this.#askedIn = session
    const { log } = this.#wish
    const { promise, resolve } = Promise.withResolvers<undefined>()
    try {
      // What arrived before is taken first, so that memory holds one credit's worth whatever happens to the connection.
      await this.#tail
      await this.#before
      if (stopFirst) await this.#unfollow()
      if (ask !== this.#asks || this.#machine.phase !== 'asking' || this.#parts.core.session !== session) return
      const answered = promise.then(() => { if (this.#answered === answered) this.#answered = undefined })
      this.#answered = answered
      const reply = await this.#parts.caller.inSession(session, { method: METHOD.follow, body: pb.FollowRequest.encode({ log, after }), log })
      const { head } = decoded('answer to a follow', () => pb.HeadReply.decode(reply))
      if (ask !== this.#asks) return
      this.input({ type: 'accepted' })
      // Where the log ends: a reader that knows more than that has caught the relay.
      if (head.length > 0) void this.#hand([], head)
    } catch (error) {
      // On a lost channel the loss is the news: the next session asks again.
      if (ask === this.#asks && !session.channel.isClosed) this.input({ type: 'failed', error: toPetrelError(error) })
    } finally {
      resolve(undefined)
    }
  }

  /** Ends the relay's side, if it can be told; it ends with the channel anyway. */
  async #unfollow (): Promise<void> {
    const { session } = this.#parts.core
    if (session === undefined) return
    try {
      await session.channel.call(METHOD.unfollow, pb.LogRequest.encode({ log: this.#wish.log }))
    } catch {
      // Nothing was followed, or the channel is gone.
    }
  }

  /** In order, one after the other. Straight through while the handler does not wait; what waits for it is handed over together. */
  #hand (entries: StoredEntry[], head: Uint8Array): undefined | Promise<void> {
    const before = this.#tail
    if (before === undefined) return this.#note(this.#take(entries, head))
    if (this.#waiting?.add(entries, head) === true) return before
    const waiting = this.#waiting = new WaitingRun(entries, head)
    return this.#note(before.then(async () => {
      if (this.#waiting === waiting) this.#waiting = undefined
      await this.#take(waiting.entries, waiting.head)
    }))
  }

  #note (taken: undefined | Promise<void>): undefined | Promise<void> {
    if (taken === undefined) return undefined
    const tail = taken.catch((error: unknown) => { this.#broken(error) }).then(() => { if (this.#tail === tail) this.#tail = undefined })
    this.#tail = tail
    return tail
  }

  #take (entries: StoredEntry[], head: Uint8Array): undefined | Promise<void> {
    if (this.#stopped) return undefined
    try {
      return this.#wish.onEntries(entries, head)
    } catch (error) {
      this.#broken(error)
      return undefined
    }
  }

  #broken (error: unknown): void {
    if (this.#stopped) return
    this.input({ type: 'broken', error: toPetrelError(error) })
    // What waits behind the failed run is not handed over.
    this.#stopped = true
  }

  #end (error: PetrelError | null, stopFirst: boolean): void {
    this.#asks++
    this.#onEnded(stopFirst ? this.#asked.then(async () => { await this.#unfollow() }) : undefined)
    if (error === null) {
      this.#stopped = true
      return
    }
    // After the entries that came before the end.
    const tell = (): void => { this.#wish.onEnd(error) }
    if (this.#tail === undefined) tell()
    else void this.#tail.then(tell)
  }
}
