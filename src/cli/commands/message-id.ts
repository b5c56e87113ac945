/** A message named by what a terminal shows of its id. */
import { AmbiguousError, LIMITS, NotFoundError, type ChatMessage, type Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'

/** Characters of a whole id: 16 bytes in base32 after the letter that names it. */
const ID_CHARACTERS = 27

/**
 * The whole id of a message of a chat. A start of one is looked for among the chat's newest messages, which is
 * where somebody read it, and among those that wait for their time.
 *
 * @throws NotFoundError; AmbiguousError with the candidates
 */
export async function messageIdOf (petrel: Petrel, chat: string, words: string, { signal }: Pick<Context, 'signal'>): Promise<string> {
  if (words.length >= ID_CHARACTERS) return (await petrel.getMessage(chat, words, { signal })).id
  const { messages } = await petrel.showChat(chat, { limit: LIMITS.apiPageItems, signal })
  const sent = startingWith(messages, words)
  const found = sent.length > 0 ? sent : startingWith(await petrel.listScheduled({ chat, signal }), words)
  const [id] = found
  if (id === undefined || words === '') throw new NotFoundError(`none of the newest ${LIMITS.apiPageItems} messages of this chat has an id that starts with "${words.slice(0, 40)}": see petrel chats show`)
  if (found.length > 1) throw new AmbiguousError(`"${words}" fits ${found.length} messages: give more of the id`, { details: { candidates: found } })
  return id
}

function startingWith (messages: readonly ChatMessage[], words: string): string[] { return [...new Set(messages.map(message => message.id))].filter(id => id.startsWith(words)) }
