/** What becomes of a message when its time has come. */
import { decodeBody } from '../../protocol/message/index.js'
import { base32Text, NotFoundError } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { ChatBook } from '../chats/index.js'
import { requireTrusted, type ContactBook } from '../contacts/index.js'
import type { UpdateLog } from '../updates/index.js'
import type { ScheduledParts } from './scheduled-book.js'
import type { Scheduled } from './scheduled.js'

/** How due messages are handed to their chats, and how it is told that one could not be. */
export function dueParts ({ chats, contacts, updates, kv }: { chats: ChatBook, contacts: ContactBook, updates: UpdateLog, kv: KeyValueStore }): Pick<ScheduledParts, 'send' | 'failed'> {
  return {
    send: async ({ id, log, body }: Scheduled, ops: readonly KeyValueOp[]) => {
      const session = chats.get(log)
      if (session === undefined) throw new NotFoundError('the chat is not here any more')
      const { chat } = session
      // A crash, or a write whose outcome nobody knows, may have left it in both places.
      if (chat.outbox.get(id) !== undefined || chat.back.get(id) !== undefined || await chat.timeline.find(id) !== undefined) {
        await kv.batch([...ops])
        return
      }
      requireTrusted(contacts, chat.peer)
      const said = decodeBody(body)
      chat.requireNoAlarm()
      chat.requireMaySend(said)
      // Told before it can be stored, so that no reader sees it go back.
      await updates.write([], [{ type: 'messageState', chat: chat.id, id: base32Text(id), state: 'queued', error: null }])
      await session.send(said, () => ops, id)
    },
    failed: async ({ id, log, error }: Scheduled, op: KeyValueOp) => {
      await updates.write([op], [{ type: 'messageState', chat: base32Text(log), id: base32Text(id), state: 'failed', error }])
    }
  }
}
