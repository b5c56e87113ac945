/** The call that appends, with a promise and without one. */
import { decodeAppendRequest, decodeCaps, encodeAppendReply, encodeAppendRun, pb, type Append } from '../../protocol/wire/index.js'
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
  readonly runs: boolean
  readonly #services: ServiceSet
  #items: readonly pb.AppendItem[]
  /** Bytes of each item's payload. */
  #sizes: readonly number[] = []
  readonly #answer: CallAnswer

  constructor (services: ServiceSet, { items, pipeline, runs }: pb.AppendRequest, answer: CallAnswer) {
    this.pipeline = pipeline
    this.runs = runs
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

  ran (run: pb.AppendRun): void {
    took(this.#services, this.#sizes.length, this.#sizes.reduce((sum, size) => sum + size, 0))
    this.#answer.reply(encodeAppendRun(run))
  }

  failed (error: unknown): void { this.#answer.fail(error) }
}

async function forward ({ forward, metrics }: ServiceSet, peer: Peer, mirrored: MirroredLog, request: pb.AppendRequest, deadlineMs: number): Promise<Uint8Array> {
  const { items: wire, pipeline, runs } = request
  const reply = await forward.append(peer, mirrored, { items: () => wire.map(itemOf), wire, pipeline, runs, deadlineMs })
  // A home may send both, and whoever asked goes by the outcomes then.
  if (reply.run !== undefined && reply.outcomes.length === 0) metrics.forwarded.add(wire.length, { outcome: 'ok' })
  for (const { failure } of reply.outcomes) metrics.forwarded.add(1, { outcome: failure === undefined ? 'ok' : failure.code })
  return pb.AppendReply.encode(reply)
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

function count ({ metrics }: Pick<ServiceSet, 'metrics'>, sizes: readonly number[], outcomes: readonly AppendOutcome[]): void {
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
  took({ metrics }, taken, bytes)
}

function took ({ metrics }: Pick<ServiceSet, 'metrics'>, entries: number, bytes: number): void {
  if (entries > 0) metrics.entriesTaken(entries)
  if (bytes > 0) metrics.entryBytes.add(bytes)
}
