/** What a person has begun to write. */
import type { CallOptions, ChatInfo } from '../../protocol/api/index.js'
import { BadInputError, LIMITS, TooLargeError } from '../../protocol/wire/index.js'
import type { NodeCore } from '../core.js'
import { chatInfo, findChat, messageId } from './chats.js'

/** Keeps a chat's draft, or takes it away. */
export async function saveDraft (core: NodeCore, words: string, text: string | null, options: CallOptions & { replyTo?: string }): Promise<ChatInfo> {
  if (text?.isWellFormed() === false) throw new BadInputError('the text is not well-formed Unicode')
  if (text !== null && text.length > LIMITS.textUnits) throw new TooLargeError(`a draft has at most ${LIMITS.textUnits} UTF-16 units, this one has ${text.length}`, { details: { units: text.length, limit: LIMITS.textUnits } })
  const session = await findChat(core, words)
  const reply = options.replyTo === undefined ? null : messageId(options.replyTo)
  const { id, title } = session.chat
  const op = core.drafts.op(id, text === null || (text === '' && reply === null) ? null : { text, reply, at: core.now() })
  if (op !== undefined) await core.updates.write([op], [{ type: 'chat', chat: id, title, change: 'draft' }])
  return await chatInfo(core, session)
}
