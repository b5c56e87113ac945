/** A chat's messages as the API tells them. */
import type { ChatGap, ChatMessage, MessageState } from '../../protocol/api/index.js'
import { decodeBody, isSaid, type Body } from '../../protocol/message/index.js'
import { base32Text, peerIdText, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import { marksFor, type Cursor } from './cursor.js'
import type { Gap } from './gap.js'
import { noticeText } from './group/notice.js'
import { itemsOf, mediaFileView } from './media-view.js'
import type { OutboxItem } from './outbox-item.js'
import type { Preview } from './pipes/preview.js'
import type { Row } from './row.js'
import type { BackItem } from './taken-back.js'

/** What a view needs to know beside the row. */
export interface ViewContext {
  log: LogId
  me: KeyBytes
  nameOf: (account: KeyBytes) => string
  /** Whether it is told how many have received and read an own message: in groups that are not too large. */
  counts?: boolean
}

/** The end of the year 9999, ms: an author can write any number, and later dates have no text. RFC 3339 section 1. */
const LAST_DATE = 253_402_300_799_999

function textOf (body: Body | null, row: { kind: string, note?: string | null }): string {
  if (row.kind === 'held') return `[a message that could not be read: ${row.note ?? 'no reason known'}]`
  if (row.kind === 'erased' || body === null) return ''
  if (body.kind === 'text') return body.text
  if (body.kind === 'media' || body.kind === 'album') return body.text ?? ''
  if (body.kind === 'unknown') return body.fallback === '' ? `[${body.name}: update Petrel to see this]` : body.fallback
  if (body.kind === 'service') return body.text ?? body.event
  return ''
}

type Base = Omit<ChatMessage, 'text' | 'entities' | 'media' | 'replyTo' | 'forwardedFrom' | 'edited' | 'deleted' | 'kind' | 'mentionsMe' | 'deliveredTo' | 'readBy'> & Partial<Pick<ChatMessage, 'deliveredTo' | 'readBy'>>

function shown (base: Base, body: Body | null, row: { kind: string, note?: string | null }): ChatMessage {
  const text = body !== null && isSaid(body) && body.kind !== 'unknown' ? body : undefined
  return {
    deliveredTo: null,
    readBy: null,
    mentionsMe: false,
    ...base,
    kind: body === null ? row.kind : body.kind === 'unknown' ? body.name : body.kind,
    text: textOf(body, row),
    entities: (text?.entities ?? []).map(({ type, offset, length, value }) => ({ type, offset, length, ...(value === undefined ? {} : { value }) })),
    media: itemsOf(body).map(mediaFileView),
    replyTo: text?.reply === undefined ? null : { id: base32Text(text.reply.id), quote: text.reply.quote ?? null },
    forwardedFrom: text?.forward === undefined ? null : { name: text.forward.name, at: new Date(Math.min(text.forward.at, LAST_DATE)) },
    edited: false,
    deleted: row.kind === 'erased'
  }
}

/** A gap: numbers of the log, or of a member's own messages. */
export function gapView ({ author, from, to, at }: Gap, { nameOf }: ViewContext): ChatGap {
  return { of: author === null ? 'log' : 'member', from, to, account: author === null ? '' : peerIdText(author.account), name: author === null ? '' : nameOf(author.account), since: new Date(at) }
}

/** A message that stands in the log. */
export function rowView (seq: number, row: Row, cursor: Cursor, context: ViewContext): ChatMessage {
  const from = row.from ?? context.me
  const own = row.from !== null && peerIdText(row.from) === peerIdText(context.me)
  const body = row.body === null ? null : decodeBody(row.body)
  const view = shown({
    id: base32Text(row.id),
    chat: base32Text(context.log),
    seq,
    preview: false,
    from: row.from === null ? '' : peerIdText(from),
    fromName: row.from === null ? '' : context.nameOf(from),
    own,
    at: new Date(row.at),
    state: own ? stateOf(seq, cursor, context.me) : null,
    error: null,
    ...own && context.counts === true && row.kind === 'message' ? countsOf(seq, cursor, context.me) : {}
  }, body, row)
  return body?.kind === 'service' ? { ...view, text: noticeText(body, context.nameOf) } : view
}

/** A message that another member handed over, and the log has not shown yet. */
export function previewView (preview: Preview, context: ViewContext): ChatMessage {
  return shown({
    id: base32Text(preview.id),
    chat: base32Text(context.log),
    seq: null,
    preview: true,
    from: peerIdText(preview.from),
    fromName: context.nameOf(preview.from),
    own: false,
    at: new Date(preview.at),
    state: null,
    error: null
  }, decodeBody(preview.body), { kind: 'message' })
}

/** A message that stood in the log, was taken back by a takeover, and is on its way into the log again. */
export function backView ({ row }: BackItem, context: ViewContext): ChatMessage {
  const own = row.from !== null && peerIdText(row.from) === peerIdText(context.me)
  return shown({
    id: base32Text(row.id),
    chat: base32Text(context.log),
    seq: null,
    preview: !own,
    from: row.from === null ? '' : peerIdText(row.from),
    fromName: row.from === null ? '' : context.nameOf(row.from),
    own,
    at: new Date(row.at),
    state: own ? 'queued' : null,
    error: null
  }, row.body === null ? null : decodeBody(row.body), row)
}

/** A message on its way. */
export function itemView (item: OutboxItem, context: ViewContext, stored?: number): ChatMessage {
  return shown({
    id: base32Text(item.id),
    chat: base32Text(context.log),
    seq: stored ?? null,
    preview: false,
    from: peerIdText(context.me),
    fromName: context.nameOf(context.me),
    own: true,
    at: new Date(item.createdAt),
    state: item.error !== null ? 'failed' : stored === undefined ? 'queued' : 'stored',
    error: item.error
  }, decodeBody(item.body), { kind: 'message' })
}

/** The state of an own message at a number: what the furthest other member has marked. */
function stateOf (seq: number, cursor: Cursor, me: KeyBytes): MessageState {
  const others = marksFor(seq, cursor, me)
  if (others.some(m => m.read >= seq)) return 'read'
  return others.some(m => m.delivered >= seq) ? 'delivered' : 'stored'
}

/** How many have received an own message, and how many have read it. */
function countsOf (seq: number, cursor: Cursor, me: KeyBytes): Pick<ChatMessage, 'deliveredTo' | 'readBy'> {
  const others = marksFor(seq, cursor, me)
  return { deliveredTo: others.filter(m => m.delivered >= seq).length, readBy: others.filter(m => m.read >= seq).length }
}
