/** One chat's life: made step by step, followed, sent to. Each step is durable and may be interrupted anywhere. */
import type { Body } from '../../protocol/message/index.js'
import { ConflictError, DeadlineError, ForbiddenError, InternalError, MovedError, PetrelError, ProofError, toPetrelError, UnavailableError, type EntryId, type KeyBytes } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { RelayLink } from '../gateway/index.js'
import { shortId } from '../log.js'
import { RetryTimer } from '../retry-timer.js'
import { forgive, raise } from './accusation.js'
import { findingOf } from './alarm.js'
import type { Chat } from './chat.js'
import { Erasing } from './erasing.js'
import { Following, type TakenHere } from './following.js'
import { comeBack, type Joined } from './group/come-back.js'
import { Committer } from './group/committer.js'
import { hearOfMove, isFurtherOn } from './hear-of-move.js'
import { createLog, handCommit } from './making.js'
import { Mover } from './mover.js'
import { Voiding } from './voiding.js'
import type { OutboxItem } from './outbox-item.js'
import { brokenPromise } from './promised.js'
import { Pump } from './pump.js'
import { PastOpener } from './past/opener.js'
import { readHere } from './read-here.js'
import { hideRights, showRights } from './rights.js'
import { OrderSeeker } from './seek-order.js'
import { takeMessage } from './sending.js'

// Soon at first, then rarely: what a home refuses it mostly refuses again. A new connection tries at once.
const RETRY_MS = { first: 1000, most: 60_000 } as const

/** Runs one chat. */
export class ChatSession {
  readonly chat: Chat
  readonly pump: Pump
  readonly erasing: Erasing
  readonly mover: Mover
  readonly committer: Committer
  readonly past: PastOpener
  /** The link in use: another one once the log has another home. */
  #link: RelayLink | undefined
  readonly #follow: Following
  #stopState: (() => void) | undefined
  #stopped = true
  readonly #voiding: Voiding
  readonly #seeker: OrderSeeker
  /** Ends what goes on at a home that is left. */
  #leaving = new AbortController()
  #advancing: AbortController | undefined
  /** Whether it is to be gone on once more, from the beginning. */
  #again = false
  #onLook: () => void = () => undefined
  readonly #pause = new RetryTimer(() => { this.#connected() }, RETRY_MS)
  /** Why the chat does not go on, other than that its home is away; for status. */
  problem: PetrelError | null = null

