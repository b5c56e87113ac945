/** How a chat stands, in words: what was caught, what is missing, how old the last news is. */
import type { ChatGap, ChatInfo } from '../../protocol/api/index.js'
import { oneLine } from './safe-text.js'
import { shortTime } from './time.js'

/** What stands beside a chat's title: an alarm mostly stops sending, so it comes first. */
export function standing (chat: ChatInfo): string {
  if (chat.alarm !== null) return ` ! ${chat.alarm}`
  if (chat.moving !== null) return ' (moving to another relay)'
  if (chat.gaps.length > 0) return ' (something is missing)'
  if (isOut(chat)) return ' (out of it)'
  return chat.current ? '' : ' (not current)'
}

/** Whether this account is out of a chat: what its relay says of it by now is not for this account. */
export function isOut ({ members }: ChatInfo): boolean { return members === 0 }

/** The same at length, a line each; empty when all is well. */
export function standingLines (chat: ChatInfo, now: Date): string[] {
  const lines: string[] = []
  if (chat.alarm !== null) lines.push(`! ${oneLine(chat.alarm)}`)
  if (chat.caught !== null) lines.push(wayOn(chat, chat.caught))
  if (chat.moving !== null) lines.push(movingLine(chat.title, chat.moving))
  lines.push(...chat.gaps.map(gap => `missing since ${shortTime(gap.since, now)}: ${gapWords(gap)}`))
  if (isOut(chat)) lines.push('this account is out of it: nothing more comes')
  else if (chat.alarm === null && !chat.current) lines.push(chat.signedAt === null ? 'not current: the relay has not yet said where the chat ends' : `not current: the relay last said at ${shortTime(chat.signedAt, now)} where the chat ends`)
  return lines
}

function movingLine (title: string, { to, error }: NonNullable<ChatInfo['moving']>): string {
  const way = `moving to the relay ${to.slice(-8)}`
  return error === null ? way : `${way}, which waits: ${oneLine(error.message)}; if that relay is gone for good: petrel chats move '${oneLine(title)}' --lost --to ANOTHER`
}

function wayOn ({ title }: ChatInfo, { kind, claim, proof, by }: NonNullable<ChatInfo['caught']>): string {
  if (kind === 'commit') return 'it goes on by itself once the node of the chat\'s owner was there'
  if (by !== null) return `it is the word of one member alone, so sending goes on; to hear no more of it: petrel chats resume '${oneLine(title)}'`
  const worth = proof !== null ? 'it can be proved to anybody (--proof)' : claim ? 'it is only somebody\'s word' : 'it was seen here, and cannot be proved to others'
  return `${worth}; to go on: petrel chats resume '${oneLine(title)}'`
}

/** Which numbers, and from whom. */
export function gapWords ({ of, from, to, name }: ChatGap): string {
  const numbers = from === to ? `${from}` : `${from} to ${to}`
  return of === 'log' ? `number ${numbers} of the chat, which the relay left out` : `${from === to ? 'message' : 'messages'} ${numbers} of a device of ${oneLine(name)}`
}
