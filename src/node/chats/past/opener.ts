/** Opens what was written before this account came into a group, in the background and when somebody looks: a page at a time, so that nothing else waits long. */
import { InternalError, PetrelError } from '../../../protocol/wire/index.js'
import { shortId } from '../../log.js'
import { hasArrived } from '../arrival.js'
import type { Chat } from '../chat.js'
import { openPage, type Walk } from './open-page.js'
import { readPast } from './past-record.js'
import { pastEpoch } from './step-back.js'

// Some ten milliseconds of work: an entry is unsealed and its signature checked.
const PAGE = 128

/** See the file's head. */
export class PastOpener {
  readonly #chat: Chat
  #walk: Walk | undefined
  #isRunning = false
  #stopped = true

  constructor (chat: Chat) { this.#chat = chat }

  /** Begins, as soon as the log is here up to where this account came in. */
  start (): void {
    this.#stopped = false
    this.kick()
  }

  /** Stops after the page in hand, which is finished in the chat's turn. */
  stop (): void { this.#stopped = true }

  /** This account came in anew: from there on it is opened again. */
  restart (): void {
    this.#walk = undefined
    this.kick()
  }

  /** Goes on, if there is something to open. */
  kick (): void {
    if (this.#stopped || this.#isRunning || !this.#isReady) return
    this.#isRunning = true
    void this.#run().catch((error: unknown) => {
      this.#chat.deps.log('info', 'chat.history', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
    }).finally(() => { this.#isRunning = false })
  }

  /** Whether older messages may still come below those that are there. */
  async mayHaveMore (): Promise<boolean> { return (await this.#place())?.past.state === 'open' }

  /** Opens until at least `fits` holds, or there is nothing more to open; at most some pages, so that a caller does not wait for ever. */
  async openUntil (fits: () => Promise<boolean>): Promise<void> {
    for (let pages = 0; pages < 16 && this.#isReady && !await fits(); pages++) if (!await this.#page()) return
  }

  get #isReady (): boolean {
    const { record: { direct, joined, stage } } = this.#chat
    return !direct && joined !== null && stage !== 'out' && hasArrived(this.#chat)
  }

  async #run (): Promise<void> {
    while (!this.#stopped && this.#isReady && await this.#page()) await new Promise(resolve => { setImmediate(resolve) })
  }

  /** @returns whether there is more */
  async #page (): Promise<boolean> {
    return await this.#chat.serial.run(async () => {
      const walk = await this.#place()
      if (walk?.past.state !== 'open') return false
      this.#walk = await openPage(this.#chat, walk, PAGE)
      return this.#walk.past.state === 'open'
    })
  }

  async #place (): Promise<Walk | undefined> {
    if (this.#walk !== undefined) return this.#walk
    const past = await readPast(this.#chat)
    if (past === undefined) return undefined
    this.#walk = { past, epoch: pastEpoch(this.#chat.log, past) }
    return this.#walk
  }
}
