/** A relay's one channel to another home, for all logs of it that it mirrors: dialed anew whenever it is lost. */
import {
  LIMITS, METHOD, pb, RateLimitError, signCertificate, signManifest, toPetrelError, UnavailableError, type KeyBytes, type PetrelError, type Signer
} from '../../protocol/wire/index.js'
import type { Cancel, Clock } from '../../store/index.js'
import type { GatewayChannel, GatewayPush } from '../net/index.js'
import type { DialHome } from './dial.js'
import { stepLink, type LinkEffect, type LinkInput, type LinkState } from './link-machine.js'

/** What a link is made of. */
export interface HomeLinkParts {
  readonly home: KeyBytes
  readonly clock: Clock
  readonly dial: DialHome
  /** The relay's own key: it comes as itself. */
  readonly signer: Signer
  /** From 0 up to 1. */
  readonly random: () => number
  /** Where the home is said to be, newest knowledge. */
  readonly addrs: () => readonly string[]
  /** There is a channel with a session. */
  readonly onOpen: (channel: GatewayChannel) => void
  /** It is gone, or none could be had. */
  readonly onLost: (why: PetrelError) => void
  readonly onPush: (push: GatewayPush) => Promise<void> | undefined
}

/** See the file's head. */
export class HomeLink {
  readonly #parts: HomeLinkParts
  #state: LinkState = { at: 'idle' }
  #channel: GatewayChannel | undefined
  #dialing: AbortController | undefined
  #cancelWait: Cancel = () => undefined
  #cancelRenew: Cancel = () => undefined
  #waiting: Array<() => void> = []
  #why: PetrelError | undefined

  constructor (parts: HomeLinkParts) { this.#parts = parts }

  /** The channel, while there is one with a session. */
  get channel (): GatewayChannel | undefined { return this.#channel }
  /** Why there is none; undefined before the first attempt has ended. */
  get why (): PetrelError | undefined { return this.#why }

  /** Somebody needs the home: dials now if it is not there. */
  need (): void { this.#take({ type: 'needed' }) }

  /** Lets go. It may be needed again later. */
  close (): void { this.#take({ type: 'unneeded' }) }

  /** The channel, waited for at most `ms`. @throws UnavailableError with `details.home` */
  async ready (ms: number): Promise<GatewayChannel> {
    this.need()
    if (this.#channel === undefined) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const wake = (): void => { resolve(undefined) }
      this.#waiting.push(wake)
      const cancel = this.#parts.clock.after(ms, wake)
      await promise
      cancel()
      this.#waiting = this.#waiting.filter(other => other !== wake)
    }
    if (this.#channel === undefined) throw away(this.#why)
    return this.#channel
  }

  #take (input: LinkInput): void {
    const { state, effects } = stepLink(this.#state, input)
    this.#state = state
    for (const effect of effects) this.#carryOut(effect)
  }

  #carryOut (effect: LinkEffect): void {
    this.#cancelWait()
    if (effect.type === 'dial') void this.#dial()
    else if (effect.type === 'wait') this.#cancelWait = this.#parts.clock.after(effect.ms, () => { this.#take({ type: 'due' }) })
    else {
      this.#dialing?.abort()
      const channel = this.#channel
      this.#gone()
      channel?.close().catch(() => undefined)
    }
  }

  async #dial (): Promise<void> {
    const { home, addrs, dial, onPush, clock } = this.#parts
    const dialing = this.#dialing = new AbortController()
    const signal = AbortSignal.any([dialing.signal, AbortSignal.timeout(LIMITS.linkAttemptMs)])
    let channel: GatewayChannel | undefined
    try {
      const limits = { probeIdleMs: LIMITS.linkProbeIdleMs, probeAnswerMs: LIMITS.linkProbeAnswerMs }
      channel = await dial(addrs(), home, { agent: 'petrel-relay', onPush, limits, signal })
      const session = await this.#openSession(channel, signal)
      if (dialing.signal.aborted) throw new UnavailableError('the home is not needed any more')
      this.#channel = channel
      this.#why = undefined
      this.#take({ type: 'opened', now: clock.now() })
      this.#renewLater(channel, session.expiresMs)
      void channel.closed.then(reason => { this.#lost(channel, reason ?? new UnavailableError('the home closed the channel')) })
      this.#parts.onOpen(channel)
      this.#wake()
    } catch (error) {
      channel?.abort(new UnavailableError('no session came of it'))
      if (dialing.signal.aborted) return
      this.#lost(undefined, toPetrelError(error))
    }
  }

  /** As a guest, in an account that is nothing but the relay's key. The same bytes each time. */
  async #openSession (channel: GatewayChannel, signal: AbortSignal): Promise<pb.SessionReply> {
    const { signer } = this.#parts
    const { key } = signer
    const cert = signCertificate({ v: 1, account: key, device: key, time: 0 }, signer)
    const manifest = signManifest({
      v: 1, account: key, generation: 1, version: 1, prev: null, devices: [{ key, cert }], revoked: [], relays: [], inbox: null, keyPackages: [], time: 0
    }, signer)
    return pb.SessionReply.decode(await channel.call(METHOD.openSession, pb.OpenSessionRequest.encode({ account: key, manifest }), { signal }))
  }

  /** Whatever the home says, it is asked neither without pause nor too late. */
  #renewLater (channel: GatewayChannel, expiresMs: number): void {
    const ms = Math.min(Math.max(expiresMs / 2, LIMITS.linkStableMs), LIMITS.sessionMs / 2)
    this.#cancelRenew = this.#parts.clock.after(ms, () => {
      // Without a session the channel is good for nothing: the next one begins with a fresh one.
      this.#renew(channel).catch((error: unknown) => { channel.abort(toPetrelError(error)) })
    })
  }

  async #renew (channel: GatewayChannel): Promise<void> {
    const reply = pb.SessionReply.decode(await channel.call(METHOD.renewSession, new Uint8Array()))
    if (channel === this.#channel) this.#renewLater(channel, reply.expiresMs)
  }

  #lost (channel: GatewayChannel | undefined, why: PetrelError): void {
    if (channel !== this.#channel) return
    this.#gone()
    this.#why = why
    const { retryMs } = why.details
    this.#take({ type: 'lost', now: this.#parts.clock.now(), random: this.#parts.random(), ...why instanceof RateLimitError && typeof retryMs === 'number' ? { retryMs } : {} })
    this.#parts.onLost(why)
    this.#wake()
  }

  #gone (): void {
    this.#cancelRenew()
    this.#channel = undefined
  }

  #wake (): void { for (const wake of this.#waiting.splice(0)) wake() }
}

/** What those get who need a home that cannot be reached: whether it took what was sent is not known. */
export function away (cause?: PetrelError): UnavailableError {
  return new UnavailableError('the log\'s home cannot be reached from here now: try again later, with the same ids', { cause, details: { home: 'away' } })
}
