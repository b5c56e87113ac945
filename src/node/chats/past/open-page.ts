/** Opens a page of what stands below the place where this device began, from the newest to the oldest: rows and place in one durable batch. */
import { cachedPolicy, cachedBody, type Body } from '../../../protocol/message/index.js'
import { base32Text, decodeLeaf, LIMITS, sameBytes, type Digest, type KeyBytes, type VerifiedEntry } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import { aboutIn, aboutNumbers, factsOps } from '../about/fact-records.js'
import { NO_FACTS } from '../about/facts.js'
import { learnHistory } from '../about/refold.js'
import type { Chat } from '../chat.js'
import { withUnread } from '../cursor.js'
import { doubleOp } from '../doubles.js'
import { authorOfErased, erasedRow, namedRow } from '../erasing.js'
import { isLeaving } from '../group/leaving.js'
import { hiddenNotice, removedNotice } from '../group/notice.js'
import { bareRow } from '../log-machine.js'
import type { SignedProfile } from '../names.js'
import type { NumberedEntry } from '../raw-log.js'
import type { Row } from '../row.js'
import { staysWith } from '../row-of.js'
import { isMemberOf } from '../take-name.js'
import type { NumberedRow, TimelineChange } from '../timeline.js'
import { unreadAfter } from '../unread.js'
import type { Below } from './fetch-below.js'
import { PastDeletes, pastDelete, takesBack } from './past-deletes.js'
import { outRow } from './out-row.js'
import { pastOp, type Past } from './past-record.js'
import type { RunsBack } from './runs-back.js'
import { stepBack, type PastEpoch } from './step-back.js'

/** The place on the way back, its epoch, and the devices' runs there. */
export interface Walk { readonly past: Past, readonly epoch: PastEpoch, readonly runs: RunsBack }

interface Page { readonly rows: Map<number, Row>, readonly lines: TimelineChange, readonly ops: KeyValueOp[], readonly deletes: PastDeletes, readonly wordless: Set<number>, /** Of what was here before: their words go. */ readonly below: Set<number>, readonly fetched: Below | undefined, readonly names: SignedProfile[], /** Where what was before is hidden. */ hidden?: NumberedRow }

/** An entry of the way back: whether it is here as it came, and whether its row is. */
interface Found { readonly entry: VerifiedEntry, readonly isNew: boolean, readonly below: Digest | undefined }

/**
 * Opens at most `limit` entries, those that are here and those that were fetched. Runs in the chat's turn.
 *
 * @returns where it has come to; the same place when its entry is neither here nor fetched
 */
export async function openPage (chat: Chat, walk: Walk, limit: number, fetched?: Below): Promise<Walk> {
  const page: Page = { rows: new Map(), lines: chat.timeline.change(), ops: [], deletes: new PastDeletes(chat), wordless: new Set(), below: new Set(), fetched, names: [] }
  let { epoch, past: { next, state, hash } } = walk
  for (let n = 0; n < limit && state === 'open'; n++) {
    const found = await entryAt(chat, next, fetched)
    if (found === undefined) break
    const out = outRow(chat, epoch, found.entry)
    const step = out === undefined ? stepBack(chat.log, epoch, found.entry, chat.record.segments ?? [], walk.runs) : { row: out }
    if (step === 'closed') {
      state = 'closed'
      if (found.isNew) page.hidden = { seq: next, row: hiddenRow(chat, found.entry, epoch) }
      break
    }
    if (found.isNew) await take(chat, page, next, step.row, epoch, found.entry)
    if (step.epoch !== undefined) walk.runs.newEpoch()
    epoch = step.epoch ?? epoch
    hash = found.below
    next--
    if (next === 0) state = 'whole'
  }
  if (next === walk.past.next && state === walk.past.state) return walk
  const past: Past = {
    next, state, epoch: epoch.epoch, history: epoch.history, members: epoch.members.map(({ checked }) => checked.bytes),
    ...hash === undefined || next === 0 ? {} : { hash }, ...epoch.policy === undefined ? {} : { policy: epoch.policy }, ...epoch.began === undefined ? {} : { began: epoch.began },
    ...walk.past.told === true || page.rows.size > 0 ? { told: true } : {}
  }
  await write(chat, page, past, walk)
  for (const name of page.names) chat.names.keep(name)
  return { ...walk, past, epoch }
}

