/** Takes a message of the person to send. */
import { systemRandom } from '../../protocol/crypto/index.js'
import { encodeBody, type Body } from '../../protocol/message/index.js'
import type { EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Chat } from './chat.js'
import type { OutboxItem } from './outbox-item.js'
import type { Pump } from './pump.js'

/**
 * Takes a message with other changes in the same batch; durable when this resolves. One with files waits for them, and
 * takes its place behind what was sent meanwhile.
 *
 * @throws ProofError while the chat stands accused, ForbiddenError and RateLimitError as {@link Chat.requireMaySend}, and as {@link Pump.add}
 */
export async function takeMessage (chat: Chat, pump: Pump, body: Body, extra: (id: EntryId) => readonly KeyValueOp[]): Promise<OutboxItem> {
  chat.requireNoAlarm()
  chat.requireMaySend(body)
  const id = systemRandom(16)
  const uses = chat.deps.files?.used(chat.log, id, body) ?? []
  return await pump.add(id, encodeBody(body), chat.deps.now(), false, [...extra(id), ...uses], uses.length > 0)
}
