/** The call that appends, with a promise and without one. */
import { decodeAppendRequest, decodeCaps, encodeAppendReply, pb, type Append } from '../../protocol/wire/index.js'
import { namedLog, requestNumber } from '../decode.js'
import { failureOf } from '../failures.js'
import type { AppendOutcome, AppendRequest, OutcomeSink } from '../logs/append.js'
import type { MirroredLog } from '../mirrors/mirrored-log.js'
import type { CallAnswer } from '../net/index.js'
import type { Peer } from '../peer.js'
import type { ServiceSet } from '../services.js'
import type { Method, QuickMethod } from './method.js'

/** {@link appendQuickly}, for a caller that waits for a promise. */
export const append: Method = (services, peer, call) => new Promise((resolve, reject) => { appendQuickly(services, peer, call, { reply: resolve, fail: reject }) })

/** See AppendRequest. Its own bucket stands in place of the calls': what is refused here breaks the log's lane. */
export const appendQuickly: QuickMethod = (services, peer, call, answer) => {
  const request = decodeAppendRequest(call.body)
  const log = peer.lastLog = namedLog(request.log, peer.lastLog)
  const mirrored = services.mirrors.find(log.name)
  if (mirrored?.link !== undefined) {
    forward(services, peer, mirrored, request, call.deadlineMs).then(reply => { answer.reply(reply) }, (error: unknown) => { answer.fail(error) })
    return
  }
  const running = new RunningAppend(services, request, answer)
  services.appender.appendFor(peer, log, running, running)
}

/** What is asked for, and whom to tell. */
class RunningAppend implements AppendRequest, OutcomeSink {
  readonly pipeline: number | undefined
  readonly #services: ServiceSet
  #items: readonly pb.AppendItem[]
  /** Bytes of each item's payload. */
  #sizes: readonly number[] = []
  readonly #answer: CallAnswer

  constructor (services: ServiceSet, { items, pipeline }: pb.AppendRequest, answer: CallAnswer) {
    this.pipeline = pipeline
    this.#services = services
    this.#items = items
    this.#answer = answer
  }

  /** Once: what the call came in is not held while its outcomes are waited for. */
  items (): Append[] {
    const items = this.#items
    this.#items = []
    this.#sizes = items.map(({ payload }) => payload.length)
    return items.map(itemOf)
  }

  settled (outcomes: AppendOutcome[]): void {
    count(this.#services, this.#sizes, outcomes)
    this.#answer.reply(encodeAppendReply(outcomes.map(wireOutcome)))
  }

  failed (error: unknown): void { this.#answer.fail(error) }
}

async function forward ({ forward, metrics }: ServiceSet, peer: Peer, mirrored: MirroredLog, request: pb.AppendRequest, deadlineMs: number): Promise<Uint8Array> {
  const outcomes = await forward.append(peer, mirrored, { items: () => request.items.map(itemOf), wire: request.items, pipeline: request.pipeline, deadlineMs })
  for (const { failure } of outcomes) metrics.forwarded.add(1, { outcome: failure === undefined ? 'ok' : failure.code })
  return pb.AppendReply.encode({ outcomes })
}

function itemOf ({ id, kind, payload, base, caps, erasers, expectHead, expectTerm }: pb.AppendItem): Append {
  if (base === undefined && caps === undefined && expectHead === undefined) {
    return expectTerm === undefined ? { id, kind, payload, erasers } : { id, kind, payload, erasers, expectTerm: requestNumber(expectTerm, 'expectTerm') }
  }
  return {
    id, kind, payload, erasers,
    ...base === undefined ? {} : { base: requestNumber(base, 'base') },
    ...caps === undefined ? {} : { caps: decodeCaps(caps) },
    ...expectHead === undefined ? {} : { expectHead: requestNumber(expectHead, 'expectHead') },
    ...expectTerm === undefined ? {} : { expectTerm: requestNumber(expectTerm, 'expectTerm') }
  }
}

function wireOutcome (outcome: AppendOutcome): pb.AppendOutcome {
  const duplicate = outcome.duplicate === true
  return 'receipt' in outcome ? { receipt: outcome.receipt, duplicate } : { duplicate, failure: failureOf(outcome.error) }
}

function count ({ metrics }: ServiceSet, sizes: readonly number[], outcomes: readonly AppendOutcome[]): void {
  let taken = 0
  let bytes = 0
  let i = -1
  for (const outcome of outcomes) {
    i++
    if ('error' in outcome) metrics.entries.add(1, { outcome: outcome.error.code })
    else if (outcome.duplicate) metrics.entries.add(1, { outcome: 'duplicate' })
    else {
      taken++
      bytes += sizes[i] ?? 0
    }
  }
  if (taken > 0) metrics.entriesTaken(taken)
  if (bytes > 0) metrics.entryBytes.add(bytes)
}