/** A line in the place of the commit behind which nothing can be read. */
function hiddenRow ({ deps: { me } }: Chat, entry: VerifiedEntry, place: PastEpoch): Row { return { ...bareRow('service', entry, place), from: me, body: hiddenNotice() } }

async function entryAt (chat: Chat, seq: number, fetched: Below | undefined): Promise<Found | undefined> {
  const there = fetched?.entries[seq - fetched.first]
  if (fetched !== undefined && there !== undefined) {
    return { entry: there.verified, isNew: true, below: seq === fetched.first ? fetched.before : fetched.entries[seq - fetched.first - 1]?.verified.hash }
  }
  const [raw, known] = [await chat.raw.at(seq), await chat.timeline.at(seq)]
  return raw === undefined || known === undefined ? undefined : { entry: { leaf: decodeLeaf(raw.leaf), hash: known.hash, payload: raw.payload }, isNew: known.kind === 'before', below: undefined }
}

async function write (chat: Chat, page: Page, past: Past, { past: before }: Walk): Promise<void> {
  const opened: NumberedRow[] = [...page.rows].map(([seq, row]) => ({ seq, row })).sort((a, b) => a.seq - b.seq)
  const { hidden } = page
  const raw = await rawOps(chat, page, opened.map(({ seq }) => seq))
  const doubles = await putRows(chat, page, opened)
  if (hidden !== undefined) page.lines.put(hidden.seq, hidden.row)
  const lines = await chat.timeline.write(page.lines)
  const all = [...lines.ops, ...doubles, ...raw, ...page.ops, ...await learnHistory(chat, opened), pastOp(chat, past)]
  // Of a short one it is said at once that it is whole.
  const isNews = past.told === true && (past.state !== 'open' || before.told !== true)
  await lines.written(chat.deps.updates.write(all, isNews ? [{ type: 'chat', chat: chat.id, title: chat.title, change: past.state === 'open' ? 'older' : 'history' }] : []))
  // What is unread was counted by another device, until all of it is here.
  if (past.next <= chat.cursor.read && before.next > chat.cursor.read) await countUnread(chat)
}

/** The entries as they came, without the words of those that were taken back, also where an earlier time here has left them. */
async function rawOps (chat: Chat, { fetched, hidden, wordless, below }: Page, opened: readonly number[]): Promise<KeyValueOp[]> {
  const came = [...hidden === undefined ? [] : [hidden.seq], ...opened].flatMap((seq): NumberedEntry[] => {
    const there = fetched?.entries[seq - fetched.first]
    return there === undefined ? [] : [[seq, wordless.has(seq) ? { ...there.stored, payload: null } : there.stored]]
  })
  const missing = await chat.raw.missing(came)
  const isNew = new Set(missing.map(([seq]) => seq))
  return [...chat.raw.put(missing), ...await chat.raw.without(new Set([...below, ...[...wordless].filter(seq => !isNew.has(seq))]))]
}

async function countUnread (chat: Chat): Promise<void> {
  const cursor = withUnread(chat.cursor, await unreadAfter(chat, chat.cursor.read, chat.cursor.seq))
  await chat.deps.updates.write(chat.cursorOps(cursor), [])
  chat.cursor = cursor
}

/** Writes them: an id stays that of the first entry that can be read. @returns the changes that go with that */
async function putRows (chat: Chat, { lines }: Page, opened: readonly NumberedRow[]): Promise<KeyValueOp[]> {
  const ops: KeyValueOp[] = []
  const ids = new Map<string, NumberedRow | undefined>()
  for (const one of opened) {
    const name = base32Text(one.row.id)
    const known = ids.has(name) ? ids.get(name) : await chat.timeline.find(one.row.id)
    const stays = staysWith(known, one)
    ids.set(name, stays ? known : one)
    lines.put(one.seq, one.row, !stays)
    if (known !== undefined && known.seq !== one.seq) ops.push(...gaveWay(chat, stays ? one : known, !stays))
  }
  return ops
}

