/** Words as they are typed, as they wait for their time, and as they are begun. */
import type { CallOptions } from './call-options.js'
import type { ChatInfo, ChatMessage } from './chats.js'

/**
 * How the formatting of a text is written in it. `markdown`: CommonMark's emphasis, code and links, with `~~`, `||` and
 * `>`. `html`: a few tags. API.md has both.
 */
export type TextFormat = 'markdown' | 'html'

/** The methods about what is written and not sent yet. */
export interface WordMethods {
  /**
   * Keeps what a person has begun to write in a chat, in place of what was kept; null or nothing at all takes it away.
   * @throws NotFoundError, TooLargeError over 4,096 UTF-16 units
   */
  saveDraft (chat: string, text: string | null, options?: CallOptions & { replyTo?: string }): Promise<ChatInfo>
  /** Messages that wait for their time, of one chat or of all, the next one first. */
  listScheduled (options?: CallOptions & { chat?: string }): Promise<ChatMessage[]>
  /** Takes back a message that waits for its time: nobody hears of it. @throws NotFoundError when it does not wait, or not any more */
  cancelScheduled (id: string, options?: CallOptions): Promise<void>
  /** Sends a message that waits for its time now. Returns when it is queued. @throws NotFoundError, and as `send` */
  sendScheduled (id: string, options?: CallOptions): Promise<ChatMessage>
}
