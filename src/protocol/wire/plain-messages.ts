/** The messages of an append, as they nearly always are, without the generated code: see plain-protobuf.ts. */
import { BriefMemory } from './brief-memory.js'
import { BadInputError } from './errors.js'
import { AppendReply, AppendRequest, EntriesPush, type AppendItem, type AppendOutcome, type AppendRun, type Call } from './gateway.pb.js'
import { LIMITS } from './limits.js'
import type { StoredEntry } from './log.js'
import { bytesField, FieldWriter, numberField, PlainFields } from './plain-protobuf.js'

const TAG = {
  frame: { call: 0x12 },
  call: { id: 0x08, method: 0x10, body: 0x1a, deadlineMs: 0x20 },
  request: { log: 0x0a, item: 0x12, pipeline: 0x18, runs: 0x20 },
  item: { id: 0x0a, kind: 0x10, payload: 0x1a, eraser: 0x32, expectTerm: 0x40 },
  reply: { outcome: 0x0a, run: 0x12 },
  run: { receipt: 0x0a, prev: 0x12, earlier: 0x18 },
  outcome: { receipt: 0x0a, duplicate: 0x10 },
  push: { log: 0x0a, entry: 0x12, head: 0x1a },
  entry: { leaf: 0x0a, payload: 0x12 }
} as const

const memory = new BriefMemory()

/** The Call in a frame; undefined when that has another or is not of the usual form. */
export function plainCall (frame: Uint8Array): Call | undefined {
  const whole = new PlainFields(frame)
  if (!whole.has(TAG.frame.call) || !whole.pass() || !whole.isOver) return undefined
  const fields = new PlainFields(frame, whole.from)
  const id = fields.has(TAG.call.id) ? fields.uint() : undefined
  const method = fields.has(TAG.call.method) ? fields.uint() : undefined
  const body = fields.has(TAG.call.body) ? fields.view() : undefined
  const deadlineMs = fields.has(TAG.call.deadlineMs) ? fields.uint() : 0
  if (id === undefined || method === undefined || body === undefined || deadlineMs === undefined || !fields.isOver) return undefined
  return { id, method, body, deadlineMs }
}

/** An AppendRequest. @throws BadInputError for one that is malformed or of more items than a call may have */
export function decodeAppendRequest (body: Uint8Array): AppendRequest {
  try {
    return plainRequest(body) ?? AppendRequest.decode(body, { limits: { items: LIMITS.appendItems, items$: { erasers: 2 } } })
  } catch (cause) {
    throw new BadInputError('the call\'s body is malformed, or holds more items than a call may', { cause })
  }
}

/** A request of plain items only. */
function plainRequest (body: Uint8Array): AppendRequest | undefined {
  const fields = new PlainFields(body)
  const log = fields.has(TAG.request.log) ? fields.view() : undefined
  if (log === undefined) return undefined
  const items: AppendItem[] = []
  while (fields.has(TAG.request.item)) {
    if (items.length === LIMITS.appendItems || !fields.pass()) return undefined
    const item = plainItem(body, fields.from, fields.at)
    if (item === undefined) return undefined
    items.push(item)
  }
  if (items.length === 0) return undefined
  const pipeline = fields.has(TAG.request.pipeline) ? fields.uint() : null
  const runs = fields.has(TAG.request.runs) ? fields.uint() : 0
  if (pipeline === undefined || runs === undefined || !fields.isOver) return undefined
  return pipeline === null ? { log, items, runs: runs !== 0 } : { log, items, pipeline, runs: runs !== 0 }
}

/** An item that is no commit and expects no place. */
function plainItem (body: Uint8Array, from: number, end: number): AppendItem | undefined {
  const fields = new PlainFields(body, from, end)
  const id = fields.has(TAG.item.id) ? fields.view() : undefined
  const kind = fields.has(TAG.item.kind) ? fields.uint() : 0
  const payload = fields.has(TAG.item.payload) ? fields.view() : undefined
  if (id === undefined || kind === undefined || payload === undefined) return undefined
  const erasers: Uint8Array[] = []
  while (erasers.length < 2 && fields.has(TAG.item.eraser)) {
    const eraser = fields.view()
    if (eraser === undefined) return undefined
    erasers.push(eraser)
  }
  if (fields.isOver) return { id, kind, payload, erasers }
  const expectTerm = fields.has(TAG.item.expectTerm) ? fields.uint() : undefined
  return expectTerm === undefined || !fields.isOver ? undefined : { id, kind, payload, erasers, expectTerm }
}

/** Entries of a log as they are pushed, and the word of its home that came with them. */
export interface PushedEntries { readonly log: Uint8Array, readonly entries: StoredEntry[], readonly head: Uint8Array }

/** An EntriesPush, in views of its bytes. @throws BadInputError for one that is malformed or of more entries than a push may have */
export function decodeEntriesPush (body: Uint8Array): PushedEntries { return plainPush(body) ?? anyPush(body) }

