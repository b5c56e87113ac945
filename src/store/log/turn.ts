/** One turn of the writer: from items with their lookups to one batch and the results. No I/O. */
import {
  BadInputError, ConflictError, DIGEST_LENGTH, LIMITS, NotFoundError, sameBytes, TooLargeError, toPetrelError, type PetrelError
} from '../../protocol/wire/index.js'
import type { AppendItem, AppendResult, BuiltEntry, LogEntry, LogHead } from '../contract.js'
import type { CoreSink } from '../core/index.js'
import { encodeEntry, encodeHead, encodeSeq, idOfEntry, RecordedEntry } from './codec.js'
import { TurnEntries } from './recents.js'
import { Scratch, type Memory } from './slab.js'
import type { LogState } from './states.js'

/** What the disk knows of an item's id. `entry` is null when its entry was trimmed. */
export interface KnownId { readonly seq: number, readonly entry: LogEntry | null }

/** What a turn makes. */
export interface TurnOutput {
  /** For records. */
  readonly memory: Memory
  readonly touched: Map<LogState, LogHead>
  /** What was appended, with its record's bytes. */
  readonly added: Array<{ readonly state: LogState, readonly seq: number, readonly value: Uint8Array }>
  /** The same, by id. */
  readonly recent: TurnEntries<LogState>
  bytes: number
}

/** An empty turn. */
export function newTurn (memory: Memory): TurnOutput { return { memory, touched: new Map(), added: [], recent: new TurnEntries(), bytes: 0 } }

function refused (error: PetrelError): AppendResult { return { status: 'refused', error } }

/** The answer when the log is not there. */
export function noSuchLog (): PetrelError { return new NotFoundError('there is no such log here: it was never made, or its owner deleted it') }

/** The answer to an item whose lane is broken. */
export function brokenLane (): AppendResult {
  return refused(new ConflictError('an earlier append of this pipeline was refused: settle it, then send this again'))
}

/** Checks a log's or entry's id. @throws BadInputError when it does not have 1 to 64 bytes */
export function requireId (id: Uint8Array, what: string): void {
  if (id.length < 1 || id.length > LIMITS.storeIdBytes) throw new BadInputError(`${what} must have 1 to ${LIMITS.storeIdBytes} bytes, got ${id.length}`)
}

/** The first record of an id that is there already, on the disk or on its way. */
export function duplicateOf (state: LogState, recent: LogEntry | undefined, known: KnownId | undefined): AppendResult | undefined {
  if (recent !== undefined) return { status: 'duplicate', seq: recent.seq, record: recent }
  if (known === undefined) return undefined
  return { status: 'duplicate', seq: known.seq, record: known.seq < state.working.first ? null : known.entry }
}

function expectationsHold (item: AppendItem, head: LogHead): boolean {
  const { expectHead, baseCommit } = item
  if (baseCommit !== undefined && baseCommit !== head.lastCommit) return false
  if (expectHead === undefined) return true
  return expectHead.seq === head.seq && (expectHead.hash === undefined || sameBytes(expectHead.hash, head.hash))
}

function checkBuilt (built: BuiltEntry): void {
  if (built.hash.length !== DIGEST_LENGTH) throw new BadInputError(`a chain hash has ${DIGEST_LENGTH} bytes, got ${built.hash.length}`)
  if (built.erased === true && built.payload.length !== DIGEST_LENGTH) throw new BadInputError(`an erased entry's digest has ${DIGEST_LENGTH} bytes, got ${built.payload.length}`)
  if (built.leaf.length + built.payload.length > LIMITS.storeValueBytes - 1024) throw new TooLargeError('an entry is over the store\'s limit for one value')
  checkChange(built)
}

/** Checks a change of a head. @throws TooLargeError, BadInputError when it may not change like this */
export function checkChange (change: { meta?: Uint8Array, term?: number }): void {
  if (change.meta !== undefined && change.meta.length > LIMITS.storeMetaBytes) {
    throw new TooLargeError(`${change.meta.length} bytes of log meta are over the limit of ${LIMITS.storeMetaBytes}`)
  }
  if (change.term !== undefined && (!Number.isSafeInteger(change.term) || change.term < 0)) throw new BadInputError('a term must be an integer from 0')
}

/** Appends one item that is no duplicate to the working head, or says why not. */
export function appendItem (turn: TurnOutput, state: LogState, item: AppendItem, name: string, now: number): AppendResult {
  const head = state.working
  if (!expectationsHold(item, head)) return { status: 'conflict', head }
  let built: BuiltEntry
  try {
    built = item.build(head, now)
    checkBuilt(built)
  } catch (error) {
    return refused(toPetrelError(error))
  }
  const { leaf, payload, hash, isCommit } = built
  const seq = head.seq + 1
  const term = built.term ?? head.term
  const value = encodeEntry({ seq, id: item.id, term, time: now, isCommit, leaf, payload, erased: built.erased === true, prevHash: head.hash, hash }, turn.memory)
  const record = new RecordedEntry(value, head.hash, hash)
  turn.bytes += value.length
  state.working = {
    seq, hash, term, meta: built.meta ?? head.meta, first: head.first,
    lastCommit: isCommit ? seq : head.lastCommit,
    bytes: head.bytes + leaf.length + payload.length
  }
  turn.recent.add(state, name, record)
  if (!turn.touched.has(state)) turn.bytes += state.working.meta.length
  turn.added.push({ state, seq, value })
  turn.touched.set(state, state.working)
  return { status: 'appended', seq, record }
}

/** How many changes a turn makes: two for each entry, and each changed head once. */
export function countOps ({ added, touched }: TurnOutput): number { return 2 * added.length + touched.size }

/** Where keys, numbers and heads are written that go to the disk: each is copied there before the next. */
export class ChangeMemory {
  readonly entry = new Scratch()
  readonly id = new Scratch()
  readonly number = new Scratch()
  readonly head = new Scratch()
}

/** The changes, which are made when they are written: what an entry is while it waits is one piece of bytes. */
export function sayChanges ({ added, touched }: TurnOutput, { entry, id, number, head: headMemory }: ChangeMemory, sink: CoreSink): void {
  for (const { state, seq, value } of added) {
    sink.put(state.keys.entry(seq, entry), value, true)
    sink.put(state.keys.id(idOfEntry(value), id), encodeSeq(seq, number), true)
  }
  for (const [state, head] of touched) sink.put(state.keys.head, encodeHead(head, headMemory), true)
}