  constructor (chat: Chat) {
    this.chat = chat
    this.erasing = new Erasing(chat)
    this.pump = new Pump(chat, { accuse: async error => { await this.accuse(error) }, renewLeaf: () => { this.committer.renewLeaf() }, restored: () => { this.committer.kick() } })
    this.mover = new Mover(chat, () => { this.#settled() })
    this.committer = new Committer(chat, () => { this.pump.poke() })
    this.#voiding = new Voiding(chat, () => this.#stopped, error => { this.#note('chat.void', error); this.#retry(error) })
    this.#seeker = new OrderSeeker(chat, { onFound: async order => { await this.heardOfMove(order) }, onMoved: () => { this.#settled() }, onNone: () => { this.chat.path.leave(new UnavailableError('the mirror speaks of a term whose order it does not show')) }, onFault: error => { this.#note('chat.order', error) } })
    this.#follow = new Following(chat, this.past = new PastOpener(chat), { onTaken: taken => { this.#taken(taken) }, onAhead: () => { this.pump.callBack() }, onEnd: error => { this.#ended(error) }, ride: this.pump.ride })
    chat.path.onChange = () => { this.#rehome() }
    chat.path.onHome = relay => { this.#seeker.seek(undefined, this.#leaving.signal, relay) }
  }

  /** Begins: goes on with the chat's making, follows its log, sends what waits. `onLook` is called whenever it has come to the log's end. */
  start (onLook = this.#onLook): void {
    this.#onLook = onLook
    this.#stopped = false
    this.#enter()
    this.pump.start()
    this.erasing.start()
    this.mover.start()
    this.committer.start()
    this.#connected()
  }

  /** Uses the link to where the log lives now. */
  #enter (): void {
    const link = this.#link = this.chat.link
    this.#leaving = new AbortController()
    const unwatch = this.chat.path.watch(() => { this.repath() })
    const unlisten = link.onState(({ state }) => {
      this.chat.current &&= state === 'connected'
      if (state !== 'connected') return
      this.#pause.succeeded()
      this.#connected()
    })
    this.#stopState = () => { unwatch(); unlisten() }
    showRights(this.chat)
  }

  /** Own relays came, went, or are others: the log may be used at another one. */
  repath (): void {
    this.chat.path.choose()
    this.#rehome()
  }

  /** The log is used at another relay, if so: it has another home, or another mirror. The old one is left. @returns whether it is */
  #rehome (): boolean {
    const { link, log } = this.chat
    if (this.#stopped || this.#link === link) return false
    this.#unfollow()
    this.#stopState?.()
    this.#leaving.abort()
    if (this.#link !== undefined) hideRights(this.#link, log)
    this.#pause.succeeded()
    this.chat.homeAway = false
    this.#enter()
    this.pump.rehomed()
    this.mover.kick()
    this.#connected()
    return true
  }

  /** A move has come to its end: what waited goes out. */
  #settled (): void {
    if (this.#stopped) return
    // Followed from the cursor, which may have gone back.
    this.#unfollow()
    this.#rehome()
    showRights(this.chat)
    this.pump.rehomed()
    this.pump.start()
    this.#connected()
  }

  /**
   * The owner's order says that the log has another home. What the chain of the present one shows by itself is waited for
   * no longer: the home may be gone. `by`: the account that says so itself. @throws ProofError when the order is not the owner's
   */
  async heardOfMove (signed: Uint8Array, by?: KeyBytes): Promise<void> {
    if (!this.#stopped && isFurtherOn(this.chat, signed, by)) this.#seeker.lookAhead(signed, by)
    else if (await hearOfMove(this.chat, signed, this.#leaving.signal, by)) this.#settled()
    // Whoever says it again may have let this account in there only now.
    else if (!this.chat.current) this.#connected()
  }

  /** The log has gone on without this node: whoever says so is asked for the order by which it did. */
  seekOrder (why?: PetrelError): void { this.#seeker.seek(why, this.#leaving.signal) }

  /** Stops; waits until what is being taken is durable. */
  async stop (): Promise<void> {
    this.#stopped = true
    this.#pause.stop()
    this.#stopState?.()
    this.#leaving.abort()
    this.#unfollow()
    this.chat.path.stop()
    await this.pump.stop()
    await this.erasing.stop()
    await this.#voiding.idle()
    await this.#seeker.idle()
    await this.mover.stop()
    await this.committer.stop()
    await this.chat.serial.idle()
  }

  /** Takes a message to send; durable when it resolves. @throws ProofError while the chat stands accused, ForbiddenError for a blocked contact */
  async send (body: Body, extra: (id: EntryId) => readonly KeyValueOp[], id?: EntryId): Promise<OutboxItem> {
    return await takeMessage(this.chat, this.pump, body, extra, id)
  }

  /** This account was added again: the chat goes on from there. What was in between it may not read. */
  async comeBack (joined: Joined): Promise<void> { await comeBack(this.chat, joined, this.past, () => { this.#unfollow(); this.pump.rehomed() }).then(() => { this.#connected() }) }

  /** Marks what is up to a number as read here, and tells the others. */
  async read (upTo: number): Promise<void> {
    await this.chat.serial.run(async () => { await readHere(this.chat, upTo, this.pump.ride) })
    await this.pump.marking.look()
  }

  /** Raises the chat's alarm: the home was caught. Sending stops until the person decides. Where a mirror may have lied, the home is asked itself first. */
  async accuse (error: PetrelError): Promise<void> {
    if (await this.chat.path.bears(error, this.chat.witness)) return
    await this.chat.serial.run(async () => { await raise(this.chat, findingOf(error)) })
    this.pump.halt()
  }

  /** Goes on after an alarm, from what was verified here. @throws ConflictError when nothing stands in the way, or only a commit that its owner must void */
  async resume (): Promise<void> {
    const { alarm } = this.chat.cursor
    if (alarm === null) throw new ConflictError('nothing stops sending in this chat')
    if (alarm.kind === 'commit') throw new ConflictError(`this chat goes on by itself once its owner's node was there: ${alarm.message}`)
    await this.chat.serial.run(async () => { await forgive(this.chat) })
    this.pump.start()
    this.#connected()
  }

  /**
   * The other was blocked or let back in. What a blocked one writes is not read: so it is not shown, and never counts as
   * received; it comes once the other is let back in.
   */
  blockedChanged (): void {
    if (this.chat.isBlocked) this.#unfollow()
    else this.#connected()
  }

  #unfollow (): void { this.#follow.stop(); this.chat.current = false }

  #connected (here = this.#leaving): void {
    void this.#advance(here).catch((error: unknown) => {
      if (here.signal.aborted) return
      this.#note('chat.advance', error)
      this.#retry(error)
    })
  }

  #retry (error: unknown): void {
    this.problem = error instanceof UnavailableError || error instanceof DeadlineError ? null : toPetrelError(error)
    if (!this.#stopped) this.#pause.later()
  }

  /** Goes on with whatever comes next for this chat. */
  async #advance (here: AbortController): Promise<void> {
    if (this.#stopped) return
    this.#again = this.#advancing === here
    if (this.#again) return
    this.#advancing = here
    try {
      await this.chat.link.ready({ signal: here.signal })
      this.repath()
      if (!here.signal.aborted) await this.chat.path.lend(here.signal)
      if (here.signal.aborted) return
      if (this.chat.record.stage === 'create') await createLog(this.chat)
      await this.#follow.begin(() => here.signal.aborted || this.#stopped)
      this.#voiding.kick()
      await this.checkPromised()
      if (this.chat.record.stage === 'commit') await handCommit(this.chat)
      this.committer.kick()
      this.mark()
      this.pump.poke()
    } finally {
      const isAgain = this.#again && this.#advancing === here
      if (this.#advancing === here) this.#advancing = undefined
      // What it had begun may have been ended meanwhile.
      if (isAgain && !here.signal.aborted) this.#connected()
    }
  }

  /**
   * A log that ends before what a receipt promised was rolled back: nothing would ever come by following it. What a
   * follow brings may have been read before the receipt (or another member's head) came, so it is asked for now, by its number: an honest relay that
   * was restored learns by that how far the log had come.
   */
  async checkPromised (): Promise<void> {
    // A mirror may be behind the home's receipts. It finds by itself when the home's log ends before what it signed.
    if (this.chat.path.isMirror) return
    const lie = await brokenPromise(this.chat)
    if (lie !== undefined) await this.accuse(lie)
  }

  /** Asks the home anew for what comes after the last entry; itself, when a mirror does not show what it has. */
  refollow (): void {
    if (this.chat.path.leave(new UnavailableError('the mirror holds back what the home has'))) return
    this.#unfollow()
    this.#connected()
  }

  #taken ({ epochChanged, moved, erasing, committed, cleared, restoring }: TakenHere): void {
    this.problem = null
    this.#pause.succeeded()
    if (erasing) this.erasing.kick()
    if (committed) this.#voiding.kick()
    if (epochChanged) {
      showRights(this.chat)
      this.chat.path.lend().catch((error: unknown) => { this.#note('chat.mirror', error) })
      this.pump.newEpoch()
    }
    if (cleared || restoring) this.pump.poke()
    if (this.chat.current) this.#onLook()
    // What was on its way may have to go out again.
    if (moved && !this.#rehome()) this.pump.rehomed()
    this.mover.kick()
    this.committer.kick()
    this.mark()
  }

  /** Tells the others what they wait to hear. The next entries need not wait for that to be durable: it can be made again at any time. */
  mark (): void { this.pump.marking.look().catch((error: unknown) => { this.#note('chat.mark', error) }) }

  #note (event: string, error: unknown): void {
    this.chat.deps.log('info', event, { chat: shortId(this.chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
  }

  #ended (error: PetrelError): void {
    this.chat.current = false
    this.chat.path.ended(error)
    if (this.chat.record.stage === 'out' && error instanceof ForbiddenError) return
    this.chat.deps.log('warn', 'chat.unfollowed', { chat: shortId(this.chat.id), code: error.code })
    if (error instanceof MovedError || error.details.order === 'unknown') this.seekOrder(error)
    if (!(error instanceof ProofError)) this.#retry(error)
    // What cannot be written now is found again: the home still says the same.
    else this.accuse(error).catch((fault: unknown) => { this.#retry(fault) })
  }
}
