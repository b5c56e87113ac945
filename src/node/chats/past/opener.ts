/**
 * Opens what stands below the place where this device began, in the background and when somebody looks: a page at a time,
 * so that nothing else waits long. What is not here is fetched, the newest first, while the page above it is opened.
 */
import { AbortedError, DeadlineError, InternalError, PetrelError, ProofError, sameBytes, UnavailableError, type LogPosition } from '../../../protocol/wire/index.js'
import { shortId } from '../../log.js'
import { RetryTimer } from '../../retry-timer.js'
import { hasArrived } from '../arrival.js'
import { LEVEL } from '../ranked-turns.js'
import type { Chat } from '../chat.js'
import { fetchBelow, type Below } from './fetch-below.js'
import { openPage, type Walk } from './open-page.js'
import { readPast, type Past } from './past-record.js'
import { RunsBack } from './runs-back.js'
import { pastEpoch } from './step-back.js'

// Some ten milliseconds of work: an entry is unsealed, and of each author's run the signature of one is checked.
const PAGE = 128
// Somebody looks: what is not here by then is shown the next time.
const LOOK_MS = 3000
// A relay that is away is not asked all the time; a new connection asks at once.
const RETRY_MS = { first: 1000, most: 60_000 } as const

/** When a piece of the work is done: at once where somebody looks, else when its turn comes. */
type Turn = <T>(work: () => Promise<T>) => Promise<T>
const AT_ONCE: Turn = async work => await work()

/** See the file's head. */
export class PastOpener {
  readonly #chat: Chat
  /** When the chat's log was written to last, ms, as far as that is known: what is newer comes first. */
  writtenAt = 0
  /** Pages that were opened in the background since it began. */
  #pages = 0
  #walk: Walk | undefined
  /** Whether there is nothing to open: it is asked after each entry. */
  #isNone = false
  /** Counts restarts: what was read before one holds no more. */
  #restarts = 0
  #isRunning = false
  /** Whether it was to go on while it did. */
  #isAgain = false
  #stopping = new AbortController()
  /** Fetched, or on its way: what ends at a place. */
  #ahead: { readonly to: LogPosition, readonly below: Promise<Below> } | undefined
  readonly #retry = new RetryTimer(() => { this.kick() }, RETRY_MS)

  constructor (chat: Chat) {
    this.#chat = chat
    this.#stopping.abort()
  }

