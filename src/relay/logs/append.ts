/** Appends: from a call's items to entries, receipts and refusals. The hot path of a relay. */
import {
  chainNext, ConflictError, encodeLeaf, ExistsError, leafFor, LIMITS, sha256Briefly, TooLargeError, type Append, type Digest, type Leaf, type pb, type PetrelError, type Receipt
} from '../../protocol/wire/index.js'
import type { AppendItem, AppendResult, AppendSink, BuiltEntry, LogEntry, LogHead } from '../../store/index.js'
import type { NamedLog, Peer } from '../peer.js'
import type { KeyedBuckets } from '../rate-limit.js'
import { checkItem, decideAppend } from './append-rules.js'
import type { AttestSink, Prepared } from './attest-group.js'
import type { LogContext } from './context.js'
import { brokenLane, type Lane } from './lanes.js'
import { stillProven, type ProvenKeys } from './access.js'
import { decodeMeta, encodeMeta } from './meta.js'
import { receiptOf } from './statements.js'

/** What became of an item: a receipt, a refusal, or, of a duplicate that was trimmed, both facts and no receipt. */
export type AppendOutcome =
  | { readonly receipt: Uint8Array, readonly duplicate: boolean }
  | { readonly error: PetrelError, readonly duplicate?: boolean }

/** Told what became of a call's items: one of the three, once. None must throw. */
export interface OutcomeSink {
  /** One outcome per item; after a refused one all later ones are refused. */
  settled: (outcomes: AppendOutcome[]) => void
  /** All of them stand behind each other, and the last one's receipt vouches for all: only of a call that can take that. */
  ran: (run: pb.AppendRun) => void
  /** See {@link Appender.appendFor}. */
  failed: (error: unknown) => void
}

/** What a receipt says of a leaf that was built just now. */
type Fresh = Pick<Leaf, 'entry' | 'time'>

function isFresh (of: Partial<Fresh>): of is Fresh { return of.entry !== undefined }

/** In place of an append that is no longer held. */
const DONE: Append = { id: new Uint8Array(), kind: 0, payload: new Uint8Array() }

/** A run has room for shorter times only: a clock that began at 1970 and is set right between two items makes a longer one. */
const RUN_MS = 2 ** 32

/** An item on its way. */
class Flying implements AppendItem {
  /** See {@link Fresh}. */
  entry: Digest | undefined
  time = 0
  readonly #call: Appending
  #append: Append

  constructor (call: Appending, append: Append) {
    this.#call = call
    this.#append = append
  }

