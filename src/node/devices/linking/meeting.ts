/** The two sides of linking as they run: their machines, with time and frames. */
import { systemRandom } from '../../../protocol/crypto/index.js'
import { LINK_NONCE_BYTES } from '../../../protocol/message/index.js'
import { AbortedError, LIMITS, toPetrelError } from '../../../protocol/wire/index.js'
import { beginNew, stepNew, type Host, type NewEffect, type NewFacts, type NewInput, type NewState } from './new-side.js'
import { beginOld, stepOld, type OldEffect, type OldFacts, type OldInput, type OldState, type Stranger } from './old-side.js'
import type { LinkWire, OnLinkFrame } from './wire.js'

/** What both sides need. */
interface MeetingWorld {
  /** Opens the way to the other side. */
  readonly wire: (onFrame: OnLinkFrame) => LinkWire
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined
  /** How long it may take, ms. Default LIMITS.linkMs. */
  readonly forMs?: number | undefined
}

type Step<S, I, E> = (state: S, input: I) => { readonly state: S, readonly effects: readonly E[] }

/** One machine with its timers. */
class Run<S, I, E> {
  readonly #step: Step<S, I, E>
  readonly #perform: (effect: E) => void
  readonly #timers: NodeJS.Timeout[]
  #state: S

  constructor (state: S, step: Step<S, I, E>, perform: (effect: E) => void, times: { readonly tick: I, readonly late: I, readonly forMs: number }) {
    this.#state = state
    this.#step = step
    this.#perform = perform
    this.#timers = [
      setInterval(() => { this.input(times.tick) }, LIMITS.linkAgainMs),
      setTimeout(() => { this.input(times.late) }, times.forMs)
    ]
  }

  input (input: I): void {
    const { state, effects } = this.#step(this.#state, input)
    this.#state = state
    for (const effect of effects) this.#perform(effect)
  }

  stop (): void { for (const timer of this.#timers) clearTimeout(timer) }
}

/** Whether a signal ended because its time was over. */
export function isTimeout (signal: AbortSignal | undefined): boolean { return signal?.reason instanceof Error && signal.reason.name === 'TimeoutError' }

const TIMES = { tick: { type: 'tick' }, late: { type: 'late' } } as const

/** What the old side does for a new device that the person lets in. */
export interface OldDeeds extends MeetingWorld {
  readonly facts: OldFacts
  /** Makes the account list the device; gives what is handed over, sealed. */
  readonly admit: (stranger: Stranger) => Promise<Uint8Array>
}

/** A new device, met by a device of the account. */
export class OldMeeting {
  /** Resolves with who came, once there are words to compare. */
  readonly compared: Promise<Stranger>
  /** Resolves when the new device has all; rejects with what came in between. */
  readonly ended: Promise<void>
  readonly #run: Run<OldState, OldInput, OldEffect>

  constructor ({ facts, admit, wire, signal, forMs = LIMITS.linkMs }: OldDeeds) {
    const compared = Promise.withResolvers<Stranger>()
    const ended = Promise.withResolvers<undefined>()
    this.compared = compared.promise
    this.ended = ended.promise.then(() => undefined)
    for (const promise of [this.compared, this.ended]) promise.catch(() => undefined)
    const line = wire(bytes => { this.#run.input({ type: 'frame', bytes }) })
    const perform = (effect: OldEffect): void => {
      switch (effect.type) {
        case 'send': line.send(effect.frame); break
        case 'compare': compared.resolve(effect.stranger); break
        case 'admit':
          admit(effect.stranger).then(sealed => { this.#run.input({ type: 'admitted', sealed }) }, (error: unknown) => { this.#run.input({ type: 'failed', error: toPetrelError(error) }) })
          break
        case 'end': {
          this.#run.stop()
          line.close()
          if (effect.error === null) ended.resolve(undefined)
          else for (const one of [compared, ended]) one.reject(effect.error)
        }
      }
    }
    this.#run = new Run<OldState, OldInput, OldEffect>(beginOld(facts), stepOld, perform, { ...TIMES, forMs })
    signal?.addEventListener('abort', () => { this.#run.input({ type: 'failed', error: new AbortedError(undefined, { cause: signal.reason }) }) }, { once: true })
    this.#run.input({ type: 'tick' })
  }

  /** The person has compared the words. */
  confirm (matches: boolean): void { this.#run.input({ type: 'confirm', matches }) }
}

/** What the new side does. */
export interface NewDeeds extends MeetingWorld {
  readonly facts: NewFacts
  /** Shows who has come, and asks the person whether the words are the same. */
  readonly confirm: (host: Host) => Promise<boolean>
  /** Opens and keeps what was handed over. False when it is not for this device, or not from that one. */
  readonly take: (host: Host, sealed: Uint8Array) => Promise<boolean>
}

/** Waits, as a new device, to be let in. @throws what came in between: ForbiddenError when it was refused, DeadlineError, AbortedError, what `take` throws */
export async function meetAsNew ({ facts, confirm, take, wire, signal, forMs = LIMITS.linkMs }: NewDeeds): Promise<void> {
  const ended = Promise.withResolvers<undefined>()
  const running: { run?: Run<NewState, NewInput, NewEffect> } = {}
  const input = (one: NewInput): void => { running.run?.input(one) }
  const line = wire(bytes => { input({ type: 'frame', bytes, nonce: systemRandom(LINK_NONCE_BYTES) }) })
  const failed = (error: unknown): void => { input({ type: 'failed', error: toPetrelError(error) }) }
  let linger: NodeJS.Timeout | undefined
  const perform = (effect: NewEffect): void => {
    switch (effect.type) {
      case 'send': line.send(effect.frame); break
      case 'compare': confirm(effect.host).then(matches => { input({ type: 'confirm', matches }) }, failed); break
      case 'take':
        take(effect.host, effect.sealed).then(isTaken => {
          input({ type: isTaken ? 'kept' : 'not-taken' })
          if (isTaken) linger = setTimeout(() => { input({ type: 'late' }) }, LIMITS.linkLingerMs)
        }, failed)
        break
      case 'end':
        if (effect.error === null) ended.resolve(undefined)
        else ended.reject(effect.error)
    }
  }
  const abort = (): void => {
    // Who gave it less time hears what its own end would say.
    if (isTimeout(signal)) input(TIMES.late)
    else failed(new AbortedError(undefined, { cause: signal?.reason }))
  }
  running.run = new Run<NewState, NewInput, NewEffect>(beginNew(facts), stepNew, perform, { ...TIMES, forMs })
  signal?.addEventListener('abort', abort, { once: true })
  try {
    if (signal?.aborted === true) abort()
    await ended.promise
  } finally {
    running.run.stop()
    clearTimeout(linger)
    signal?.removeEventListener('abort', abort)
    line.close()
  }
}
