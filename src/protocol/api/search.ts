/** Search over one's own history, as the local API tells it. */
import type { CallOptions } from './call-options.js'
import type { ChatMessage } from './chats.js'

/** What a message must be or bring: words alone, a file of a kind, a link in its text, a poll. */
export type SearchKind = 'text' | 'photo' | 'video' | 'voice' | 'audio' | 'file' | 'link' | 'poll'

/** A stretch of a text, in UTF-16 units. */
export interface TextRange { offset: number, length: number }

/** What is looked for. All of it must hold; what is absent does not matter, but something must be said. */
export interface SearchQuery {
  /**
   * Words that the message has, in any order, whatever their case and accents. The last one may be the beginning of a
   * word. Words in quotes stand side by side.
   */
  query?: string
  /** Only this chat. */
  chat?: string
  /** Only who wrote it: a contact, or the account of a member; `me` for the own account. */
  from?: string
  /** Only messages from then on. */
  since?: Date
  /** Only messages before then. */
  until?: Date
  kind?: SearchKind
}

/** A message that was found, and where in its `text` the words are; none where they stand in a file's name or a poll's options. */
export interface FoundMessage { message: ChatMessage, matches: TextRange[] }

/** Messages that were found, the newest first. */
export interface SearchPage {
  messages: FoundMessage[]
  /** Whether older ones may follow: a search through very many messages that are not it stops on its way, and then a page may be short, or empty. */
  hasMore: boolean
  /** The `before` of the page after this one; null when there is none. */
  next: string | null
  /** Entries of chats that the index does not have yet: what stands in them is not found. */
  pending: number
}

/** A search index that was made anew. */
export interface SearchIndex {
  /** Messages in it. */
  messages: number
}

/** The methods about search. */
export interface SearchMethods {
  /**
   * Looks through the messages of one chat, or of all, that stand in their logs. What was deleted is not found, what was
   * edited is found by its newest text. `limit` is 50 by default; `before` is the `next` of the page before.
   *
   * @throws BadInputError when nothing, or too much, is asked for; NotFoundError, AmbiguousError for a chat or an account
   */
  searchMessages (options?: CallOptions & SearchQuery & { limit?: number, before?: string }): Promise<SearchPage>
  /** Makes the index anew from the messages, and returns when it is whole. Nothing depends on it but search. */
  rebuildSearch (options?: CallOptions): Promise<SearchIndex>
}
