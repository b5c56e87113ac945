/** Takes a message of the person to send. */
import { systemRandom } from '../../protocol/crypto/index.js'
import { encodeBody, isSaid, type Body } from '../../protocol/message/index.js'
import { RateLimitError, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Chat } from './chat.js'
import { dueProfile } from './due-profile.js'
import { sealItem } from './outbox.js'
import type { OutboxItem } from './outbox-item.js'
import type { Pump } from './pump.js'

/**
 * Takes a message with other changes in the same batch; durable when this resolves. One with files waits for them, and
 * takes its place behind what was sent meanwhile. One that waited for its time has its `id` already.
 *
 * @throws ProofError while the chat stands accused, ForbiddenError and RateLimitError as {@link Chat.requireMaySend}, and as {@link Pump.add}
 */
export async function takeMessage (chat: Chat, pump: Pump, body: Body, extra: (id: EntryId) => readonly KeyValueOp[], id = systemRandom(16)): Promise<OutboxItem> {
  chat.requireNoAlarm()
  chat.requireMaySend(body)
  const uses = chat.deps.files?.used(chat.log, id, body) ?? []
  // Whoever reads the line knows by whom it is. It goes first, and nothing waits for it.
  const profile = isSaid(body) || body.kind === 'service' || body.kind === 'pin' ? dueProfile(chat) : undefined
  if (profile !== undefined) void pump.add(systemRandom(16), profile, chat.deps.now(), true).catch(() => undefined)
  return await pump.add(id, encodeBody(body), chat.deps.now(), false, [...extra(id), ...uses], uses.length > 0)
}

/** Looks whether a message could be sent as things are; slow mode may pass until its time. @throws as {@link takeMessage}, TooLargeError */
export function requireMayWait (chat: Chat, id: EntryId, body: Body): void {
  chat.requireNoAlarm()
  try {
    chat.requireMaySend(body)
  } catch (error) {
    if (!(error instanceof RateLimitError)) throw error
  }
  sealItem({ id, body: encodeBody(body), createdAt: chat.deps.now() }, chat.loggedRun, chat.sealing)
}
