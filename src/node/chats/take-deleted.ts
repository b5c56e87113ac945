/** Takes an order to take messages back, as the log shows it. */
import { cachedBody } from '../../protocol/message/index.js'
import { base32Text, peerIdText, sameBytes, type EntryId, type KeyBytes } from '../../protocol/wire/index.js'
import { forgetAbout } from './about/take-about.js'
import { arrivedAt } from './arrival.js'
import type { Chat } from './chat.js'
import { withUnread } from './cursor.js'
import { doublesOf } from './doubles.js'
import type { Draft } from './draft.js'
import { erasedRow, erasingOp, mayDelete, namedHere } from './erasing.js'
import { draftPolicy } from './group/group-policy.js'
import { pastDelete } from './past/past-deletes.js'
import { readPast } from './past/past-record.js'
import { rowOf } from './row-of.js'
import type { NumberedRow } from './timeline.js'
import { isMention } from './unread.js'

/** Messages are taken back for all: what stands under an id below the order. */
export async function takeDeleted (chat: Chat, draft: Draft, at: number, id: EntryId, by: KeyBytes): Promise<void> {
  const found = await rowOf(chat, draft, id)
  // Not opened yet: whoever opens what stands below its beginning meets the order first.
  if ((await readPast(chat))?.state === 'open') draft.ops.push(...await draft.pastDeletes.add(id, pastDelete(at, by, draftPolicy(draft))))
  const further = await doublesOf(chat, draft, id, at)
  if (found !== undefined && found.seq < at) await takeBackOne(chat, draft, found, by, true)
  for (const one of further) if (one.seq !== found?.seq) await takeBackOne(chat, draft, one, by, false)
}

/** The words of a message go here, and, when this account says so, at the home, if whoever says so may take it back. What was told about an id is about the first one under it. */
async function takeBackOne (chat: Chat, draft: Draft, found: NumberedRow, by: KeyBytes, isFirst: boolean): Promise<void> {
  const { seq, row } = found
  const { id } = row
  const may = mayDelete(row, by, { policy: draftPolicy(draft) })
  // Also what is erased here: a home that took the log over from somebody who had not heard of it may have the words again.
  if (sameBytes(by, chat.deps.me) && (may || row.kind === 'erased')) {
    draft.ops.push(erasingOp(chat, seq, id))
    draft.erasing = true
  }
  if (!may) {
    const named = await namedHere(chat, seq, row, draft.wordless)
    if (named !== row) draft.rows.set(seq, named)
    if (named !== row) draft.lines.put(seq, named, isFirst)
    return
  }
  if (isFirst) await forgetAbout(chat, draft, found, sameBytes(by, chat.deps.me))
  draft.erased.add(seq)
  if (row.body !== null) draft.ops.push(...chat.deps.files?.unused(chat.log, id, cachedBody(row.body)) ?? [])
  draft.rows.set(seq, erasedRow(row))
  draft.lines.put(seq, erasedRow(row), isFirst)
  const wasUnread = seq > Math.max(draft.cursor.read, arrivedAt(draft.record)) && row.kind === 'message' && row.from !== null && !sameBytes(row.from, chat.deps.me)
  if (wasUnread) draft.cursor = withUnread(draft.cursor, { unread: Math.max(0, draft.cursor.unread - 1), mentions: (draft.cursor.mentions ?? 0) - (await isMention(chat, seq, row, draft) ? 1 : 0) })
  draft.events.push({ type: 'messageDeleted', chat: chat.id, id: base32Text(id), seq, by: peerIdText(by) })
}
