/** What a chat is on a device, to be compared with another one's. */
import type { ChatMessage } from '../../../../src/protocol/api/index.js'
import type { SmallPerson } from '../../small-world.js'
import type { ChatSession } from '../../../../src/node/chats/index.js'

export function sessionOf (who: SmallPerson, chat: string): ChatSession { return who.core.chats.all().find(s => s.chat.id === chat)! }

export async function page (who: SmallPerson, chat: string, limit = 200): Promise<ChatMessage[]> { return (await who.node.showChat(chat, { limit })).messages }

export async function texts (who: SmallPerson, chat: string): Promise<string[]> { return (await page(who, chat, 1000)).filter(m => m.kind === 'text').map(m => m.text) }

/** Everything that a person sees, but for what each device names and counts itself. */
export async function seen (who: SmallPerson, chat: string): Promise<unknown[]> {
  return (await page(who, chat, 1000)).map(m => [m.seq, m.id, m.kind, m.text, m.edited, m.deleted, m.from, m.own, m.state, m.pinned, m.reactions.map(r => [r.emoji, r.count, r.own]), m.poll?.options.map(o => [o.votes, o.own]) ?? null, m.replyTo?.id ?? null])
}

/** The whole transcript: every number of the log as the device keeps it. */
export async function transcript (who: SmallPerson, chat: string): Promise<string> {
  const { timeline, cursor } = sessionOf(who, chat).chat
  const found: string[] = []
  for await (const { seq, row } of timeline.range(1, cursor.seq)) found.push([seq, row.kind, row.epoch, row.from === null ? '' : Buffer.from(row.from).toString('hex'), row.body === null ? '' : Buffer.from(row.body).toString('hex')].join(' '))
  return found.join('\n')
}
