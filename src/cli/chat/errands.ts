/** Carries out what the chat wants done, by calls to the node. Outcomes come back as inputs. */
import type { Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { codeOf } from '../failure.js'
import { oneLine } from '../terminal/safe-text.js'
import { call } from './calls.js'
import type { Errand, Input } from './state.js'

/** Refreshes are gathered for this long, ms. */
const GATHER_MS = 150

/** After these another chat is open. */
const OPENING: readonly string[] = ['open', 'open-secret', 'start-secret', 'accept-secret'] satisfies ReadonlyArray<Errand['do']>

/** What errands need. `petrel` gives the daemon as it is connected now, or undefined. */
export interface ErrandOptions { readonly context: Context, readonly petrel: () => Petrel | undefined, readonly dispatch: (input: Input) => void, readonly signal: AbortSignal }

type Look = Extract<Errand, { do: 'refresh-secret' }>

/** Runs errands. What is sent goes out in the order in which it was written. */
export class Errands {
  readonly #options: ErrandOptions
  readonly #gathering = new Map<string, NodeJS.Timeout>()
  /** Questions that are not answered yet. */
  readonly #asked = new Set<Promise<void>>()
  /** Whether the secret chat is looked at, and how it is to be looked at next. */
  #isLooking = false
  #next: Look | undefined
  #outgoing: Promise<void> = Promise.resolve()
  #kept: Promise<void> = Promise.resolve()

  constructor (options: ErrandOptions) { this.#options = options }

  /** Begins an errand. Never throws. */
  run (effect: Errand): void {
    switch (effect.do) {
      case 'send': case 'attach': case 'send-poll': case 'edit': case 'send-secret': case 'edit-secret': case 'attach-secret': this.#outgoing = this.#outgoing.then(async () => { await this.#tell(effect, true) }); return
      case 'read': case 'draft': case 'online': case 'read-secret': this.#kept = this.#kept.then(async () => { await this.#quietly(effect) }); return
      case 'refresh-chats': case 'refresh-node': case 'refresh-chat': this.#gather(effect); return
      case 'refresh-secret': this.#freshly(effect); return
      case 'fetch': case 'typing': void this.#quietly(effect); return
      case 'end': void this.#do(effect).catch(() => { this.#options.dispatch({ type: 'end', chat: effect.chat, page: null }) }); return
      default: this.#ask(effect)
    }
  }

  /** Resolves when all that was to be sent or kept is on the node's disk, or could not be, and all that was asked is answered. */
  async settled (): Promise<void> { await Promise.all([this.#outgoing, this.#kept, ...this.#asked]) }

  #ask (effect: Errand): void {
    const asked = this.#tell(effect).finally(() => { this.#asked.delete(asked) })
    this.#asked.add(asked)
  }

  /** Ends what only waits. */
  close (): void { for (const timer of this.#gathering.values()) clearTimeout(timer) }

  /** What is asked again and again is asked once, a little later. */
  #gather (effect: Errand): void {
    if (this.#gathering.has(effect.do)) return
    this.#gathering.set(effect.do, setTimeout(() => {
      this.#gathering.delete(effect.do)
      void this.#quietly(effect)
    }, GATHER_MS))
  }

  /** What somebody waits for is asked at once, and once more if it changed while it was answered. */
  #freshly (effect: Look): void {
    const waiting = this.#next?.secret === effect.secret ? this.#next.lines : 0
    this.#next = { ...effect, lines: Math.max(waiting, effect.lines) }
    if (!this.#isLooking) void this.#look()
  }

  async #look (): Promise<void> {
    this.#isLooking = true
    while (this.#next !== undefined && !this.#options.signal.aborted) {
      const next = this.#next
      this.#next = undefined
      await this.#quietly(next)
    }
    this.#isLooking = false
  }

  /** `says`: what does not work was not said. */
  async #tell (effect: Errand, says = false): Promise<void> {
    try {
      await this.#do(effect)
    } catch (error) {
      if (this.#options.signal.aborted) return
      const text = effect.do === 'send' || effect.do === 'edit' || effect.do === 'send-secret' || effect.do === 'edit-secret' ? effect.text : undefined
      this.#options.dispatch({ type: 'refused', words: wordsOf(error), ...text === undefined ? {} : { text }, ...'secret' in effect ? { secret: effect.secret } : {}, ...OPENING.includes(effect.do) ? { opening: true } : {}, ...says ? { unsaid: true } : {} })
    }
  }

  /** What nobody asked for fails in silence: it is asked again with the next news. */
  async #quietly (effect: Errand): Promise<void> { await this.#do(effect).catch(() => undefined) }

  async #do (effect: Errand): Promise<void> {
    const { dispatch, signal, context } = this.#options
    const petrel = this.#options.petrel()
    if (petrel === undefined) throw new Error(`no daemon answers: start it with ${context.propose('daemon start')}`)
    const outcome = await call(effect, { petrel, signal, context, dispatch })
    if (outcome !== undefined) dispatch(outcome)
  }
}

function wordsOf (error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  const candidates = error instanceof Error && 'details' in error && typeof error.details === 'object' && error.details !== null && 'candidates' in error.details && Array.isArray(error.details.candidates) ? `: ${error.details.candidates.map(name => oneLine(String(name))).join(', ')}` : ''
  return codeOf(error) === 'ERR_UNAVAILABLE' ? `${words}; what was under way may have been done` : `${words}${candidates}`
}
