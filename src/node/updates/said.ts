/**
 * News of messages that stand in a chat. On the disk each says where its message stands, and not what it says: that is read
 * when somebody reads the news, so it is written once alone, and when the message is taken back nothing else has its words.
 */
import type { ChatMessage, UpdateEvent } from '../../protocol/api/index.js'
import type { EntryId, LogId } from '../../protocol/wire/index.js'

/** News of a message. */
export type MessageNews = Extract<UpdateEvent, { type: 'message' | 'messageChanged' }>
/** What has changed of one. */
export type MessageChange = Extract<UpdateEvent, { type: 'messageChanged' }>['change']

/** A message, at a number of a log; 0 for one that stands in none yet. */
export interface Said {
  readonly type: 'said'
  readonly log: LogId
  readonly seq: number
  readonly id: EntryId
  /** Of one that is another now. */
  readonly change?: MessageChange
  /** For who fetches them. */
  readonly hasFiles?: boolean
  /** As it is told to who reads along; in memory alone. */
  readonly news?: MessageNews
}

/** News of a message, which is at this place. */
export function newsOf (log: LogId, seq: number, id: EntryId, news: MessageNews): Said {
  return { type: 'said', log, seq, id, ...news.type === 'messageChanged' ? { change: news.change } : {}, ...news.message.media.length > 0 ? { hasFiles: true } : {}, news }
}

/** The messages, in their order, as they are now; undefined for what is nowhere any more. */
export type TellSaid = (said: readonly Said[]) => Promise<ReadonlyArray<ChatMessage | undefined>>
