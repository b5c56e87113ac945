/** A chat's messages as the API tells them. */
import type { ChatGap, ChatMessage, MessageState, TextEntity } from '../../protocol/api/index.js'
import { cachedBody, isSaid, type Body, type Entity } from '../../protocol/message/index.js'
import { base32Text, peerIdText, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import { aboutView, LAST_DATE, NO_OVERLAY, type Overlay } from './about/shown.js'
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
  /** ms */
  now: number
  /** Whether it is told how many have received and read an own message: in groups that are not too large. */
  counts?: boolean
}

function textOf (body: Body | null, row: { kind: string, note?: string | null }): string {
  if (row.kind === 'held') return `[a message that could not be read: ${row.note ?? 'no reason known'}]`
  if (row.kind === 'erased' || body === null) return ''
  if (body.kind === 'text') return body.text
  if (body.kind === 'media' || body.kind === 'album') return body.text ?? ''
  if (body.kind === 'poll') return body.question
  if (body.kind === 'unknown') return body.fallback === '' ? `[${body.name}: update Petrel to see this]` : body.fallback
  if (body.kind === 'service') return body.text ?? body.event
  return ''
}

type Said = 'text' | 'entities' | 'media' | 'replyTo' | 'forwardedFrom' | 'deleted' | 'kind' | 'edited' | 'editedAt' | 'reactions' | 'pinned' | 'poll' | 'silent' | 'scheduledAt' | 'mentionsMe' | 'deliveredTo' | 'readBy'
type Base = Omit<ChatMessage, Said> & Partial<Pick<ChatMessage, 'deliveredTo' | 'readBy'>>

function shown (base: Base, body: Body | null, row: { kind: string, note?: string | null }, context: ViewContext, overlay: Overlay = NO_OVERLAY): ChatMessage {
  const said = body !== null && isSaid(body) && body.kind !== 'unknown' ? body : undefined
  const { text, entities = [] } = overlay.edit?.body ?? { text: textOf(body, row), entities: said === undefined || said.kind === 'poll' ? [] : said.entities }
  return {
    deliveredTo: null,
    readBy: null,
    mentionsMe: false,
    ...base,
    kind: body === null ? row.kind : body.kind === 'unknown' ? body.name : body.kind,
    text,
    entities: entitiesView(entities),
    media: itemsOf(body).map(mediaFileView),
    replyTo: said?.reply === undefined ? null : { id: base32Text(said.reply.id), quote: said.reply.quote ?? null, fromName: null, text: null },
    forwardedFrom: said?.forward === undefined ? null : { name: said.forward.name, at: new Date(Math.min(said.forward.at, LAST_DATE)) },
    ...aboutView(body, overlay, context),
    deleted: row.kind === 'erased',
    silent: body?.kind !== 'unknown' && body?.silent === true,
    scheduledAt: null
  }
}

/** A text's formatting. */
export function entitiesView (entities: readonly Entity[] = []): TextEntity[] {
  return entities.map(({ type, offset, length, value }) => ({ type, offset, length, ...(value === undefined ? {} : { value }) }))
}

/** A gap: numbers of the log, or of a member's own messages. */
export function gapView ({ author, from, to, at }: Gap, { nameOf }: ViewContext): ChatGap {
  return { of: author === null ? 'log' : 'member', from, to, account: author === null ? '' : peerIdText(author.account), name: author === null ? '' : nameOf(author.account), since: new Date(at) }
}

/** A message that stands in the log, with what was told about it. */
export function rowView (seq: number, row: Row, cursor: Cursor, context: ViewContext, overlay?: Overlay): ChatMessage {
  const from = row.from ?? context.me
  const own = row.from !== null && peerIdText(row.from) === peerIdText(context.me)
  const body = row.body === null ? null : cachedBody(row.body)
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
  }, body, row, context, overlay)
  if (body?.kind === 'service') return { ...view, text: noticeText(body, context.nameOf) }
  return body?.kind === 'pin' ? { ...view, text: 'pinned a message', replyTo: { id: base32Text(body.target), quote: null, fromName: null, text: null } } : view
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
  }, cachedBody(preview.body), { kind: 'message' }, context)
}

/** A message that stood in the log, was taken back by a takeover, and is on its way into the log again. */
export function backView ({ row }: BackItem, context: ViewContext, overlay?: Overlay): ChatMessage {
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
  }, row.body === null ? null : cachedBody(row.body), row, context, overlay)
}

/** A message on its way. */
export function itemView (item: OutboxItem, context: ViewContext, stored?: number, overlay?: Overlay): ChatMessage {
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
    error: item.error,
    ...context.counts === true ? { deliveredTo: 0, readBy: 0 } : {}
  }, cachedBody(item.body), { kind: 'message' }, context, overlay)
}

/** An own message that waits for its time. */
export function scheduledView ({ id, log, body, at, createdAt, error }: { id: Uint8Array, log: LogId, body: Uint8Array, at: number, createdAt: number, error: ChatMessage['error'] }, context: ViewContext): ChatMessage {
  const view = shown({
    id: base32Text(id), chat: base32Text(log), seq: null, preview: false, from: peerIdText(context.me), fromName: context.nameOf(context.me), own: true, at: new Date(createdAt), state: error === null ? 'scheduled' : 'failed', error
  }, cachedBody(body), { kind: 'message' }, context)
  return { ...view, scheduledAt: new Date(at) }
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
