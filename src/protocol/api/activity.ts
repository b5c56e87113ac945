/** Who has read what, and what people do at the moment: as the local API tells it. Of the latter nothing is kept. */
import type { CallOptions } from './call-options.js'

/** Somebody who has received an own message of a group, or has read it. */
export interface Reader {
  account: string
  name: string
  state: 'delivered' | 'read'
  /** When its word of that came into the log; null when that was too long ago to be looked up. */
  deliveredAt: Date | null
  readAt: Date | null
}

/** What somebody does who is about to send something; `idle` takes it back. */
export type TypingAction = 'typing' | 'recording' | 'uploading' | 'idle'

/** What another person does at the moment. A reader skips kinds it does not know. */
export interface Activity {
  chat: string
  account: string
  name: string
  /** `typing`, `recording` and `uploading` end with `idle`; `online` ends with `offline`, and both are of a direct chat. */
  kind: TypingAction | 'online' | 'offline'
  /** When it ends by itself; null of what has ended. */
  until: Date | null
}

/** The methods about readers and about what is done at the moment. */
export interface ActivityMethods {
  /** Who has received an own message of a group, and who has read it. @throws NotFoundError; BadInputError for what is no own message; UnsupportedError in a group that is too large */
  listReaders (chat: string, message: string, options?: CallOptions): Promise<Reader[]>
  /** Tells the others, `typing` by default; it ends by itself after some seconds, so call it again while it lasts. Told at most every few seconds, and not in large groups. */
  setTyping (chat: string, options?: CallOptions & { action?: TypingAction }): Promise<void>
  /** Says that the person is here, or is not. It ends by itself after a minute and a half: call it again while it lasts. Contacts are told if the setting `presence` lets them. */
  setOnline (online: boolean, options?: CallOptions): Promise<void>
  /** What others do at the moment: first as it stands, then each change. With `chat` only what is done there. */
  activity (options?: CallOptions & { chat?: string }): AsyncIterable<Activity>
}
