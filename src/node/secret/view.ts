/** Secret chats and their lines as the API shows them. */
import type { SecretInfo, SecretLine } from '../../protocol/api/index.js'
import { decodeBody, type AlbumItem } from '../../protocol/message/index.js'
import { base32Text, peerIdText } from '../../protocol/wire/index.js'
import { itemsOf, mediaFileView } from '../chats/index.js'
import { hasGot } from './numbers.js'
import { openedBody } from './opened-body.js'
import type { SecretRecord, SecretRow } from './record.js'
import type { SecretChat } from './secret-chat.js'

/** A chat; `isVerified`: whether its code was compared. */
export function secretView (chat: SecretChat, { name, isVerified }: { name: string, isVerified: boolean }): SecretInfo {
  const { peer, device, stage, timer, unread, createdAt, next, theirs, quiet = [], asking = [], ending } = chat.record
  return {
    id: chat.id, account: peerIdText(peer), name, device: peerIdText(device), devices: asking.length > 0 ? asking.map(one => peerIdText(one.device)) : [peerIdText(device)], ending: stage === 'closed' ? ending ?? 'here' : null, state: stage, timer, unread, createdAt: new Date(createdAt), path: chat.path ?? null, alarm: stage === 'closed' ? null : chat.doubt, verified: isVerified,
    waiting: stage === 'closed' ? 0 : next - 1 - theirs.through - theirs.later.length - quiet.length
  }
}

/** A line; `isPosted`: whether some home has kept it for the other device. Words of a kind that this build does not know are its author's own. */
export function lineView (record: SecretRecord, number: number, row: SecretRow, isPosted: boolean): SecretLine {
  const body = row.body === null ? undefined : decodeBody(row.body)
  const said = body === undefined ? null : body.kind === 'unknown' ? body.fallback : 'text' in body ? body.text ?? '' : ''
  return {
    number, kind: row.kind === 'said' ? 'message' : row.kind, id: row.id === null ? null : base32Text(row.id), own: row.own, at: new Date(row.at), text: said,
    entities: body === undefined || body.kind === 'unknown' || !('entities' in body) ? [] : (body.entities ?? []).map(({ type, offset, length, value }) => ({ type, offset, length, ...value === undefined ? {} : { value } })),
    replyTo: body !== undefined && 'reply' in body && body.reply !== undefined ? base32Text(body.reply.id) : null,
    state: row.own && row.kind === 'said' ? stateOf(record, row, isPosted) : null,
    edited: row.edited, reactions: row.reactions, ttl: row.ttl, goesAt: row.goesAt === null ? null : new Date(row.goesAt), note: row.kind === 'said' ? null : row.note,
    media: body === undefined ? [] : itemsOf(body).map(mediaFileView)
  }
}

/** The files of a line, in order. */
export function filesOfLine ({ body }: Pick<SecretRow, 'body'>): readonly AlbumItem[] { return body === null ? [] : itemsOf(openedBody(body) ?? null) }

/** How far an own message has come. What is not sealed yet has no number. */
function stateOf (record: SecretRecord, { n, note }: SecretRow, isPosted: boolean): SecretLine['state'] {
  if (n === 0) return note === null ? 'waiting' : 'failed'
  return n <= record.peerRead ? 'read' : hasGot(record.theirs, n) ? 'delivered' : isPosted ? 'sent' : 'waiting'
}