/** An entry under whose id another one stands: what was told about it (`wasFirst`) is told about that one from now on. */
function gaveWay (chat: Chat, { seq, row: { kind, id } }: NumberedRow, wasFirst: boolean): KeyValueOp[] {
  return kind !== 'message' ? [] : [doubleOp(chat, seq, id), ...wasFirst ? factsOps(chat, seq, id, NO_FACTS) : []]
}

async function take (chat: Chat, page: Page, seq: number, row: Row, { policy }: PastEpoch, entry: VerifiedEntry): Promise<void> {
  const orders = await page.deletes.of(row.id)
  const isTaken = row.kind === 'message' && row.from !== null && takesBack(orders, seq, row.from)
  if (row.kind === 'erased') { page.rows.set(seq, orders.length > 0 ? namedRow({ ...row, from: authorOfErased(chat, entry) ?? null }) : row); return }
  if (isTaken) { await takeBack(chat, page, seq, row); return }
  page.rows.set(seq, row)
  const body = row.body === null || row.from === null ? undefined : cachedBody(row.body)
  if (body === undefined || row.from === null) return
  if (body.kind === 'profile') takePastName(chat, page, row.from, body.name)
  if (isLeaving(body)) await hideRemoval(chat, page, seq, row.from)
  if (row.kind === 'message') page.ops.push(...chat.deps.files?.used(chat.log, row.id, body) ?? [])
  if (row.kind === 'other' && body.kind === 'delete') await order(chat, page, seq, row.from, body, policy)
}

/** Who leaves has said so: the removal that follows is no line of its own. */
async function hideRemoval (chat: Chat, page: Page, seq: number, account: KeyBytes): Promise<void> {
  for (let at = seq + 1; at <= seq + LIMITS.leaveEntries; at++) {
    const row = page.rows.get(at) ?? await chat.timeline.at(at)
    if (row === undefined) return
    const body = row.kind !== 'service' || row.body === null ? undefined : cachedBody(row.body)
    if (body?.kind !== 'service' || body.event !== 'removed' || body.accounts?.some(one => sameBytes(one, account)) !== true) continue
    const notice = removedNotice(body.accounts.filter(one => !sameBytes(one, account)))
    page.rows.set(at, notice === undefined ? { ...row, kind: 'commit', from: null, body: null } : { ...row, body: notice })
    return
  }
}

/** What somebody called itself before this account came, of whom nothing newer is known: it may not be a member any more. */
function takePastName (chat: Chat, page: Page, account: KeyBytes, name: string): void {
  if (chat.names.get(account) !== undefined || page.names.some(known => sameBytes(known.account, account))) return
  const profile = { account, name, signed: new Uint8Array() }
  page.names.push(profile)
  page.ops.push(...chat.names.ops(profile, isMemberOf(chat.record.members)))
}

/** It was taken back later on: its words are not kept, nor those of its edits. */
async function takeBack (chat: Chat, page: Page, seq: number, row: Row): Promise<void> {
  page.rows.set(seq, erasedRow(row))
  withoutWords(page, seq)
  for (const at of await aboutNumbers(chat, row.id, seq)) {
    const edit = page.rows.get(at) ?? await chat.timeline.at(at)
    if (edit === undefined || aboutIn(edit)?.kind !== 'edit') continue
    const wordless: Row = { ...edit, kind: 'other', body: null }
    if (page.rows.has(at)) page.rows.set(at, wordless)
    else page.lines.put(at, wordless)
    withoutWords(page, at)
  }
}

function withoutWords ({ fetched, wordless, below }: Page, seq: number): void {
  (fetched?.entries[seq - fetched.first] === undefined ? below : wordless).add(seq)
}

/** What a message orders that stands below it: kept until that is opened; what is known already goes at once. */
async function order (chat: Chat, page: Page, seq: number, by: KeyBytes, { targets }: Extract<Body, { kind: 'delete' }>, policy: Uint8Array | undefined): Promise<void> {
  const of = pastDelete(seq, by, policy === undefined ? undefined : cachedPolicy(policy))
  for (const id of targets) {
    const found = await chat.timeline.find(id)
    // Below what is known under this id there may be more.
    page.ops.push(...await page.deletes.add(id, of))
    if (found !== undefined && found.seq < seq && found.row.kind === 'message' && found.row.from !== null && (of.others || sameBytes(by, found.row.from))) await takeBack(chat, page, found.seq, found.row)
  }
}
