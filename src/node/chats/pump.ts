/**
 * Sends a chat's messages: each is sealed and durable before it leaves, all leave in order, and what became of
 * them is settled by id. A call whose outcome is unknown is made again with the same bytes.
 */
import { AbortedError, DeadlineError, InternalError, LIMITS, PetrelError, ProofError, QuotaError, UnavailableError, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { AppendResult } from '../gateway/index.js'
import { shortId } from '../log.js'
import { findingOf } from './alarm.js'
import type { Chat } from './chat.js'
import { leafHolds, maySay } from './devices/leaf-standing.js'
import { erasersOf } from './erasing.js'
import { Laying, type Ride } from './laying.js'
import { toAppend, type OwnRun } from './outbox.js'
import { Marking } from './marking.js'
import type { OutboxItem } from './outbox-item.js'
import { Parked } from './parked.js'
import { restoreStep, type Restoring } from './restorer.js'
import { giveUp, isFinal, takeReceipt } from './settling.js'
import { RetryTimer } from '../retry-timer.js'

/** Whether nobody was reached; of that the relays tell. Who says when to come again was. */
function isOfTheWay (error: PetrelError): boolean { return (error instanceof UnavailableError || error instanceof DeadlineError || error instanceof AbortedError) && error.details.retryMs === undefined }

// Between tries when the relay refuses for now: long enough not to press it, short enough for a person who waits.
const RETRY_MS = { first: 250, most: 30_000 } as const

/** What a pump leaves to others. */
export interface PumpEvents {
  /** Raises the chat's alarm: the home's receipt does not hold. */
  readonly accuse: (error: PetrelError) => Promise<void>
  /** Has the account's leaf renewed: until then nothing that this device says counts. A new epoch begins with it. */
  readonly renewLeaf: () => void
  /** What a takeover took back is a step further: a change of the group may be wished again, or be in nothing's way. */
  readonly restored: () => void
}

/** The sending side of one chat. */
export class Pump {
  readonly #chat: Chat
  readonly #on: PumpEvents
  readonly #laying: Laying
  /** Ids of sealings, in order, that have no receipt yet: what is not durable holds those behind it. */
  #queue: EntryId[] = []
  /** The epoch that all that waits is durably sealed for; or that this must be looked at, or done, before anything leaves. */
  #sealedFor: number | 'look' | 'seal' = 'look'
  /** Ends the append under way: what it carries is sealed for an epoch that is over, or the pump stops. */
  #call = new AbortController()
  #looping = Promise.resolve()
  #running = false
  /** Whether somebody wanted it to send since the running loop began: it may end by what it found before that. */
  #kicked = false
  #stopped = true
  /** After a call as a whole was refused, its items go one by one, to find the one that is meant. */
  #oneByOne = false
  readonly #retry = new RetryTimer(() => { this.#kick() }, RETRY_MS)
  /** What waits for its files. */
  readonly parked: Parked
  /** Tells the others how far this account has received and read. */
  readonly marking: Marking
  /** Why the home, which can be reached, does not take what waits; null when it does, or that is not known. */
  trouble: PetrelError | null = null

  constructor (chat: Chat, on: PumpEvents) {
    this.#chat = chat
    this.#on = on
    this.#laying = new Laying(chat)
    this.parked = new Parked(chat, () => { this.#kick() })
    this.marking = new Marking(chat, async (id, body) => await this.add(id, body, chat.deps.now(), true))
  }

  /** Begins to send: what was taken before a restart first. */
  start (): void {
    this.#stopped = false
    this.marking.start()
    this.parked.start()
    this.poke()
  }

  /** Stops sending at once; what waits stays. */
  halt (): void {
    this.#stopped = true
    this.marking.stop()
    this.#retry.stop()
    this.#call.abort()
  }

  /** {@link halt}, and resolves when nothing is being settled any more. */
  async stop (): Promise<void> {
    this.halt()
    this.parked.stop()
    await this.#looping
  }

  /**
   * Takes a message: sealed if the chat is ready, and durable when this resolves. Sealing and handing over to the
   * store are one step, so many calls at once share an fsync and keep their order; a new epoch seals all anew.
   *
   * @throws QuotaError when too many wait; TooLargeError; whatever the store throws, and then nothing was taken
   */
  async add (id: EntryId, body: Uint8Array, createdAt: number, mark: boolean, extra: readonly KeyValueOp[] = [], parked = false): Promise<OutboxItem> {
    const { outbox } = this.#chat
    if (!mark && outbox.size >= LIMITS.outboxItems) throw new QuotaError(`${LIMITS.outboxItems} messages of this chat wait for a relay already`)
    const run = outbox.run(this.#chat.loggedRun)
    return await this.#take({ ...outbox.add(id, body, createdAt, mark), ...parked ? { parked } : {} }, run, extra)
  }

  /** Makes a new item durable, in place of what it was before if so. */
  async #take (taken: OutboxItem, run: OwnRun, extra: readonly KeyValueOp[], before?: OutboxItem): Promise<OutboxItem> {
    const laying = this.#laying.lay(taken, run, extra, before)
    // In the step that seals it: of two that the disk has at once, either may hear of it first.
    if (this.#chat.outbox.get(taken.id)?.sealing != null) this.#queue.push(taken.id)
    // While the disk syncs. What fails here fails again when it leaves.
    void Promise.resolve().then(() => erasersOf(this.#chat, taken)).catch(() => undefined)
    const item = await laying.catch((error: unknown) => {
      this.#queue = this.#queue.filter(id => id !== taken.id)
      this.#kick()
      throw error
    })
    this.parked.bring(item)
    // The chat may have become ready meanwhile.
    if (item.sealing === null && this.#sealedFor !== 'seal') this.#sealedFor = 'look'
    this.#kick()
    return item
  }

  /** What waited for its files and has them takes its place behind all that wait; what never will have them has failed. */
  async #admit (): Promise<void> {
    const { outbox, loggedRun } = this.#chat
    for (let next = this.parked.next(); next !== undefined; next = this.parked.next()) {
      const { item, outcome } = next
      if ('error' in outcome) {
        await this.parked.fail(item, outcome.error)
        continue
      }
      try {
        const run = outbox.run(loggedRun)
        await this.#take(outbox.unpark(item, outcome.body), run, [this.#chat.itemDel(item)], item)
      } catch (error) {
        if (!(error instanceof PetrelError) || !isFinal(error)) throw error
        await this.parked.fail(item, error)
      }
    }
  }

  /** The mark that goes to the disk with what it tells of, once the cursor is this one: in a direct chat, where none waits. In the epoch of now. */
  readonly ride: Ride = cursor => {
    const body = this.#chat.record.stage === 'ready' ? this.marking.riding(cursor) : undefined
    const rider = body === undefined ? undefined : this.#laying.ride(body, cursor, mayGo => { if (mayGo) this.#kick() })
    if (rider !== undefined) this.#queue.push(rider.id)
    return rider
  }

  /** What is on its way is called back, to go out when it is sealed anew. */
  callBack (): void { this.#call.abort() }

  /** A new epoch began: what is on its way in the old one is called back, and everything is sealed anew. */
  newEpoch (): void {
    this.#call.abort()
    this.poke()
  }

  /** The log went to another home, and may go on from an earlier place: what is on its way is called back, and all is sealed as the log is there. */
  rehomed (): void {
    this.#sealedFor = 'look'
    this.newEpoch()
  }

  /** Sends what waits now, without the pause after a refusal. */
  poke (): void { this.#retry.reset(); this.#kick() }

  /** Starts the sending loop if it is not running and no pause is on. */
  #kick (): void {
    this.#kicked = this.#running
    if (this.#running || this.#stopped || this.#retry.isOn) return
    if (this.#chat.outbox.size + this.#chat.back.size === 0 || this.#chat.record.move !== undefined || this.#chat.isStopped || this.#chat.record.stage !== 'ready' || this.#chat.isAhead || !leafHolds(this.#chat, this.#on.renewLeaf)) return
    this.#running = true
    this.#looping = this.#loop()
  }

  async #loop (): Promise<void> {
    try {
      while (!this.#stopped && !this.#chat.isAhead && maySay(this.#chat) && !this.#chat.isStopped && this.#chat.record.move === undefined && await this.#step()) this.#retry.succeeded()
    } catch (error) {
      this.#chat.deps.log('error', 'chat.pump', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
      this.#later()
    } finally {
      // In the same step as the loop's last look at the queue: whoever adds after that starts it again.
      this.#running = false
      if (this.#kicked) this.#kick()
    }
  }

  /** One call's worth; false when there is nothing to send or a pause is due. */
  async #step (): Promise<boolean> {
    this.#call = new AbortController()
    const how = { signal: this.#call.signal, term: this.#chat.home.term }
    let items: OutboxItem[] = []
    try {
      const restoring = await restoreStep(this.#chat, how.signal)
      if (restoring !== 'done') return await this.#restored(restoring)
      await this.#admit()
      await this.#sealAnew()
      items = this.#batch()
      if (items.length === 0) return false
      return await this.#settle(items, await this.#chat.path.append(items.map(i => toAppend(i, erasersOf(this.#chat, i))), how))
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
      return how.signal.aborted ? !this.#stopped : await this.#failed(items, error)
    }
  }

  /** What a step of the restoring means for the loop. */
  async #restored (how: Exclude<Restoring, 'done'>): Promise<boolean> {
    if (typeof how !== 'string') return 'caught' in how ? await this.#caught(how.caught) : this.#later(how.later)
    if (how === 'again') this.#on.restored()
    return how === 'again'
  }

  /** Sees to it that all that waits is durably sealed for the present epoch: after a commit, a restart, a failed write. */
  async #sealAnew (): Promise<void> {
    const { outbox } = this.#chat
    // Another commit may be taken while this is written.
    while (this.#sealedFor !== this.#chat.keys.epoch) {
      const { keys, loggedRun, sealing } = this.#chat
      const isLook = this.#sealedFor === 'look'
      if (!isLook || outbox.needsSealing(loggedRun, sealing)) {
        this.#sealedFor = 'seal'
        // Whether it is looked at after a restart or in another term: a sealing that still holds may be in the log, or in others' hands, already.
        await this.#laying.write(outbox.resealAll(loggedRun, sealing, isLook), [])
      }
      this.#sealedFor = keys.epoch
      this.#queue = outbox.all().filter(i => i.sealing !== null).map(i => i.id)
    }
  }

  #batch (): OutboxItem[] {
    this.#dropSettled()
    return this.#chat.outbox.batch(this.#queue, this.#oneByOne ? 1 : LIMITS.appendItems, item => this.#laying.isDurable(item))
  }

  /** Takes what is done with from the queue's front: all that leaves is settled in order. */
  #dropSettled ({ outbox } = this.#chat): void {
    const open = this.#queue.findIndex(id => outbox.get(id)?.error === null && outbox.receiptOf(id) === undefined)
    this.#queue.splice(0, open < 0 ? this.#queue.length : open)
  }

  /** The call as a whole failed: mostly its outcome is unknown, and it is made again with the same bytes. */
  async #failed (items: readonly OutboxItem[], error: PetrelError): Promise<boolean> {
    this.#chat.deps.log('debug', 'chat.append', { chat: shortId(this.#chat.id), code: error.code })
    this.#chat.homeAway = error.details.home === 'away'
    const [only] = items
    if (!isFinal(error) || only === undefined) return this.#later(error)
    if (items.length === 1) return await this.#refused(only, error)
    this.#oneByOne = true
    return true
  }

  /** Settles a call's results; false when the loop must wait. */
  async #settle (items: readonly OutboxItem[], results: readonly AppendResult[]): Promise<boolean> {
    for (const [i, item] of items.entries()) {
      const result = results[i]
      if (result === undefined) return this.#later()
      if (result instanceof ProofError) return await this.#caught(result)
      if (result instanceof PetrelError) return await this.#refused(item, result)
      const wrong = await takeReceipt(this.#chat, item, result.receipt)
      if (wrong === 'stale') return this.#later()
      if (wrong !== undefined) return await this.#caught(wrong)
    }
    this.#oneByOne = false
    this.#chat.homeAway = false
    this.trouble = null
    return true
  }

  /** A call was answered with a lie. Of one that was called back it may be that of a mirror that was left meanwhile: only what the home has signed counts then, and it is made again. */
  async #caught (error: ProofError): Promise<boolean> {
    const { witness } = this.#chat
    if (this.#call.signal.aborted && findingOf(error).evidence == null && await witness.prove() === null) return !this.#stopped
    await this.#on.accuse(error)
    return false
  }

  async #refused (item: OutboxItem, error: PetrelError): Promise<boolean> {
    this.#chat.deps.log('info', 'chat.refused', { chat: shortId(this.#chat.id), code: error.code })
    if (!isFinal(error)) return this.#later(error)
    this.#sealedFor = 'seal'
    await giveUp(this.#chat, item, error)
    this.#sealedFor = 'look'
    return true
  }

  #later (error?: PetrelError): false {
    this.trouble = error === undefined || isOfTheWay(error) ? null : error
    if (!this.#stopped) this.#retry.later(error?.details.retryMs)
    return false
  }
}
