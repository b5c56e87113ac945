/** One mirrored log: what is known of it beside its copy, and one thing at a time on it. */
import {
  METHOD, pb, ProofError, RIGHT, toPetrelError, type KeyBytes, type PetrelError, type StoredEntry
} from '../../protocol/wire/index.js'
import type { Gossip, GossipRun, ReaderPlace } from '../gossip/types.js'
import type { LogContext } from '../logs/context.js'
import { decodeMeta, encodeMeta, type LogMeta } from '../logs/meta.js'
import { errorFromFailure, type GatewayChannel } from '../net/index.js'
import type { NamedLog } from '../peer.js'
import { Ear, isAimedAt, standsAt } from './ear.js'
import { Forwarder } from './forwarder.js'
import type { HomeLink } from './home-link.js'
import { storeHead, storeRun } from './intake.js'
import { appendHeld, bestHeld, keptHeld, type Held } from './lent.js'
import { show } from './show.js'
import { ShownKeys } from './shown.js'
import { ToldErasures } from './told-erasures.js'
import { isLie, targetOf } from './walk.js'
import type { Wish } from './wishes.js'

/** What a mirrored log tells those who keep it. */
export interface MirrorEvents {
  /** Entries came. */
  readonly onEntries: (count: number) => void
  /** Payloads were erased. */
  readonly onErased: (log: MirroredLog) => Promise<void>
  /** The log lives at another home now. */
  readonly onSwitched: (log: MirroredLog) => void
  /** It cannot go on for now. */
  readonly onTrouble: (log: MirroredLog, why: PetrelError) => void
  /** Its home lied. */
  readonly onBroken: (log: MirroredLog, why: PetrelError) => void
}

/** See the file's head. */
export class MirroredLog implements NamedLog {
  readonly log: Uint8Array
  readonly name: string
  readonly owner: KeyBytes
  readonly forwarder: Forwarder
  readonly #context: LogContext
  readonly #events: MirrorEvents
  readonly #ear: Ear
  /** The link to its home. */
  link: HomeLink | undefined
  /** That home (map key). */
  home: string | undefined
  held: readonly Held[]
  /** Why it is not followed now. */
  trouble: PetrelError | undefined
  broken: string | null
  /** How often it could not go on since it last did. */
  failures = 0
  #following: GatewayChannel | undefined
  #isDeaf = false
  /** The highest number that was heard of while the home was away. */
  #soughtTo = 0
  readonly #shown = new ShownKeys()
  readonly #told: ToldErasures
  #last: Promise<unknown> = Promise.resolve()
  #preparing: Promise<unknown> = Promise.resolve()
  #waiting: Array<() => void> = []

