/** Calls in sessions: wait for one, prove what the log asks for, call, and once more when the session had ended. */
import { DeadlineError, ForbiddenError, LIMITS, type PetrelError, ProofError, SessionError, UnavailableError, type LogId } from '../../protocol/wire/index.js'
import type { Capabilities } from './capabilities.js'
import { patiently, type LinkClock } from './clock.js'
import type { LinkCore, Session } from './link-core.js'
import type { LinkCallOptions } from './types.js'

/** One call. */
export interface Call {
  readonly method: number
  readonly body: Uint8Array
  /** The log whose capabilities it needs. */
  readonly log?: LogId
}

/** See the file's head. */
export class Caller {
  readonly #core: LinkCore
  readonly #capabilities: Capabilities
  readonly #clock: LinkClock

  constructor (core: LinkCore, capabilities: Capabilities, clock: LinkClock) {
    this.#core = core
    this.#capabilities = capabilities
    this.#clock = clock
  }

  /** Calls as soon as there is a session. @throws as RelayLink says */
  async call (call: Call, options: LinkCallOptions = {}): Promise<Uint8Array> {
    const until = this.#clock.now() + Math.min(options.deadlineMs ?? LIMITS.callDeadlineMs, LIMITS.callDeadlineMs)
    for (let first = true; ; first = false) {
      const session = await this.#core.whenReady(until, options.signal)
      try {
        return await this.inSession(session, call, until, options.signal)
      } catch (error) {
        // A new session begins with nothing proved: what it refused to a call of the old one was not meant so.
        const overtaken = error instanceof ForbiddenError && this.#core.session !== session
        if (!first || !(error instanceof SessionError || overtaken)) throw error
      }
    }
  }

  /** Calls in this session and no other. @throws as {@link call}; SessionError when the relay does not know the session */
  async inSession (session: Session, call: Call, until = this.#clock.now() + LIMITS.callDeadlineMs, signal?: AbortSignal): Promise<Uint8Array> {
    const { channel } = session
    try {
      if (call.log !== undefined && !this.#capabilities.areProved(session, call.log)) {
        const late = (): PetrelError => new UnavailableError('the relay did not judge the capabilities in time', { details: { sent: false } })
        await patiently(this.#capabilities.ensure(session, call.log), { clock: this.#clock, signal, until, late })
      }
      const deadlineMs = Math.floor(until - this.#clock.now())
      if (deadlineMs <= 0) throw new DeadlineError('the deadline passed before the call was made', { details: { sent: false } })
      return await channel.call(call.method, call.body, { deadlineMs, ...signal === undefined ? {} : { signal } })
    } catch (error) {
      if (error instanceof SessionError) this.#core.sessionLost(session, error)
      throw error
    }
  }
}

/** Decodes what a relay sent. @throws ProofError when it makes no sense */
export function decoded<T> (what: string, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (cause instanceof ProofError) throw cause
    throw new ProofError(`the relay's ${what} makes no sense`, { cause })
  }
}
