/** What is done with messages: edits, reactions, pins and polls, and the methods for them. */
import type { CallOptions } from './call-options.js'
import type { ChatMessage, TextEntity } from './chats.js'
import type { TextFormat } from './words.js'

/** What a message said at one time. */
export interface MessageVersion { text: string, entities: TextEntity[], at: Date }

/** A poll to send. */
export interface PollDraft {
  question: string
  /** 2 to 12. */
  options: string[]
  multiple?: boolean
  /** Makes it a quiz: the right option, counted from 0. */
  correct?: number
  /** Shown to who has answered a quiz. */
  explanation?: string
  closesAt?: Date
}

/** Options of the methods that change something about a message: `stored` by default, so the answer shows the change. */
export interface ChangeOptions extends CallOptions {
  /** Return when the change is on this node's disk, or when the relay has it. */
  wait?: 'queued' | 'stored'
}

/** The methods about what is done with messages. Each answers with the message as it stands here then. */
export interface ChangeMethods {
  /** Gives an own message another text (of files: another caption). @throws ForbiddenError for another's; BadInputError for a kind without text, a forward, or nothing new to say; ConflictError after 100 edits; NotFoundError, TooLargeError */
  editMessage (chat: string, id: string, text: string, options?: ChangeOptions & { entities?: TextEntity[], format?: TextFormat }): Promise<ChatMessage>
  /** What a message said, from the first text to the one it has now. */
  messageHistory (chat: string, id: string, options?: CallOptions): Promise<MessageVersion[]>
  /** Sets this account's reactions to a message, at most 8; none takes them back. @throws ForbiddenError where the group does not let members react; BadInputError for what is no emoji; NotFoundError */
  react (chat: string, id: string, emoji: string[], options?: ChangeOptions): Promise<ChatMessage>
  /** Pins a message for all, or takes the pin away. @throws ForbiddenError without the right to; NotFoundError */
  pinMessage (chat: string, id: string, options?: ChangeOptions & { unpin?: boolean, silent?: boolean }): Promise<ChatMessage>
  /** The pinned messages, the newest first; at most 200. */
  listPinned (chat: string, options?: CallOptions): Promise<ChatMessage[]>
  /** Sends a poll. @throws ForbiddenError where the group does not let members; BadInputError */
  sendPoll (chat: string, poll: PollDraft, options?: PollOptions): Promise<ChatMessage>
  /** Votes in a poll, by options counted from 0; none takes the vote back. @throws BadInputError for a message that is no poll or an option that it does not have; ConflictError when the poll is closed, or the quiz answered */
  vote (chat: string, id: string, options: number[], callOptions?: ChangeOptions): Promise<ChatMessage>
  /** Ends an own poll. @throws ForbiddenError for another's; ConflictError when it is closed */
  closePoll (chat: string, id: string, options?: ChangeOptions): Promise<ChatMessage>
}

/** Options of {@link ChangeMethods.sendPoll}; as those of `send`. */
export interface PollOptions extends CallOptions {
  wait?: 'queued' | 'stored' | 'delivered' | 'read'
  replyTo?: string
  silent?: boolean
  idempotencyKey?: string
}
