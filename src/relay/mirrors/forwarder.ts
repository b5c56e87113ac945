/**
 * Appends of many devices to one log, forwarded over one channel. At the home they share a lane, so that the refusal of
 * one device's append refuses what others sent behind it: those are sent again, in their order, once all are answered.
 */
import { ConflictError, ForbiddenError, METHOD, MovedError, pb, sameBytes, SessionError, type KeyBytes, type LogId, type PetrelError, toPetrelError } from '../../protocol/wire/index.js'
import { failureOf } from '../failures.js'
import { brokenLane, type Lane } from '../logs/lanes.js'
import { errorFromFailure, type GatewayChannel } from '../net/index.js'
import { away } from './home-link.js'

/** One append call of a device. */
export interface Flight {
  readonly items: readonly pb.AppendItem[]
  /** Whether the device can take one receipt for all items. */
  readonly runs: boolean
  /** The device's own lane. */
  readonly lane: Lane
  /** The append key that the device has proved here, under which it is sent; undefined for an owner's orders, which need none. */
  readonly key: KeyBytes | undefined
  readonly deadlineMs: number
}

interface Flying extends Flight { readonly number: number, readonly resolve: (reply: pb.AppendReply) => void, readonly reject: (error: PetrelError) => void }

/** See the file's head. */
export class Forwarder {
  readonly #log: LogId
  #pipeline = 1
  #sent = 0
  #flying = 0
  #isBroken = false
  /** Refused for what stood before them, or come after that: to be sent when all that flies is answered. */
  #held: Flying[] = []
  readonly #keyOn: (channel: GatewayChannel) => KeyBytes | undefined
  #channel: GatewayChannel | undefined

  /** @param keyOn - the append key that was proved last on a channel; undefined while none is, or another one is being proved */
  constructor (log: LogId, keyOn: (channel: GatewayChannel) => KeyBytes | undefined) {
    this.#log = log
    this.#keyOn = keyOn
  }

  /** Sends over a channel on which the flight's key is the one that was proved last. @throws PetrelError as a home's append */
  async send (channel: GatewayChannel, flight: Flight): Promise<pb.AppendReply> {
    this.#channel = channel
    return await new Promise((resolve, reject) => {
      const flying: Flying = { ...flight, number: this.#sent++, resolve, reject }
      if (this.#isBroken) this.#held.push(flying)
      else void this.#fly(channel, flying)
    })
  }

  async #fly (channel: GatewayChannel, flying: Flying): Promise<void> {
    this.#flying++
    try {
      const body = pb.AppendRequest.encode({ log: this.#log, items: [...flying.items], pipeline: this.#pipeline, runs: flying.runs })
      const reply = await channel.call(METHOD.append, body, { deadlineMs: flying.deadlineMs })
      this.#settle(flying, pb.AppendReply.decode(reply, { limits: { outcomes: flying.items.length, run: { earlier: flying.items.length } } }))
    } catch (error) {
      this.#fail(flying, toPetrelError(error))
    } finally {
      this.#flying--
      if (this.#isBroken && this.#flying === 0) this.#again()
    }
  }

  #settle (flying: Flying, reply: pb.AppendReply): void {
    const { outcomes } = reply
    const [first] = outcomes
    const refused = outcomes.find(({ failure }) => failure !== undefined)?.failure
    if (refused === undefined) { flying.resolve(reply); return }
    this.#isBroken = true
    const wasBehind = first?.failure !== undefined && isBehind(errorFromFailure(first.failure))
    if (wasBehind && !flying.lane.broken) { this.#held.push(flying); return }
    flying.lane.broken = true
    flying.resolve({ outcomes: outcomes.map(outcome => outcome.failure !== undefined && isOfTheMirror(outcome.failure.code) ? { duplicate: outcome.duplicate, failure: failureOf(away()) } : outcome) })
  }

  #fail (flying: Flying, error: PetrelError): void {
    this.#isBroken = true
    if (isBehind(error) && !flying.lane.broken) { this.#held.push(flying); return }
    flying.lane.broken = true
    // A closed channel or the mirror's own session at the home are nothing that the device can mend.
    flying.reject(error.code === 'ERR_UNAVAILABLE' || isOfTheMirror(error.code) ? away(error) : error)
  }

  /** Whether the home would judge it by the key that its device had proved: by a later one it would take what was sealed before a commit for what came after it. */
  #isByKeyOf ({ key }: Flying, channel: GatewayChannel): boolean {
    const current = this.#keyOn(channel)
    return key === undefined || (current !== undefined && sameBytes(key, current))
  }

  /** All that flew is answered: the home begins a new lane with a higher number. */
  #again (): void {
    this.#isBroken = false
    this.#pipeline++
    const held = this.#held.splice(0).sort((a, b) => a.number - b.number)
    for (const flying of held) {
      if (flying.lane.broken) flying.reject(brokenLane())
      else if (this.#channel === undefined || this.#channel.isClosed) {
        flying.lane.broken = true
        flying.reject(away())
      } else if (!this.#isByKeyOf(flying, this.#channel)) {
        flying.lane.broken = true
        flying.reject(new ForbiddenError('the key that may append to the log was replaced meanwhile', { details: { capability: 'append' } }))
      } else void this.#fly(this.#channel, flying)
    }
  }
}

/** Whether an append was refused for what stood before it. */
function isBehind (error: PetrelError): boolean { return error instanceof ConflictError && error.details.pipelined === true }

/** Errors that tell the mirror something, and would mislead the device. */
function isOfTheMirror (code: string): boolean { return code === SessionError.code || code === MovedError.code }
