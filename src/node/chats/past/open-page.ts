/** Opens a page of what was written before this account came, from the newest to the oldest: rows and place in one durable batch. */
import { cachedPolicy, decodeBody, type Body } from '../../../protocol/message/index.js'
import { decodeLeaf, sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import { aboutIn, aboutNumbers } from '../about/fact-records.js'
import { learnHistory } from '../about/refold.js'
import type { Chat } from '../chat.js'
import { erasedRow, namedRow } from '../erasing.js'
import type { Row } from '../row.js'
import type { NumberedRow } from '../timeline.js'
import { PastDeletes, pastDelete, takesBack } from './past-deletes.js'
import { pastOp, type Past, type PastState } from './past-record.js'
import { stepBack, type PastEpoch } from './step-back.js'

/** The place on the way back, and its epoch. */
export interface Walk { readonly past: Past, readonly epoch: PastEpoch }

interface Page { readonly rows: Map<number, Row>, readonly ops: KeyValueOp[], readonly deletes: PastDeletes }

/**
 * Opens at most `limit` entries. Runs in the chat's turn.
 *
 * @returns where it has come to
 */
export async function openPage (chat: Chat, walk: Walk, limit: number): Promise<Walk> {
  const page: Page = { rows: new Map(), ops: [], deletes: new PastDeletes(chat) }
  let { epoch, past: { next, state } } = walk
  for (let n = 0; n < limit && state === 'open'; n++) {
    const [raw, known] = [await chat.raw.at(next), await chat.timeline.at(next)]
    if (raw === undefined || known === undefined) { state = 'closed'; break }
    const step = stepBack(chat.log, epoch, { leaf: decodeLeaf(raw.leaf), hash: known.hash, payload: raw.payload }, chat.record.segments ?? [])
    if (step === 'closed') { state = 'closed'; break }
    if (known.kind === 'before') await take(chat, page, next, step.row, epoch)
    epoch = step.epoch ?? epoch
    next--
    if (next === 0) state = 'whole'
  }
  const past: Past = { next, state, epoch: epoch.epoch, history: epoch.history, members: epoch.members.map(({ checked }) => checked.bytes), policy: epoch.policy, ...epoch.began === undefined ? {} : { began: epoch.began } }
  await write(chat, page, past, walk.past.state)
  return { past, epoch }
}

async function write (chat: Chat, { rows, ops }: Page, past: Past, before: PastState): Promise<void> {
  const opened: NumberedRow[] = [...rows].map(([seq, row]) => ({ seq, row })).sort((a, b) => a.seq - b.seq)
  const all = [...opened.flatMap(({ seq, row }) => chat.timeline.put(seq, row)), ...ops, ...await learnHistory(chat, opened), pastOp(chat, past)]
  const isNews = opened.length > 0 && (past.state !== before)
  await chat.deps.updates.write(all, isNews ? [{ type: 'chat', chat: chat.id, title: chat.title, change: 'history' }] : [])
}

async function take (chat: Chat, page: Page, seq: number, row: Row, { policy }: PastEpoch): Promise<void> {
  const orders = await page.deletes.of(row.id)
  page.ops.push(...await page.deletes.drop(row.id))
  if (row.kind === 'erased') { page.rows.set(seq, orders.length > 0 ? namedRow(row) : row); return }
  if (row.kind === 'message' && row.from !== null && takesBack(orders, seq, row.from)) { await takeBack(chat, page, seq, row); return }
  page.rows.set(seq, row)
  const body = row.body === null || row.from === null ? undefined : decodeBody(row.body)
  if (body === undefined || row.from === null) return
  if (row.kind === 'message') page.ops.push(...chat.deps.files?.used(chat.log, row.id, body) ?? [])
  if (row.kind === 'other' && body.kind === 'delete') await order(chat, page, seq, row.from, body, policy)
}

/** It was taken back later on: its words are not kept, nor those of its edits. */
async function takeBack (chat: Chat, page: Page, seq: number, row: Row): Promise<void> {
  page.rows.set(seq, erasedRow(row))
  page.ops.push(...await withoutWords(chat, seq))
  for (const at of await aboutNumbers(chat, row.id, seq)) {
    const edit = page.rows.get(at) ?? await chat.timeline.at(at)
    if (edit === undefined || aboutIn(edit)?.kind !== 'edit') continue
    const wordless: Row = { ...edit, kind: 'other', body: null }
    if (page.rows.has(at)) page.rows.set(at, wordless)
    else page.ops.push(...chat.timeline.put(at, wordless))
    page.ops.push(...await withoutWords(chat, at))
  }
}

async function withoutWords (chat: Chat, seq: number): Promise<KeyValueOp[]> {
  const raw = await chat.raw.at(seq)
  return raw === undefined ? [] : [chat.raw.put(seq, { ...raw, payload: null })]
}

/** What a message orders that stands below it: kept until that is opened; what is known already goes at once. */
async function order (chat: Chat, page: Page, seq: number, by: KeyBytes, { targets }: Extract<Body, { kind: 'delete' }>, policy: Uint8Array): Promise<void> {
  const of = pastDelete(seq, by, cachedPolicy(policy))
  for (const id of targets) {
    const found = await chat.timeline.find(id)
    if (found === undefined) page.ops.push(...await page.deletes.add(id, of))
    else if (found.seq < seq && found.row.kind === 'message' && found.row.from !== null && (of.others || sameBytes(by, found.row.from))) await takeBack(chat, page, found.seq, found.row)
  }
}
