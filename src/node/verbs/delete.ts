/** Taking messages back for all. */
import type { CallOptions } from '../../protocol/api/index.js'
import { BadInputError, base32Text, ForbiddenError, LIMITS, NotFoundError, sameBytes, type EntryId } from '../../protocol/wire/index.js'
import { mayDelete, type ChatSession } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { findChat, messageId } from './chats.js'
import { cancelWaiting } from './scheduled.js'
import { reached } from './send.js'

/** What is asked for: messages that wait for their time, those that are in the log or on their way to it, such as wait for their files, and messages that failed. */
interface Wanted { readonly scheduled: EntryId[], readonly stored: EntryId[], readonly parked: EntryId[], readonly failed: EntryId[] }

/** Takes messages back for all. */
export async function deleteMessages (core: NodeCore, words: string, ids: readonly string[], options: CallOptions & { wait?: 'queued' | 'stored' }): Promise<void> {
  if (ids.length === 0 || ids.length > LIMITS.deleteTargets) throw new BadInputError(`1 to ${LIMITS.deleteTargets} messages are taken back at once`)
  const session = await findChat(core, words)
  const { scheduled, stored, parked, failed } = await wanted(core, session, [...new Set(ids)])
  for (const id of scheduled) if (!await cancelWaiting(core, id)) stored.push(id)
  for (const id of failed) await session.chat.forget(id)
  for (const id of parked) if (!await session.pump.parked.cancel(id)) stored.push(id)
  if (stored.length === 0) return
  const { id } = await session.send({ kind: 'delete', targets: stored }, () => [])
  await reached(core, { session, id }, options.wait ?? 'stored', options.signal)
}

/** All are looked at before anything is done. */
async function wanted (core: NodeCore, session: ChatSession, ids: readonly string[]): Promise<Wanted> {
  const { chat } = session
  const found: Wanted = { scheduled: [], stored: [], parked: [], failed: [] }
  for (const text of ids) {
    const id = messageId(text)
    const waiting = core.scheduled.get(id)
    if (waiting !== undefined && sameBytes(waiting.log, chat.log)) {
      found.scheduled.push(id)
      continue
    }
    const item = chat.outbox.get(id)
    if (item !== undefined) {
      // One that is still on its way goes out first, and its delete behind it.
      (item.error !== null ? found.failed : item.parked === true ? found.parked : found.stored).push(id)
      continue
    }
    const there = await chat.timeline.find(id)
    if (there === undefined) throw new NotFoundError(`this chat has no message ${text}`)
    if (there.row.kind === 'erased') continue
    if (!mayDelete(there.row, chat.deps.me, chat)) throw new ForbiddenError(`message ${base32Text(id)} is not one that this account may take back for all`)
    found.stored.push(id)
  }
  return found
}
