/**
 * Orders that may stand further on than this node has read: read up to in the background, since their homes may be gone,
 * and what brought them (the inbox) must not wait for that. A few at a time, each asked for again ever more rarely.
 */
import { AbortedError, DeadlineError, ForbiddenError, LIMITS, NotFoundError, PetrelError, RateLimitError, SessionError, UnavailableError, type KeyBytes } from '../../protocol/wire/index.js'
import { Kicked } from '../kicked.js'
import type { Chat } from './chat.js'
import { hearOfMove } from './hear-of-move.js'

const RETRY_MS = { first: 1000, most: 60_000 } as const

/** An order, and the account that told it. */
interface Told { readonly signed: Uint8Array, readonly by: KeyBytes | undefined, tries: number }

/** See the file's head. */
export class AheadOrders {
  readonly #chat: Chat
  readonly #onMoved: () => void
  readonly #orders = new Map<string, Told>()
  readonly #work: Kicked
  #isOn = false

  constructor (chat: Chat, { onMoved, onFault }: { readonly onMoved: () => void, readonly onFault: (error: unknown) => void }) {
    this.#chat = chat
    this.#onMoved = onMoved
    this.#work = new Kicked({ retryMs: RETRY_MS, failed: onFault, pass: async signal => await this.#pass(signal) })
  }

  /** Takes one: the oldest gives way when there are too many. */
  add (signed: Uint8Array, by?: KeyBytes): void {
    const name = Buffer.from(signed).toString('latin1')
    if (this.#orders.has(name)) return
    this.#orders.set(name, { signed, by, tries: 0 })
    for (const oldest of this.#orders.keys()) if (this.#orders.size > LIMITS.aheadOrders) this.#orders.delete(oldest)
    if (this.#isOn) this.#work.kick()
    else this.#work.start()
    this.#isOn = true
  }

  /** Stops; what is not settled is forgotten: whoever told it, or another member, tells it again. */
  async stop (): Promise<void> {
    this.#orders.clear()
    this.#isOn = false
    await this.#work.stop()
  }

  /** @returns whether one is left to be tried again */
  async #pass (signal: AbortSignal): Promise<boolean> {
    await Promise.all([...this.#orders].map(async ([name, order]) => { if (await this.#isSettled(order, signal)) this.#orders.delete(name) }))
    return this.#orders.size > 0
  }

  async #isSettled (order: Told, signal: AbortSignal): Promise<boolean> {
    try {
      if (await hearOfMove(this.#chat, order.signed, AbortSignal.any([signal, AbortSignal.timeout(LIMITS.aheadMs)]), order.by)) this.#onMoved()
      return true
    } catch (error) {
      return !mayPass(error) || ++order.tries >= LIMITS.aheadTries
    }
  }
}

function mayPass (error: unknown): boolean {
  return !(error instanceof PetrelError) || [UnavailableError, DeadlineError, AbortedError, RateLimitError, SessionError, NotFoundError, ForbiddenError].some(type => error instanceof type)
}
