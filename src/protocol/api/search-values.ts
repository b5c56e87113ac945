/** The descriptions of what search takes and gives. */
import { LIMITS } from '../wire/limits.js'
import type { FoundMessage, SearchIndex, SearchKind, SearchPage, SearchQuery, TextRange } from './search.js'
import { bool, closedChoice, date, integer, list, nullable, object, optional, params, text } from './spec.js'
import { chatMessage } from './values.js'

const count = integer(0, 2 ** 32 - 1)
const reference = text(LIMITS.nameBytes, 1)
const kind = closedChoice<SearchKind>({ text: 1, photo: 2, video: 3, voice: 4, audio: 5, file: 6, link: 7, poll: 8 })

/** Describes what `searchMessages` takes. */
export const searchQuery = params<SearchQuery & { limit?: number, before?: string }>({
  query: optional(text(LIMITS.searchQueryBytes)),
  chat: optional(reference),
  from: optional(reference),
  since: optional(date),
  until: optional(date),
  kind: optional(kind),
  limit: optional(integer(1, LIMITS.apiPageItems)),
  before: optional(text(LIMITS.apiKeyBytes, 1))
})

/** Describes {@link SearchPage}. */
export const searchPage = object<SearchPage>('SearchPage', {
  messages: list(object<FoundMessage>('FoundMessage', {
    message: chatMessage, matches: list(object<TextRange>('TextRange', { offset: count, length: count }))
  })),
  hasMore: bool,
  next: nullable(text()),
  pending: integer()
})

/** Describes {@link SearchIndex}. */
export const searchIndex = object<SearchIndex>('SearchIndex', { messages: integer() })
