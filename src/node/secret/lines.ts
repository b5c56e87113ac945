/** What a message of the other device does to a secret chat: its lines, its state, and what is told of it. */
import type { UpdateEvent } from '../../protocol/api/index.js'
import { encodeBody, mediaFallback, type Body, type SecretMessage, type SecretSaid, type UnknownSecret } from '../../protocol/message/index.js'
import { LIMITS, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { itemsOf } from '../chats/index.js'
import { givenUp, gotOne, missing } from './numbers.js'
import { openedBody } from './opened-body.js'
import type { SecretRecord, SecretRow } from './record.js'
import type { SecretFact, SecretStore } from './store.js'

/** A batch in the making: fresh rows, other changes, what is told, the record after it, and whether something was erased. */
export interface Lines { rows: SecretRow[], ops: KeyValueOp[], events: UpdateEvent[], record: SecretRecord, erased?: boolean }

/** The chat whose lines they are. */
export interface Written { readonly id: string, readonly deps: { readonly store: SecretStore, readonly now: () => number, readonly steady: () => number } }

type Taken = Exclude<SecretMessage, { kind: 'got' }> | UnknownSecret
type SecretChange = Extract<UpdateEvent, { type: 'secret' }>['change']

/** Tells of a change of the chat. */
export function told (chat: Written, lines: Lines, change: SecretChange): void { lines.events.push({ type: 'secret', secret: chat.id, change }) }

/** A line that says what happened. */
export function note (chat: Written, text: string, { n, own, at }: { n: number, own: boolean, at: number }): SecretRow {
  return { kind: 'note', own, n, id: null, at, here: chat.deps.now(), body: null, ttl: 0, readAt: null, goesAt: null, note: text, edited: false, reactions: { own: [], theirs: [] } }
}

/** A fresh line with a message. */
export function saidRow (chat: Written, { n, own, id, at, body, ttl }: Pick<SecretRow, 'n' | 'own' | 'id' | 'at' | 'body' | 'ttl'>): SecretRow {
  return { kind: 'said', own, n, id, at, here: chat.deps.now(), body, ttl, readAt: null, goesAt: null, note: null, edited: false, reactions: { own: [], theirs: [] } }
}

/** See the file's head. */
export async function applySaid (chat: Written, lines: Lines, message: Taken): Promise<void> {
  const { n, at } = message
  const happened = (text: string): void => { lines.rows.push(note(chat, text, { n, own: false, at })) }
  switch (message.kind) {
    case 'said': await said(chat, lines, message); return
    case 'accept':
      if (lines.record.stage === 'asking') lines.record = { ...lines.record, stage: 'open' }
      happened('accepted')
      told(chat, lines, 'accepted')
      break
    case 'read': await readThere(chat, lines, message.through); break
    case 'timer':
      lines.record = { ...lines.record, timer: message.seconds }
      happened(message.seconds === 0 ? 'timerOff' : `timer:${message.seconds}`)
      told(chat, lines, 'timer')
      break
    case 'screenshot':
      happened('screenshot')
      told(chat, lines, 'screenshot')
      break
    case 'gone': gone(chat, lines, message.numbers); break
    case 'close':
      lines.ops.push(...await chat.deps.store.dropAll(lines.record.chat))
      lines.record = { ...lines.record, stage: 'closed', asked: null, unread: 0, closedAt: chat.deps.now(), ending: 'there' }
      lines.erased = true
      told(chat, lines, 'closed')
      return
    case 'unknown': happened('newer')
  }
  await keepFacts(chat, lines, [], null)
}

async function said (chat: Written, lines: Lines, message: SecretSaid): Promise<void> {
  const { store } = chat.deps
  const body = openedBody(message.body)
  if (body === undefined) { lines.rows.push(note(chat, 'newer', { n: message.n, own: false, at: message.at })); return }
  if (isAbout(body)) { await fact(chat, lines, body, { own: false, n: message.n, body: message.body }); return }
  // One device does not use an id twice: a second message under it would take the first one's place.
  if (await store.find(lines.record.chat, message.id) !== undefined) return
  let row: SecretRow | undefined = saidRow(chat, { ...message, own: false })
  const early = await store.takeFacts(lines.record.chat, message.id, lines.record.got.through)
  for (const waiting of early.facts) row = row === undefined ? undefined : after(row, waiting)
  lines.ops.push(...early.ops)
  lines.erased ||= early.isErased
  if (row === undefined) return
  lines.rows.push(row)
  lines.record = { ...lines.record, unread: lines.record.unread + 1 }
  told(chat, lines, 'message')
}

/** Something about a message: of the other device's own, or (reactions) of either's. Where that has not come yet, and may, it waits. */
export async function fact (chat: Written, lines: Lines, body: AboutBody, what: SecretFact): Promise<void> {
  const { store } = chat.deps
  const early: EntryId[] = []
  for (const id of targetsOf(body)) {
    const number = await store.find(lines.record.chat, id)
    const row = number === undefined ? undefined : await store.row(lines.record.chat, number)
    if (number === undefined || row === undefined) { early.push(id); continue }
    const next = after(row, what)
    if (next === undefined) {
      lines.ops.push(...store.dropRow(lines.record.chat, number, row))
      lines.erased = true
    } else if (next !== row) lines.ops.push(await store.putRow(lines.record.chat, number, next))
  }
  if (!what.own) await keepFacts(chat, lines, early, what)
  told(chat, lines, 'changed')
}

/** What is about messages that may still come waits; what is about none that can goes. */
async function keepFacts (chat: Written, lines: Lines, early: readonly EntryId[], what: SecretFact | null): Promise<void> {
  const { ops, isErased } = await chat.deps.store.putFacts(lines.record.chat, early, what, lines.record.got.through)
  lines.ops.push(...ops)
  lines.erased ||= isErased
}

type AboutBody = Extract<Body, { kind: 'edit' | 'delete' | 'reaction' }>

/** Whether a body is about another message. */
export function isAbout (body: Body): body is AboutBody { return body.kind === 'edit' || body.kind === 'delete' || body.kind === 'reaction' }

function targetsOf (body: AboutBody): EntryId[] { return body.kind === 'delete' ? body.targets : [body.target] }

/** A message after something was said about it; undefined when that takes it back. */
function after (row: SecretRow, { own, body: bytes }: SecretFact): SecretRow | undefined {
  const body = openedBody(bytes)
  const is = row.body === null ? undefined : openedBody(row.body)
  if (body === undefined || is === undefined || row.kind !== 'said') return row
  // Either may react; only its author edits a message or takes it back. Of a secret chat that is enough: who wants it gone closes it.
  if (body.kind === 'reaction') return { ...row, reactions: own ? { ...row.reactions, own: body.emoji } : { ...row.reactions, theirs: body.emoji } }
  if (row.own !== own) return row
  if (body.kind === 'delete') return undefined
  if (body.kind !== 'edit' || (is.kind !== 'text' && is.kind !== 'media' && is.kind !== 'album')) return row
  const { entities: _before, ...rest } = is
  const fallback = is.kind === 'text' ? {} : { fallback: mediaFallback(itemsOf(is), body.text) }
  const edited = encodeBody({ ...rest, ...fallback, text: body.text, ...body.entities === undefined ? {} : { entities: body.entities } })
  // Each part was within the limit; a line over it could not be read again, and all lines and timers would stop at it.
  return edited.length > LIMITS.secretBodyBytes ? row : { ...row, edited: true, body: edited }
}

/** The other device's person has read up to a number: timers of those begin. */
async function readThere (chat: Written, lines: Lines, through: number): Promise<void> {
  const { steady } = chat.deps
  const upTo = Math.min(through, lines.record.next - 1)
  if (upTo <= lines.record.peerRead) return
  const { peerRead, begins } = lines.record
  lines.record = { ...lines.record, peerRead: upTo, begins: { after: begins?.after ?? peerRead, at: steady() } }
  await beginTimes(chat, lines)
  told(chat, lines, 'read')
}

/** Begins the time of own lines that were read there, from the newest on: of as many as go into a batch. The record says whether these were all. */
async function beginTimes (chat: Written, lines: Lines): Promise<void> {
  const { chat: group, peerRead, begins } = lines.record
  if (begins == null) return
  const { store } = chat.deps
  let bytes = 0
  for (let before = Infinity, isOld = false; !isOld;) {
    const page = await store.rows(group, before, ROWS_PAGE)
    for (const { row, value } of page) {
      // 0: it is not sealed yet.
      if (!value.own || value.kind !== 'said' || value.n === 0 || value.n > peerRead) continue
      // To the end of the page: one that waited for its files has a higher number than lines above it.
      isOld ||= value.n <= begins.after
      if (value.readAt !== null) continue
      if (bytes > LIMITS.secretReadBytes) return
      bytes += value.body?.length ?? 0
      lines.ops.push(...await store.readRow(group, row, value, begins.at))
    }
    before = page.at(-1)?.row ?? 0
    isOld ||= page.length === 0
  }
  lines.record = { ...lines.record, begins: null }
}

/** The rest of that, batch by batch, for who runs when nothing else changes the chat. */
export async function beginAll (chat: Written & { readonly record: SecretRecord, readonly change: (record: Partial<SecretRecord>, more: { ops: KeyValueOp[] }) => Promise<void> }): Promise<void> {
  while (chat.record.begins != null && chat.record.stage === 'open') {
    const lines: Lines = { rows: [], ops: [], events: [], record: chat.record }
    await beginTimes(chat, lines)
    await chat.change(lines.record, lines)
  }
}

/** Rows that are looked at together. */
const ROWS_PAGE = 256

/** Messages that nobody will ever read: the person is told, and the chat goes on without them. */
function lost (chat: Written, lines: Lines, numbers: readonly number[]): void {
  for (const n of numbers) lines.rows.push({ ...note(chat, 'lost', { n, own: false, at: chat.deps.now() }), kind: 'lost' })
  if (numbers.length > 0) told(chat, lines, 'lost')
}

function gone (chat: Written, lines: Lines, numbers: readonly number[]): void {
  const holes = new Set(missing(lines.record.got))
  const really = numbers.filter(n => holes.has(n))
  let { got } = lines.record
  for (const n of really) got = gotOne(got, n) ?? got
  lines.record = { ...lines.record, got }
  lost(chat, lines, really)
}

/** What is missing since more epochs than late messages open in: it is given up. */
export async function giveUp (chat: Written, lines: Lines): Promise<void> {
  const holes = missing(lines.record.got)
  lines.record = { ...lines.record, got: givenUp(lines.record.got), gapEpoch: null }
  lost(chat, lines, holes.slice(0, LIMITS.secretGotLater))
  await keepFacts(chat, lines, [], null)
}