  get id (): Uint8Array { return this.#append.id }
  get fresh (): Fresh | undefined { return isFresh(this) ? this : undefined }
  get log (): Uint8Array { return this.#call.log.log }
  get lane (): object { return this.#call.lane.token }

  build (head: LogHead, now: number): BuiltEntry {
    const built = this.#call.build(this.#append, head, now)
    this.entry = built.fresh.entry
    this.time = built.fresh.time
    return built
  }

  /** It stands in the store's record: the frame in which it came need not wait for the disk. */
  letGo (): void { this.#append = DONE }
}

/** What a call asks for: its items are decoded when its turn in the lane has come. */
export interface AppendRequest { items (): readonly Append[], readonly pipeline: number | undefined, readonly runs: boolean }

/** What all appends share. */
interface World { readonly context: LogContext, readonly requests: KeyedBuckets }

/** See the file's head. */
export class Appender {
  readonly #world: World

  /** `requests` bounds what one device puts into request logs. */
  constructor (context: LogContext, requests: KeyedBuckets) { this.#world = { context, requests } }

  /**
   * Appends a call's items, which are decoded in the lane, so that a fault in them breaks it. Everything up to the store
   * happens at once, so that calls keep their order. `sink` is told one outcome per item, or why there are none:
   * SessionError, RateLimitError, BadInputError and TooLargeError for an item no log takes, ConflictError behind a refused
   * append (nothing of the call was appended then, and the lane is broken); ReadOnlyError, UnavailableError when the outcome is unknown.
   */
  appendFor (peer: Peer, log: NamedLog, request: AppendRequest, sink: OutcomeSink): void {
    try {
      if (peer.isStranger) {
        // Nothing of it can be in the log, so no lane is kept for it.
        const now = this.#world.context.clock.now()
        peer.calls.require(1, now, 'calls')
        peer.require(now)
      }
    } catch (error) {
      sink.failed(error)
      return
    }
    const call = new Appending(this.#world, peer, log, peer.lanes.join(log.name, request.pipeline), request.runs, sink)
    try {
      if (call.lane.broken) throw brokenLane()
      call.begin(this.#admitted(peer, () => request.items()))
    } catch (error) {
      call.failed(error)
    }
  }

  #admitted (peer: Peer, decode: () => readonly Append[]): readonly Append[] {
    const now = this.#world.context.clock.now()
    const items = this.#decoded(peer, decode, now)
    peer.appends.require(Math.max(1, items.length), now, 'appends')
    return items
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
}

/** One call, from the store to its outcomes. */
class Appending implements AppendSink, AttestSink {
  readonly log: NamedLog
  readonly lane: Lane
  readonly #world: World
  readonly #peer: Peer
  readonly #sink: OutcomeSink
  readonly #runs: boolean
  // What is proved after this must not help it: a sender that learns of a commit proves the next key at once, while
  // what it sealed with the last one is still on its way here.
  readonly #proven: ProvenKeys
  #flying: Flying[] = []
  #results: readonly AppendResult[] = []
  #prepared: Prepared | undefined
  /** One receipt stands for all. */
  #isRun = false

  constructor (world: World, peer: Peer, log: NamedLog, lane: Lane, runs: boolean, sink: OutcomeSink) {
    this.log = log
    this.lane = lane
    this.#world = world
    this.#peer = peer
    this.#runs = runs
    this.#sink = sink
    this.#proven = peer.proven(log.name)
  }

  /** Hands the items to the store. @throws RateLimitError when too many wait there */
  begin (items: readonly Append[]): void {
    this.#flying = items.map(append => new Flying(this, append))
    this.#world.context.store.logs.appendFor(this.#flying, this)
  }

  build (append: Append, head: LogHead, now: number): BuiltEntry & { fresh: Leaf } {
    const { context: { home, ledger, restored, time, whereabouts }, requests } = this.#world
    const peer = this.#peer
    const { log, name } = this.log
    const meta = decodeMeta(head.meta)
    peer.require(now)
    const effect = decideAppend({
      log, home, meta, term: head.term, seq: head.seq, hash: head.hash, lastCommit: head.lastCommit, kept: head.seq - head.first + 1, now
    }, append, stillProven(this.#proven, peer.proven(name)))
    restored.requireCurrent(name, meta, head.seq, now)
    if (meta.kind === 'requests') requests.require(peer.name, 1, now, 'requests to people who do not know you')
    const fresh = leafFor(append, head.seq + 1, time.now(), sha256Briefly(append.payload))
    const leaf = encodeLeaf(fresh)
    const bytes = head.bytes + leaf.length + append.payload.length
    ledger.requireBytes(meta.payerName, name, bytes)
    ledger.observe(meta.payerName, name, bytes)
    const hash = chainNext(head.hash, leaf)
    if (effect.meta === undefined) return { leaf, payload: append.payload, hash, isCommit: effect.isCommit, fresh }
    whereabouts.note(name, effect.meta)
    return { leaf, payload: append.payload, hash, isCommit: effect.isCommit, fresh, meta: encodeMeta(effect.meta) }
  }

  /** The receipts are signed while the disk writes, and given out once it has. */
  writing (results: readonly AppendResult[]): void {
    for (const flying of this.#flying) flying.letGo()
    if (!results.every(isAppended)) return
    this.#results = results
    this.#prepared = this.#world.context.attester.prepare(this.#receipts(0))
  }

  appended (results: readonly AppendResult[]): void {
    this.#results = results
    if (this.#prepared?.tell(this) === true) return
    // Before the answers are signed: what arrives meanwhile is behind the refusal.
    if (results.some(isRefused)) this.lane.broken = true
    // A first record may be older than the log's term of now.
    if (results.some(isDuplicate)) this.#world.context.store.logs.head(this.log.log).then(({ term }) => { this.#attest(term) }).catch((error: unknown) => { this.failed(error) })
    else this.#attest(0)
  }

  #attest (term: number): void {
    let statements: Receipt[]
    try {
      statements = this.#receipts(term)
    } catch (error) {
      this.failed(error)
      return
    }
    if (statements.length === 0) this.attested([])
    else this.#world.context.attester.attestFor(statements, this)
  }

  #receipts (term: number): Receipt[] {
    const { log } = this.log
    const [only] = this.#results
    // As nearly all calls are: an array that grows would have room for sixteen more.
    if (only?.status === 'appended' && this.#results.length === 1) return [receiptOf(log, only.record, only.record.term, this.#flying[0]?.fresh)]
    const took = (this.#flying.at(-1)?.time ?? 0) - (this.#flying[0]?.time ?? 0)
    const last = this.#runs && took < RUN_MS ? lastOfRun(this.#results) : undefined
    if (last !== undefined) {
      this.#isRun = true
      return [receiptOf(log, last, last.term, this.#flying.at(-1)?.fresh)]
    }
    const statements: Receipt[] = []
    let i = 0
    for (const result of this.#results) {
      const fresh = this.#flying[i++]?.fresh
      if (result.status === 'appended') statements.push(receiptOf(log, result.record, result.record.term, fresh))
      else if (result.status === 'duplicate' && result.record !== null) statements.push(receiptOf(log, result.record, term))
    }
    return statements
  }

  attested (attested: readonly Uint8Array[]): void {
    if (this.#isRun) {
      this.#ran(attested)
      return
    }
    let next = 0
    const outcomes = this.#results.map((result): AppendOutcome => {
      if (result.status === 'conflict') return { error: brokenLane() }
      if (result.status === 'refused') return { error: refusal(result.error) }
      const duplicate = result.status === 'duplicate'
      const receipt = result.record === null ? undefined : attested[next++]
      if (receipt !== undefined) return { receipt, duplicate }
      return { duplicate: true, error: new ExistsError(`the entry is there since before: it was number ${result.seq}, and has been trimmed`, { details: { seq: result.seq } }) }
    })
    this.#peer.lanes.leave(this.log.name, this.lane, this.#results.some(isRefused))
    this.#sink.settled(outcomes)
  }

  #ran ([receipt = new Uint8Array()]: readonly Uint8Array[]): void {
    const [first] = this.#results
    const prev = first?.status === 'appended' ? first.record.prevHash : new Uint8Array()
    const end = this.#flying.at(-1)?.time ?? 0
    const earlier: number[] = []
    for (let i = 0; i + 1 < this.#flying.length; i++) earlier.push(end - (this.#flying[i]?.time ?? end))
    this.#peer.lanes.leave(this.log.name, this.lane, false)
    this.#sink.ran({ receipt, prev, earlier })
  }

  failed (error: unknown): void {
    if (this.#prepared !== undefined) this.#prepared.isDropped = true
    this.#peer.lanes.leave(this.log.name, this.lane, true)
    this.#sink.failed(error)
  }
}

/** The last record, if all of more than one were appended and stand behind each other in one term. */
function lastOfRun (results: readonly AppendResult[]): LogEntry | undefined {
  const [first, second] = results
  const last = results.at(-1)
  if (second === undefined || first?.status !== 'appended' || last?.status !== 'appended') return undefined
  const { seq, term } = first.record
  for (const [i, result] of results.entries()) if (result.status !== 'appended' || result.record.seq !== seq + i || result.record.term !== term) return undefined
  return last.record
}

function isAppended ({ status }: AppendResult): boolean { return status === 'appended' }

function isDuplicate ({ status }: AppendResult): boolean { return status === 'duplicate' }

function isRefused ({ status }: AppendResult): boolean { return status === 'refused' || status === 'conflict' }

/** The store refuses what stands behind a refusal in its own words: only our own conflicts name the head. */
function refusal (error: PetrelError): PetrelError {
  return error instanceof ConflictError && error.details.head === undefined ? brokenLane() : error
}
