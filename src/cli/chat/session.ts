/** A run of `petrel chat`: the state machine between the node and the person. */
import type { Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import { interruptionOf } from '../interrupted.js'
import { Errands } from './errands.js'
import { step } from './machine.js'
import { follow } from './follow.js'
import { newState, type Effect, type Input, type State } from './state.js'
import type { View } from './view.js'

/** How long what was just written may take to get onto the node's disk when the person leaves, ms. */
const LAST_MS = 5000
/** The clock moves on so often, ms; every so many times the node is looked at, and told that somebody is here. */
const TICK_MS = 1000
const LOOK_TICKS = 5
const HERE_TICKS = 45

/** One run. */
export class Session {
  readonly #context: Context
  readonly #errands: Errands
  readonly #over = new AbortController()
  /** The exit code; null: whether all was said decides. */
  readonly #end = Promise.withResolvers<number | null>()
  readonly #begun = Promise.withResolvers<undefined>()
  readonly #opened = new Set<() => void>()
  #hasBegun = false
  /** Something that was written to be said is not on the node's disk. */
  #isUnsaid = false
  #ticks = 0
  #petrel: Petrel | undefined
  #view: View | undefined
  #state: State

  /** A run with a daemon that answers. It is the caller's to close. */
  constructor (context: Context, petrel: Petrel) {
    this.#context = context
    this.#petrel = petrel
    this.#state = newState(context.io.now())
    this.#errands = new Errands({ context, petrel: () => this.#petrel, dispatch: input => { this.dispatch(input) }, signal: this.#over.signal })
  }

  /** Something happened. */
  dispatch (input: Input): void {
    if (this.#over.signal.aborted) return
    if (input.type === 'refused' && input.unsaid === true) this.#isUnsaid = true
    const { state, effects } = step(this.#state, input)
    this.#state = state
    // Until there is something to write to, there is nothing to show.
    if (this.#hasBegun) this.#show(state)
    if (!state.opening) for (const wake of this.#opened) { this.#opened.delete(wake); wake() }
    for (const effect of effects) this.#do(effect)
  }

  /** Resolves when the first chat, or the list of chats, is there, and no other one is being opened. */
  async ready (): Promise<void> {
    await this.#begun.promise
    if (this.#state.opening && !this.#over.signal.aborted) await new Promise<void>(resolve => { this.#opened.add(resolve) })
  }

  /** The person goes. */
  leave (): void { this.#end.resolve(EXIT.ok) }

  /** There is nothing more to say; a program that wrote it learns from the exit code whether all of it could be said. */
  finish (): void { this.#end.resolve(null) }

  /** Runs until the person leaves, or the context's signal aborts. `secret`: the chat is a secret one. Gives the exit code. @throws what keeps the chat from being opened */
  async run (view: View, chat: string | undefined, secret = false): Promise<number> {
    this.#view = view
    const { signal } = this.#context
    const stop = (): void => { this.#end.resolve(interruptionOf(signal.reason)?.exit ?? EXIT.interrupted) }
    signal.addEventListener('abort', stop, { once: true })
    const clock = setInterval(() => { this.#tick() }, TICK_MS)
    let code: number | null
    try {
      const following = follow({
        context: this.#context, chat, secret, signal: this.#over.signal, dispatch: input => { this.dispatch(input) }, settled: async () => { await view.settled() }, begun: () => { this.#hasBegun = true; this.#show(this.#state); this.#begun.resolve(undefined) },
        petrel: () => this.#petrel, replace: petrel => { this.#petrel = petrel }
      })
      following.catch((error: unknown) => { this.#end.reject(error) })
      code = await this.#end.promise
    } finally {
      clearInterval(clock)
      signal.removeEventListener('abort', stop)
      await this.#settle()
      this.#over.abort()
      this.#begun.resolve(undefined)
      for (const wake of this.#opened) wake()
      this.#errands.close()
    }
    return code ?? (this.#isUnsaid ? EXIT.failure : EXIT.ok)
  }

  /** Whoever reads what is shown may be gone: then it is over. */
  #show (state: State): void {
    this.#view?.show(state)
    this.#view?.settled().catch((error: unknown) => { this.#end.reject(error) })
  }

  #tick (): void {
    this.dispatch({ type: 'clock', now: this.#context.io.now() })
    if (this.#ticks % LOOK_TICKS === 0) this.#errands.run({ do: 'refresh-node' })
    const { secret } = this.#state
    // How far its frames got, and by what way, is told by no news.
    if (this.#ticks % LOOK_TICKS === 0 && secret !== null) this.#errands.run({ do: 'refresh-secret', secret: secret.info.id, lines: 0 })
    if (this.#ticks % HERE_TICKS === 0 && this.#state.looked) this.#errands.run({ do: 'online', online: true })
    this.#ticks++
  }

  async #settle (): Promise<void> {
    this.#errands.run({ do: 'online', online: false })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => { timer = setTimeout(resolve, LAST_MS) })
    await Promise.race([this.#errands.settled(), late])
    clearTimeout(timer)
  }

  #do (effect: Effect): void {
    switch (effect.do) {
      case 'quit': this.#end.resolve(effect.interrupted ? EXIT.interrupted : EXIT.ok); return
      case 'repaint': this.#view?.repaint(this.#state); return
      case 'suspend': this.#view?.suspend(this.#state).catch(() => undefined); return
      default: this.#errands.run(effect)
    }
  }
}
