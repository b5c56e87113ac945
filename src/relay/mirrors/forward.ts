/** Appends and erases of devices at a mirror, on their way to the log's home. */
import { ENTRY_KIND, ForbiddenError, LIMITS, METHOD, TooLargeError, toPetrelError, type Append, type KeyBytes, type pb, type PetrelError } from '../../protocol/wire/index.js'
import type { Clock } from '../../store/index.js'
import { failureOf } from '../failures.js'
import { isOwner, mayAppend, requireUp, stillProven, type ProvenKeys } from '../logs/access.js'
import { checkItem } from '../logs/append-rules.js'
import { brokenLane, type Lane } from '../logs/lanes.js'
import type { GatewayChannel } from '../net/index.js'
import type { Peer } from '../peer.js'
import { away } from './home-link.js'
import type { MirroredLog } from './mirrored-log.js'
import type { Mirrors } from './mirrors.js'

/** An append call at a mirror. `items` decodes what the mirror judges; `wire` travels on. */
export interface ForwardedCall { readonly items: () => readonly Append[], readonly wire: readonly pb.AppendItem[], readonly pipeline: number | undefined, readonly runs: boolean, readonly deadlineMs: number }

/** So long an append waits for a home that is being dialed. */
const READY_MS = LIMITS.linkProbeIdleMs + LIMITS.linkProbeAnswerMs

/** See the file's head. */
export class Forward {
  readonly #mirrors: Mirrors
  readonly #clock: Clock

  constructor (mirrors: Mirrors, clock: Clock) {
    this.#mirrors = mirrors
    this.#clock = clock
  }

  /**
   * Forwards a call's items to the home, under the key that the device has proved here.
   *
   * @returns the home's reply as it came
   * @throws as a home's append; UnavailableError with `details.home` when the home cannot be reached: the outcome is unknown; ProofError when it lied
   */
  async append (peer: Peer, log: MirroredLog, call: ForwardedCall): Promise<pb.AppendReply> {
    const lane = peer.lanes.join(log.name, call.pipeline)
    let refused = true
    try {
      if (lane.broken) throw brokenLane()
      this.#admit(peer, call)
      const proven = { ...peer.proven(log.name) }
      const reply = await this.#forward(peer, log, lane, call, proven)
      refused = reply.outcomes.some(({ failure }) => failure !== undefined)
      return reply
    } finally {
      peer.lanes.leave(log.name, lane, refused)
    }
  }

  /** Has the home erase an entry too. @throws as the home's erase; UnavailableError with `details.home` */
  async erase (log: MirroredLog, body: Uint8Array, deadlineMs: number): Promise<void> {
    const channel = await this.#channel(log)
    await atHome(channel.call(METHOD.erase, body, { deadlineMs }))
  }

  /** As a home admits appends: what is not fit for any log counts as one. */
  #admit (peer: Peer, { items: decode }: ForwardedCall): void {
    const now = this.#clock.now()
    let count = 1
    try {
      peer.require(now)
      const items = decode()
      if (items.length > LIMITS.appendItems) throw new TooLargeError(`${items.length} items in one append: at most ${LIMITS.appendItems}`)
      for (const item of items) checkItem(item)
      count = Math.max(1, items.length)
    } finally {
      peer.appends.require(count, now, 'appends')
    }
  }

  async #forward (peer: Peer, log: MirroredLog, lane: Lane, { wire, runs, deadlineMs }: ForwardedCall, proven: ProvenKeys): Promise<pb.AppendReply> {
    // In the order of their arrival up to the sending: what waits for the home is not overtaken.
    const { sent } = await log.inOrder(async () => {
      if (lane.broken) throw brokenLane()
      const key = await this.#judge(peer, log, wire, proven)
      if (key instanceof Error) return { sent: Promise.resolve({ outcomes: refusals(lane, wire, key) }) }
      const channel = await this.#channel(log)
      await atHome(log.proveAppend(channel, key))
      return { sent: log.forwarder.send(channel, { items: wire, runs, lane, key, deadlineMs }) }
    })
    return await sent
  }

  /** The key to append with: undefined for an owner's orders, which the order itself allows; or the refusal, as a home would give it. */
  async #judge (peer: Peer, log: MirroredLog, wire: readonly pb.AppendItem[], then: ProvenKeys): Promise<KeyBytes | undefined | PetrelError> {
    const now = this.#clock.now()
    const { meta } = await log.state()
    requireUp(meta)
    const broken = this.#mirrors.brokenError(log)
    if (broken !== undefined) throw broken
    peer.require(now)
    const proven = stillProven(then, peer.proven(log.name))
    // Another mirror takes this relay for the log's home. Were that one's word passed on, two that take each other for it would pass it on for ever.
    if (proven.append?.until !== undefined) return away()
    if (mayAppend(meta, proven, now)) return proven.append?.key
    if (isOwner(meta, proven) && wire.every(({ kind }) => kind === ENTRY_KIND.control)) return undefined
    return new ForbiddenError('this device has not proved the key that may append to the log now', { details: { capability: 'append' } })
  }

  async #channel (log: MirroredLog): Promise<GatewayChannel> {
    const { link } = log
    if (link === undefined) throw away()
    return link.channel ?? await link.ready(READY_MS)
  }
}

/** Waits for the home's answer. A closed channel, or the mirror's own session there, is nothing that the device can mend. */
async function atHome (work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    const why = toPetrelError(error)
    throw why.code === 'ERR_UNAVAILABLE' || why.code === 'ERR_SESSION' || why.code === 'ERR_MOVED' ? away(why) : why
  }
}

/** The first item is refused, and so are those behind it. */
function refusals (lane: Lane, wire: readonly pb.AppendItem[], error: PetrelError): pb.AppendOutcome[] {
  lane.broken = true
  return wire.map((_item, i) => ({ duplicate: false, failure: failureOf(i === 0 ? error : brokenLane()) }))
}
