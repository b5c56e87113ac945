/** Chats and messages as the local API tells them. */
import type { ChatAlarm, ChatGap } from './caught.js'
import type { MediaFile } from './media.js'
import type { PollView, Reaction } from './reactions.js'

/** The states of an own message; only ever forward, but for `failed`, and `queued` again when a chat was taken over from a home that is gone and that alone had it. One that waits for its time is `scheduled` before. */
export type MessageState = 'queued' | 'stored' | 'delivered' | 'read' | 'failed' | 'scheduled'

/** Formatting of a stretch of text, in UTF-16 units. */
export interface TextEntity { type: string, offset: number, length: number, value?: string }

/** A message as a timeline shows it. */
export interface ChatMessage {
  /** 16 bytes as base32 text: the message's id for ever. */
  id: string
  chat: string
  /** The number in the chat's log; null while it is queued, and of a preview. */
  seq: number | null
  /**
   * True of another's message that was handed over while the chat's relay was away, and is not yet in the log. A
   * `messageState` says when it is (`stored`), or that it never will be (`failed`); if the log has another text under its
   * id, a `message` says that.
   */
  preview: boolean
  /** The sender's account. */
  from: string
  fromName: string
  own: boolean
  /** When the author says it was written, clamped to the relay's time by ±5 minutes. */
  at: Date
  kind: string
  /** The text, or the fallback text of a kind this build does not know. */
  text: string
  entities: TextEntity[]
  /** The files it brings, several in an album; `text` is their caption then. */
  media: MediaFile[]
  /** What it answers, and the stretch of it that the author quoted. `fromName` and the beginning of its `text` as it is shown here; null when it is not. */
  replyTo: { id: string, quote: string | null, fromName: string | null, text: string | null } | null
  /** Who wrote a forwarded message first, and when, as its forwarder says: nobody proves it. */
  forwardedFrom: { name: string, at: Date } | null
  edited: boolean
  /** When its author wrote the text it has now; null for one that was not edited. */
  editedAt: Date | null
  /** What people think of it, most chosen first; at most 32 emoji. */
  reactions: Reaction[]
  pinned: boolean
  /** Of kind `poll`: how it stands. */
  poll: PollView | null
  deleted: boolean
  /** Its author asks for no notification. */
  silent: boolean
  /** When an own message that waits for its time (`scheduled`) is to be sent. */
  scheduledAt: Date | null
  /** Of an own message; null for others'. */
  state: MessageState | null
  error: { code: string, message: string } | null
  /** Whether it names this account, or answers a message of it. */
  mentionsMe: boolean
  /** Of an own message in a group that is not too large for it: how many others have received it, and how many have read it. Null elsewhere. */
  deliveredTo: number | null
  readBy: number | null
}

/** What a person has begun to write in a chat. It stays on the own devices. */
export interface ChatDraft {
  text: string
  /** The message that it answers. */
  replyTo: string | null
  /** When it was kept. */
  at: Date
}

/** A chat in the list. */
export interface ChatInfo {
  id: string
  title: string
  kind: 'direct' | 'group'
  /** How many are in it, this account included. */
  members: number
  /** The other account of a direct chat; empty for a group. */
  peer: string
  /** The relay that is its home. */
  home: string
  unread: number
  /** How many of the unread ones name this account or answer it. */
  unreadMentions: number
  /** The last number of the log that this node has verified. */
  seq: number
  last: ChatMessage | null
  /** False when the newest head is stale or could not be fetched. */
  current: boolean
  /** When the relay last signed where the log ends, by its clock. */
  signedAt: Date | null
  /** Set when the log was caught lying or the contact's keys changed: sending stops until the person decides, unless `caught` has a `by`. */
  alarm: string | null
  /** Facts of an alarm that is about the log. */
  caught: ChatAlarm | null
  /** What is missing. */
  gaps: ChatGap[]
  /** A move to another relay (its PeerId) that this account has ordered and that is not done; why the last try failed. */
  moving: { to: string, error: { code: string, message: string } | null } | null
  /** What this person has begun to write here. */
  draft: ChatDraft | null
  createdAt: Date
}

/** A chat with a page of its messages, oldest first. */
export interface ChatPage { chat: ChatInfo, messages: ChatMessage[], hasMore: boolean }