function anyPush (body: Uint8Array): PushedEntries {
  try {
    // A push of a few bytes must not become a million entries in memory.
    const { log, entries, head } = EntriesPush.decode(body, { limits: { entries: LIMITS.readItems } })
    return { log, entries: entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })), head }
  } catch (cause) {
    throw new BadInputError('pushed entries are malformed, or more than a push may have', { cause })
  }
}

/** One without the chain's hash, which only gossip has. */
function plainPush (body: Uint8Array): PushedEntries | undefined {
  const fields = new PlainFields(body)
  const log = fields.has(TAG.push.log) ? fields.view() : undefined
  if (log === undefined) return undefined
  const entries: StoredEntry[] = []
  while (fields.has(TAG.push.entry)) {
    if (entries.length === LIMITS.readItems || !fields.pass()) return undefined
    const inside = new PlainFields(body, fields.from, fields.at)
    const leaf = inside.has(TAG.entry.leaf) ? inside.view() : undefined
    const payload = inside.has(TAG.entry.payload) ? inside.view() : null
    if (leaf === undefined || payload === undefined || !inside.isOver) return undefined
    entries.push({ leaf, payload })
  }
  const head = fields.has(TAG.push.head) ? fields.view() : undefined
  return head === undefined || !fields.isOver ? undefined : { log, entries, head }
}

/** An AppendReply's bytes: brief ones, which are copied on at once. */
export function encodeAppendReply (outcomes: readonly AppendOutcome[]): Uint8Array {
  let length = 0
  for (const { receipt, duplicate, failure } of outcomes) {
    if (receipt === undefined || failure !== undefined) return AppendReply.encode({ outcomes: [...outcomes] })
    length += bytesField(outcomeBytes(receipt, duplicate))
  }
  const out = memory.take(length)
  const writer = new FieldWriter(out)
  for (const { receipt = out, duplicate } of outcomes) {
    writer.number(TAG.reply.outcome, outcomeBytes(receipt, duplicate))
    writer.bytes(TAG.outcome.receipt, receipt)
    if (duplicate) writer.number(TAG.outcome.duplicate, 1)
  }
  return out
}

/** The bytes of an AppendReply that is a run: brief ones, which are copied on at once. */
export function encodeAppendRun ({ receipt, prev, earlier }: AppendRun): Uint8Array {
  let length = bytesField(receipt.length) + bytesField(prev.length)
  for (const ms of earlier) length += numberField(ms)
  const out = memory.take(bytesField(length))
  const writer = new FieldWriter(out)
  writer.number(TAG.reply.run, length)
  writer.bytes(TAG.run.receipt, receipt)
  writer.bytes(TAG.run.prev, prev)
  for (const ms of earlier) writer.number(TAG.run.earlier, ms)
  return out
}

function outcomeBytes ({ length }: Uint8Array, duplicate: boolean): number { return bytesField(length) + (duplicate ? numberField(1) : 0) }

/** An entry as a push carries it. */
interface PushedEntry { readonly leaf: Uint8Array, readonly payload: Uint8Array, readonly erased: boolean }

/** What a log's attested end takes in a push, nearly always. */
const HEAD_ROOM = 768

/** An EntriesPush whose entries are written before its head is signed: nothing else of them is kept meanwhile. */
export class EntriesPushBytes {
  #bytes: Uint8Array
  readonly #end: number

  /** @param entries those that were erased go without their payload */
  constructor (log: Uint8Array, entries: readonly PushedEntry[]) {
    let length = log.length === 0 ? 0 : bytesField(log.length)
    for (const entry of entries) length += bytesField(entryBytes(entry))
    this.#bytes = new Uint8Array(length + HEAD_ROOM)
    const writer = new FieldWriter(this.#bytes)
    if (log.length > 0) writer.bytes(TAG.push.log, log)
    for (const entry of entries) {
      writer.number(TAG.push.entry, entryBytes(entry))
      if (entry.leaf.length > 0) writer.bytes(TAG.entry.leaf, entry.leaf)
      if (!entry.erased) writer.bytes(TAG.entry.payload, entry.payload)
    }
    this.#end = writer.at
  }

  /** All of it, with the head. Once. */
  with (head: Uint8Array): Uint8Array {
    const end = this.#end + (head.length === 0 ? 0 : bytesField(head.length))
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(end)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    const writer = new FieldWriter(this.#bytes)
    writer.at = this.#end
    if (head.length > 0) writer.bytes(TAG.push.head, head)
    return this.#bytes.subarray(0, end)
  }
}

function entryBytes ({ leaf, payload, erased }: PushedEntry): number {
  return (leaf.length === 0 ? 0 : bytesField(leaf.length)) + (erased ? 0 : bytesField(payload.length))
}