  constructor (named: NamedLog, wish: Omit<Wish, 'log'>, context: LogContext, events: MirrorEvents, gossip: Gossip) {
    this.log = named.log
    this.name = named.name
    this.owner = wish.owner
    this.held = keptHeld(wish.delegations)
    this.broken = wish.broken
    this.#context = context
    this.#events = events
    this.forwarder = new Forwarder(named.log, channel => this.#shown.append(channel))
    this.#told = new ToldErasures(context, named.log)
    this.#ear = new Ear(gossip, named.log, {
      onRun: (run, from) => { void this.#heard(run, from) },
      onBehind: (head, from) => { void this.#heardOf(head, from) }
    })
  }

  /** Whether it is followed at its home now. */
  get isCurrent (): boolean { return this.#following !== undefined && !this.#following.isClosed }
  /** What is kept durably. */
  get wish (): Wish { return { log: this.log, owner: this.owner, delegations: this.held.map(({ bytes }) => bytes), broken: this.broken } }

  /** Runs work on the copy after earlier work. */
  async turn<T> (work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return await turn
  }

  /** Runs what must come before an append is sent, in the order in which the appends came. */
  async inOrder<T> (prepare: () => Promise<T>): Promise<T> {
    const turn = this.#preparing.then(prepare)
    this.#preparing = turn.catch(() => undefined)
    return await turn
  }

  /** Resolves when something has changed: entries came, or it cannot go on. */
  async change (): Promise<void> { await new Promise<void>(resolve => { this.#waiting.push(resolve) }) }

  /** Wakes those who wait for a change. */
  stir (): void { for (const wake of this.#waiting.splice(0)) wake() }

  /** The copy's meta and end. */
  async state (): Promise<{ seq: number, meta: LogMeta }> {
    const { seq, meta } = await this.#context.store.logs.head(this.log)
    return { seq, meta: decodeMeta(meta) }
  }

  /** The channel is gone, or the home is another one now. */
  stopped (): void {
    this.#following = undefined
    this.#shown.clear()
    this.stir()
  }

  /** The delegations to show at the home when a channel begins. What is appended by is shown when something is: in its turn, or what was sealed for one key would be judged by the next. */
  async toShow (): Promise<Held[]> {
    const [{ meta }, now] = [await this.state(), this.#context.clock.now()]
    return [RIGHT.mirror, RIGHT.read].flatMap(right => bestHeld(this.held, right, meta, now) ?? [])
  }

  /** The home has judged a delegation. */
  judged (channel: GatewayChannel, held: Held, refusal: PetrelError | undefined): void { if (refusal === undefined) this.#shown.took(channel, held) }

  /**
   * While it is followed: shows the home the right of now, when the one that the follow began with was replaced by a
   * commit. The home waits for that, and pushes nothing more until then.
   */
  async renew (): Promise<void> {
    const channel = this.#following
    if (channel === undefined || channel.isClosed) return
    const { meta } = await this.state()
    const held = [RIGHT.mirror, RIGHT.read].map(right => bestHeld(this.held, right, meta, this.#context.clock.now())).find(one => one !== undefined)
    if (held === undefined || this.#shown.readsBy(channel, held.key)) return
    this.#shown.took(channel, held)
    const [refusal] = await show(channel, [{ log: this, held }])
    if (refusal !== undefined && this.#following === channel) this.fail(refusal)
  }

  /** Follows on the channel from where the copy ends. */
  async follow (channel: GatewayChannel): Promise<void> {
    const { seq, meta } = await this.state()
    const { erasures } = targetOf(meta)
    try {
      // Before the answer, since pushes may come right behind it.
      this.#following = channel
      const { head } = pb.HeadReply.decode(await channel.call(METHOD.follow, pb.FollowRequest.encode({ log: this.log, after: seq, erasures })))
      this.trouble = undefined
      await this.#checked(async () => {
        // The log may have been taken elsewhere meanwhile.
        if (this.#following !== channel) return
        const end = await storeHead(this.#context, this, head, seq)
        if (end === seq) this.failures = 0
      })
    } catch (error) {
      if (this.#following === channel) this.fail(toPetrelError(error))
    }
    this.stir()
  }

  /** Entries came in a push. */
  async take ({ entries, head }: pb.EntriesPush, channel: GatewayChannel): Promise<void> {
    await this.#checked(async () => {
      if (this.#following !== channel) return
      const run = entries.map(({ leaf, payload = null }) => ({ leaf, payload }))
      await this.#store(run, head)
    })
    this.stir()
  }

  /** Listens by gossip where the copy's keys say, from where it ends; not at all when its home lied. */
  async listen (): Promise<void> {
    await this.turn(async () => { await this.#listen() })
  }

  /** Listens by gossip no more, for good. */
  deafen (): void {
    this.#isDeaf = true
    this.#ear.close()
  }

  async #listen (): Promise<void> {
    try {
      const head = await this.#context.store.logs.head(this.log)
      if (this.#isDeaf || this.broken !== null) this.#ear.close()
      else this.#ear.turn(head)
    } catch {
      // The copy is gone, or cannot be read: whoever works on it is told.
      this.#ear.close()
    }
  }

  /** Entries came by gossip. They are the home's word as a push is, and held against it as a push would be. */
  async #heard ({ entries, head }: GossipRun, from: ReaderPlace): Promise<void> {
    await this.#checked(async () => {
      // When the copy has gone on by itself meanwhile, the same way brings these too.
      if (this.broken !== null || !standsAt(await this.#context.store.logs.head(this.log), from)) return
      await this.#store(entries, head)
    })
    this.stir()
  }

  /** A batch came by gossip that does not follow the copy: what the home signed is kept, and its log has what is missing. */
  async #heardOf (head: Uint8Array, from: ReaderPlace): Promise<void> {
    await this.#checked(async () => {
      if (this.broken !== null || !isAimedAt(await this.#context.store.logs.head(this.log), from)) return
      const end = await storeHead(this.#context, this, head, 0)
      // Once for each number, or who repeats a batch would have the home dialed without end.
      if (this.isCurrent || end <= this.#soughtTo) return
      this.#soughtTo = end
      this.link?.need()
    })
  }

  async #store (entries: readonly StoredEntry[], head: Uint8Array): Promise<void> {
    const { count, switched } = await storeRun(this.#context, this, entries, head)
    if (await this.#told.again()) await this.#events.onErased(this)
    this.failures = 0
    this.#events.onEntries(count)
    this.renew().catch((error: unknown) => { this.#context.log('debug', 'mirror.not-renewed', { code: toPetrelError(error).code }) })
    if (!switched) return
    // What the home before still says is not taken for the next one's word.
    this.stopped()
    this.#events.onSwitched(this)
  }

  /** Erasures came in a push. */
  async erase ({ erasures, revision }: pb.ErasedPush, channel: GatewayChannel): Promise<void> {
    await this.#checked(async () => {
      if (this.#following !== channel) return
      await this.#told.take(erasures)
      await this.#events.onErased(this)
      await this.#context.store.logs.updateMeta(this.log, ({ meta: bytes }) => {
        const meta = decodeMeta(bytes)
        const target = targetOf(meta)
        return target.erasures === revision ? undefined : { meta: encodeMeta({ ...meta, elsewhere: { ...target, erasures: revision } }) }
      })
    })
  }

  /** The home has ended the follow, behind what it sent before. */
  async ended ({ failure }: pb.UnfollowedPush, channel: GatewayChannel): Promise<void> {
    await this.turn(async () => {
      if (this.#following !== channel) return
      this.fail(failure === undefined ? new ProofError('the home ended the follow without a word') : errorFromFailure(failure))
    })
  }

  /** Asks the home where the log ends. @returns the number, or undefined when it is not followed now */
  async refresh (deadlineMs: number): Promise<number | undefined> {
    const channel = this.#following
    if (channel === undefined || channel.isClosed) return undefined
    const { seq } = await this.state()
    const { head } = pb.HeadReply.decode(await channel.call(METHOD.head, pb.LogRequest.encode({ log: this.log }), { deadlineMs }))
    let end: number | undefined
    await this.#checked(async () => { if (this.#following === channel) end = await storeHead(this.#context, this, head, seq) })
    return end
  }

  /** Sees to it that `key` (undefined: one in force, if any was lent) is the append key that was proved last on the channel. @throws ForbiddenError with `details.delegation` when nobody has lent it */
  async proveAppend (channel: GatewayChannel, key: KeyBytes | undefined): Promise<void> {
    const { clock } = this.#context
    const held = key === undefined ? bestHeld(this.held, RIGHT.append, (await this.state()).meta, clock.now()) : appendHeld(this.held, key, clock.now())
    await this.#shown.proveAppend(this, held, channel, key ?? held?.key)
  }

  /** It cannot go on. */
  fail (why: PetrelError): void {
    const channel = this.#following
    this.#following = undefined
    this.trouble = why
    this.failures++
    if (channel !== undefined && !channel.isClosed) channel.call(METHOD.unfollow, pb.LogRequest.encode({ log: this.log })).catch(() => undefined)
    this.#events.onTrouble(this, why)
    this.stir()
  }

  /** Runs work on what the home sent: when that is a lie, the mirror stops here. */
  async #checked (work: () => Promise<void>): Promise<void> {
    try {
      await this.turn(async () => {
        try {
          await work()
        } finally {
          await this.#listen()
        }
      })
    } catch (error) {
      const why = toPetrelError(error)
      this.fail(why)
      if (isLie(why)) this.#events.onBroken(this, why)
    }
  }
}