  /** Begins, as soon as the log is here up to where this account came in. */
  start (): void {
    if (this.#stopping.signal.aborted) this.#stopping = new AbortController()
    this.#retry.reset()
    this.kick()
  }

  /** Stops after the page in hand, which is finished in the chat's turn. */
  stop (): void {
    this.#stopping.abort()
    this.#retry.stop()
    this.#ahead = undefined
  }

  /** There is another place to begin at: this account came in anew, or another device of it has gone further. */
  restart (): void {
    this.#walk = undefined
    this.#isNone = false
    this.#restarts++
    this.#ahead = undefined
    this.kick()
  }

  /** Goes on, if there is something to open. */
  kick (): void {
    // A pause ends when the relay is there again, or by itself.
    if (this.#stopping.signal.aborted || !this.#isReady || this.#retry.isOn) return
    this.#isAgain = this.#isRunning
    if (this.#isRunning) return
    this.#isRunning = true
    void this.#run(this.#stopping.signal).catch((error: unknown) => { this.#failed(error) }).finally(() => {
      this.#isRunning = false
      if (this.#isAgain) this.kick()
    })
  }

  /** Whether older messages may still come below those that are there. */
  async mayHaveMore (): Promise<boolean> { return (await this.#place())?.past.state === 'open' }

  /** Opens until at least `fits` holds, or there is nothing more to open; at most some pages, so that a caller does not wait for ever. What cannot be fetched now comes later. */
  async openUntil (fits: () => Promise<boolean>): Promise<void> {
    const signal = AbortSignal.timeout(LOOK_MS)
    try {
      for (let pages = 0; pages < 16 && this.#isReady && !await fits(); pages++) if (!await this.#page(signal)) return
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
      this.#failed(error)
    }
  }

  // Who is out may read what was there before: the keys of its last epoch open it, at the relay too.
  get #isReady (): boolean { return hasArrived(this.#chat) }

  async #run (signal: AbortSignal): Promise<void> {
    const turn: Turn = async work => await this.#chat.deps.turns.run({ level: LEVEL.newest + this.#pages, at: this.writtenAt }, work)
    while (!signal.aborted && this.#isReady && await this.#page(signal, turn)) {
      this.#pages++
      await new Promise(resolve => { setImmediate(resolve) })
    }
  }

  #failed (error: unknown): void {
    this.#ahead = undefined
    if (error instanceof AbortedError || error instanceof DeadlineError || this.#stopping.signal.aborted) return
    this.#chat.deps.log('info', 'chat.history', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
    // It is no copy of this log, or not a whole one: the home is asked itself.
    if (error instanceof ProofError && this.#chat.path.isMirror) this.#chat.path.leave(error)
    this.#retry.later()
  }

  /** @returns whether there is more @throws what the relay says */
  async #page (signal: AbortSignal, turn: Turn = AT_ONCE): Promise<boolean> {
    const { walk, isStuck } = await turn(async () => await this.#open(undefined))
    if (walk?.past.state !== 'open') return false
    if (!isStuck) return true
    if (signal.aborted) return false
    // Whose relay is away keeps nobody waiting.
    await this.#chat.link.ready({ signal })
    return await turn(async () => {
      if (signal.aborted) return false
      const below = await this.#fetched(walk.past, signal)
      // It may have been opened meanwhile, or begun anew elsewhere.
      return (await this.#open(below)).walk?.past.state === 'open'
    })
  }

  async #open (fetched: Below | undefined): Promise<{ walk: Walk | undefined, isStuck: boolean }> {
    return await this.#chat.serial.run(async () => {
      const walk = await this.#place()
      if (walk?.past.state !== 'open') return { walk, isStuck: false }
      const usable = fetched !== undefined && walk.past.next >= fetched.first && walk.past.next < fetched.first + fetched.entries.length ? fetched : undefined
      this.#walk = await openPage(this.#chat, walk, PAGE, usable)
      return { walk: this.#walk, isStuck: this.#walk === walk }
    })
  }

  /** What ends at the place: the page below it is on its way when this one is here. */
  async #fetched (past: Past, signal: AbortSignal): Promise<Below> {
    const to = await this.#end(past)
    const ahead = this.#ahead?.to.seq === to.seq && sameBytes(this.#ahead.to.hash, to.hash) ? this.#ahead.below : fetchBelow(this.#chat, to, PAGE, signal)
    this.#ahead = undefined
    const below = await ahead
    if (below.first > 1 && !signal.aborted) {
      const next = { seq: below.first - 1, hash: below.before }
      const more = fetchBelow(this.#chat, next, PAGE, signal)
      // Who waits for it hears of it.
      more.catch(() => undefined)
      this.#ahead = { to: next, below: more }
    }
    return below
  }

  /** The place where what is missing ends: at the next entry, or, where its hash is not known, at the one above, which is here. */
  async #end ({ next, hash }: Past): Promise<LogPosition> {
    if (hash !== undefined) return { seq: next, hash }
    const above = await this.#chat.timeline.at(next + 1)
    if (above === undefined) throw new UnavailableError(`entry ${next} of this chat is not here, nor what it leads to`)
    return { seq: next + 1, hash: above.hash }
  }

  async #place (): Promise<Walk | undefined> {
    if (this.#walk !== undefined || this.#isNone) return this.#walk
    const before = this.#restarts
    const past = await readPast(this.#chat)
    // Whoever only asks does so beside the chat's turns: meanwhile a page may have been opened.
    if (this.#walk !== undefined || this.#restarts !== before) return await this.#place()
    this.#isNone = past === undefined
    if (past === undefined) return undefined
    this.#walk = { past, epoch: pastEpoch(this.#chat.log, past), runs: new RunsBack() }
    return this.#walk
  }
}
