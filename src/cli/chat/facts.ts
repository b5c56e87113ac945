/** Answers of the chat's commands in words. Pure. */
import type { ChatMessage, GroupInfo, Reader, SafetyNumber } from '../../protocol/api/index.js'
import { mediaLines } from '../terminal/media.js'
import { preview } from '../terminal/message.js'
import { exactTime, shortTime } from '../terminal/time.js'
import { standing } from '../terminal/standing.js'
import { reactionWords } from './render.js'
import { secretStanding, secretTitle } from './secret-words.js'
import { shownSecrets } from './slash-places.js'
import type { MessageBlock, State } from './state.js'

const STATES: Readonly<Record<string, string>> = {
  queued: 'waits on this node', stored: 'is at the relay', delivered: 'was delivered', read: 'was read', failed: 'was not sent'
}

/** The chats, numbered as `/switch` takes them. */
export function chatLines (state: State): string[] {
  const { chats, secrets, now } = state
  const shown = shownSecrets(state)
  if (chats.length + shown.length === 0) return ['no chats yet: petrel contacts add LINK']
  return [...chats.map((chat, i) => [
    `${i + 1} ${chat.title}${standing(chat)}`, chat.unread === 0 ? '' : `${chat.unread} new`, chat.last === null ? '' : `${shortTime(chat.last.at, now)} ${preview(chat.last)}`
  ]), ...shown.map((secret, i) => [
    `${chats.length + i + 1} ${secretTitle(secret, secrets)}`, secret.unread === 0 ? '' : `${secret.unread} new`, secretStanding(secret)
  ])].map(parts => parts.filter(part => part !== '').join('  '))
}

/** Everything about a message. */
export function messageFacts ({ n, message }: MessageBlock): string[] {
  return [
    `${n}: by ${message.own ? 'you' : message.fromName}, ${exactTime(message.at)}`,
    `id ${message.id}${message.seq === null ? '' : `, number ${message.seq} in the log`}`,
    ...message.state === null ? [] : [`${STATES[message.state] ?? message.state}${message.error === null ? '' : `: ${message.error.message}`}`],
    ...message.forwardedFrom === null ? [] : [`forwarded from ${message.forwardedFrom.name}, ${exactTime(message.forwardedFrom.at)}`],
    ...message.editedAt === null ? [] : [`edited ${exactTime(message.editedAt)}`],
    ...message.reactions.length === 0 ? [] : [reactionWords(message)],
    ...mediaLines(message)
  ]
}

/** Who is in a group. */
export function groupLines ({ chat, about, members, role }: GroupInfo): string[] {
  return [
    `${chat.title}: ${role === null ? 'you are not in it any more' : `${chat.members} members`}`,
    ...about === '' ? [] : [about],
    ...members.map(({ name, role: of, title }) => `${name}${of === 'member' ? '' : `, ${of}`}${title === null ? '' : ` (${title})`}`)
  ]
}

/** What two people compare. */
export function numberLines ({ name, digits, verified }: SafetyNumber): string[] {
  const groups = digits.split(' ')
  return [
    `Compare with ${name}, by another way than this chat:`,
    ...Array.from({ length: Math.ceil(groups.length / 4) }, (_, i) => groups.slice(4 * i, 4 * i + 4).join(' ')),
    verified ? 'You have said that it is the same.' : 'If it is the same: petrel verify NAME --confirm'
  ]
}

/** Who has received a message, and who has read it. */
export function readerLines (n: number, readers: readonly Reader[], when: (at: Date) => string): string[] {
  if (readers.length === 0) return [`nobody has received ${n} yet`]
  return readers.map(({ name, state, readAt, deliveredAt }) => {
    const at = state === 'read' ? readAt : deliveredAt
    return `${name}: ${state}${at === null ? '' : ` ${when(at)}`}`
  })
}

/** What waits for its time. */
export function scheduledLines (messages: readonly ChatMessage[], when: (at: Date) => string): string[] {
  if (messages.length === 0) return ['nothing waits for its time']
  return messages.map((message, i) => `${i + 1} ${message.scheduledAt === null ? '' : `${when(message.scheduledAt)} `}${preview({ ...message, own: false })}${message.error === null ? '' : ` (! ${message.error.message})`}`)
}
