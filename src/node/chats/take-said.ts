/** Takes what somebody has said, as it comes to the end of a log: what the person is told of it. */
import type { Body } from '../../protocol/message/index.js'
import type { VerifiedEntry } from '../../protocol/wire/index.js'
import { newsOf } from '../updates/index.js'
import { withAnswered } from './answered.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import { wasPreviewed } from './pipes/shown.js'
import type { Row } from './row.js'
import { isPlain, tellsPlaces } from './take-plain.js'
import { rowView } from './view.js'

/** A line is told, unless it was before, and another's counted among those that name this account, unless it was read before. An own one is news when another device of this account wrote it. */
export async function takeSaid (chat: Chat, draft: Draft, { leaf }: Pick<VerifiedEntry, 'leaf'>, row: Row, { own, body }: { own: boolean, body: Body }): Promise<void> {
  if (own && chat.outbox.get(leaf.id) !== undefined) return
  if (!own && tellsPlaces(chat, draft) && isPlain(body)) {
    draft.events.push({ type: 'said', log: chat.log, seq: leaf.seq, id: leaf.id })
    return
  }
  const back = chat.back.get(leaf.id)
  const message = await withAnswered(chat, rowView(leaf.seq, row, draft.cursor, chat.view), draft)
  if (!own && message.mentionsMe && back?.read !== true) draft.cursor = { ...draft.cursor, mentions: mentionsIn(draft) + 1 }
  if (back !== undefined) return
  draft.events.push(!own && wasPreviewed(chat, row) ? { type: 'messageState', chat: chat.id, id: message.id, state: 'stored', error: null } : newsOf(chat.log, leaf.seq, leaf.id, { type: 'message', message }))
}

const mentionsIn = ({ cursor: { mentions = 0 } }: Draft): number => mentions
