/** Appends: from a call's items to entries, receipts and refusals. The hot path of a relay. */
import {
  chainNext, ConflictError, encodeLeaf, ExistsError, leafFor, LIMITS, TooLargeError, type Append, type Leaf, type PetrelError, type Receipt
} from '../../protocol/wire/index.js'
import type { AppendItem, AppendResult, BuiltEntry, LogHead } from '../../store/index.js'
import type { NamedLog, Peer } from '../peer.js'
import type { KeyedBuckets } from '../rate-limit.js'
import { checkItem, decideAppend } from './append-rules.js'
import type { LogContext } from './context.js'
import { brokenLane, type Lane } from './lanes.js'
import { stillProven, type ProvenKeys } from './access.js'
import { decodeMeta, encodeMeta } from './meta.js'
import { receiptOf } from './statements.js'

/** What became of an item: a receipt, a refusal, or, of a duplicate that was trimmed, both facts and no receipt. */
export type AppendOutcome =
  | { readonly receipt: Uint8Array, readonly duplicate: boolean }
  | { readonly error: PetrelError, readonly duplicate?: boolean }

/** An item on its way: its leaf is kept for the receipt. */
interface Flying { readonly item: AppendItem, fresh: Leaf | undefined }

/** See the file's head. */
export class Appender {
  readonly #context: LogContext
  readonly #requests: KeyedBuckets

  /** `requests` bounds what one device puts into request logs. */
  constructor (context: LogContext, requests: KeyedBuckets) {
    this.#context = context
    this.#requests = requests
  }

  /**
   * Appends a call's items, which are decoded in the lane, so that a fault in them breaks it. Everything up to the store happens before the first await, so that calls keep their order.
   *
   * @returns one outcome per item; after a refused one all later ones are refused
   * @throws SessionError, RateLimitError, BadInputError and TooLargeError for an item no log takes, ConflictError behind
   *   a refused append; nothing of the call was appended then, and the lane is broken
   * @throws ReadOnlyError, UnavailableError when the outcome is unknown
   */
  append (peer: Peer, log: NamedLog, items: () => readonly Append[], pipeline?: number): Promise<AppendOutcome[]> {
    if (peer.isStranger) {
      // Nothing of it can be in the log, so no lane is kept for it.
      const now = this.#context.clock.now()
      peer.calls.require(1, now, 'calls')
      peer.require(now)
    }
    const lane = peer.lanes.join(log.name, pipeline)
    const failed = (error: unknown): never => {
      peer.lanes.leave(log.name, lane, true)
      throw error
    }
    try {
      const flying = this.#admit(peer, log, items, lane)
      return this.#context.store.logs.append(flying.map(one => one.item)).then(results => {
        const refused = results.some(isRefused)
        // Before the answers are signed: what arrives meanwhile is behind the refusal.
        if (refused) lane.broken = true
        return this.#outcomes(log, flying, results).then(outcomes => {
          peer.lanes.leave(log.name, lane, refused)
          return outcomes
        })
      }).catch(failed)
    } catch (error) {
      return failed(error)
    }
  }

  #admit (peer: Peer, log: NamedLog, decode: () => readonly Append[], lane: Lane): Flying[] {
    if (lane.broken) throw brokenLane()
    const now = this.#context.clock.now()
    const items = this.#decoded(peer, decode, now)
    peer.appends.require(Math.max(1, items.length), now, 'appends')
    // What is proved after this must not help it: a sender that learns of a commit proves the next key at once, while
    // what it sealed with the last one is still on its way here.
    const proven = { ...peer.proven(log.name) }
    return items.map(append => this.#fly(peer, log, append, lane, proven))
  }

  /** The items, when every one is fit for some log. What is not counts as one append, so that nonsense is not free. */
  #decoded (peer: Peer, decode: () => readonly Append[], now: number): readonly Append[] {
    try {
      peer.require(now)
      const items = decode()
      if (items.length > LIMITS.appendItems) throw new TooLargeError(`${items.length} items in one append: at most ${LIMITS.appendItems}`)
      for (const item of items) checkItem(item)
      return items
    } catch (error) {
      peer.appends.require(1, now, 'appends')
      throw error
    }
  }

  #fly (peer: Peer, log: NamedLog, append: Append, lane: Lane, proven: ProvenKeys): Flying {
    const flying: Flying = {
      fresh: undefined,
      item: {
        log: log.log,
        id: append.id,
        lane: lane.token,
        build: (head, now) => {
          const built = this.#build(peer, log, append, proven, head, now)
          flying.fresh = built.fresh
          return built
        }
      }
    }
    return flying
  }

  #build (peer: Peer, log: NamedLog, append: Append, proven: ProvenKeys, head: LogHead, now: number): BuiltEntry & { fresh: Leaf } {
    const { home, ledger, restored, time, whereabouts } = this.#context
    const meta = decodeMeta(head.meta)
    peer.require(now)
    const effect = decideAppend({
      log: log.log, home, meta, term: head.term, seq: head.seq, hash: head.hash, lastCommit: head.lastCommit, kept: head.seq - head.first + 1, now
    }, append, stillProven(proven, peer.proven(log.name)))
    restored.requireCurrent(log.name, meta, head.seq, now)
    if (meta.kind === 'requests') this.#requests.require(peer.name, 1, now, 'requests to people who do not know you')
    const value = leafFor(append, head.seq + 1, time.now())
    const leaf = encodeLeaf(value)
    const bytes = head.bytes + leaf.length + append.payload.length
    ledger.requireBytes(meta.payerName, log.name, bytes)
    ledger.observe(meta.payerName, log.name, bytes)
    const built = { leaf, payload: append.payload, hash: chainNext(head.hash, leaf), isCommit: effect.isCommit, fresh: value }
    if (effect.meta === undefined) return built
    whereabouts.note(log.name, effect.meta)
    return { ...built, meta: encodeMeta(effect.meta) }
  }

  #outcomes (log: NamedLog, flying: readonly Flying[], results: readonly AppendResult[]): Promise<AppendOutcome[]> {
    // A first record may be older than the log's term of now.
    if (results.some(({ status }) => status === 'duplicate')) return this.#context.store.logs.head(log.log).then(({ term }) => this.#attested(log, flying, results, term))
    return this.#attested(log, flying, results, 0)
  }

  #attested (log: NamedLog, flying: readonly Flying[], results: readonly AppendResult[], term: number): Promise<AppendOutcome[]> {
    const statements: Receipt[] = []
    results.forEach((result, i) => {
      if (result.status === 'appended') statements.push(receiptOf(log.log, result.record, result.record.term, flying[i]?.fresh))
      else if (result.status === 'duplicate' && result.record !== null) statements.push(receiptOf(log.log, result.record, term))
    })
    return this.#context.attester.attest(statements).then(attested => {
      let next = 0
      return results.map((result): AppendOutcome => {
        if (result.status === 'conflict') return { error: brokenLane() }
        if (result.status === 'refused') return { error: refusal(result.error) }
        const duplicate = result.status === 'duplicate'
        const receipt = result.record === null ? undefined : attested[next++]
        if (receipt !== undefined) return { receipt, duplicate }
        return { duplicate: true, error: new ExistsError(`the entry is there since before: it was number ${result.seq}, and has been trimmed`, { details: { seq: result.seq } }) }
      })
    })
  }
}

function isRefused ({ status }: AppendResult): boolean { return status === 'refused' || status === 'conflict' }

/** The store refuses what stands behind a refusal in its own words: only our own conflicts name the head. */
function refusal (error: PetrelError): PetrelError {
  return error instanceof ConflictError && error.details.head === undefined ? brokenLane() : error
}
