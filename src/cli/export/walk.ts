/**
 * All messages of a chat, the oldest first, whatever their number: the chat is walked back once for where its pages
 * begin, and then forward, a page at a time.
 */
import { LIMITS, type ChatInfo, type ChatMessage, type Petrel } from '../../protocol/api/index.js'

/** An author's time is within 5 minutes of the relay's, and the relay's never goes back: what is older than twice that is followed by nothing newer. */
const SLACK_MS = 10 * 60_000

/** Which messages are wanted. */
export interface Wanted { readonly since?: Date, readonly until?: Date, readonly signal: AbortSignal }

/** Where a chat's pages begin: each is what lies below a number, the newest first. */
export interface Span {
  readonly chat: ChatInfo
  readonly pages: ReadonlyArray<{ readonly before: number, readonly first: number }>
  /** False when there is more before, and nobody could be asked for it. */
  readonly whole: boolean
}

/** Walks a chat back. What came before this account did is opened on the way. @throws NotFoundError, AmbiguousError for the chat */
export async function spanOf (petrel: Petrel, words: string, { since, signal }: Wanted): Promise<Span> {
  const { chat } = await petrel.showChat(words, { limit: 1, signal })
  const pages: { before: number, first: number }[] = []
  for (let before = chat.seq + 1; before > 1;) {
    const { messages, hasMore } = await petrel.showChat(chat.id, { before, limit: LIMITS.apiPageItems, signal })
    const oldest = messages[0]
    const first = oldest?.seq ?? null
    if (oldest === undefined || first === null || first >= before) return { chat, pages, whole: !hasMore }
    pages.push({ before, first })
    if (!hasMore || (since !== undefined && oldest.at.getTime() < since.getTime() - SLACK_MS)) break
    before = first
  }
  return { chat, pages, whole: true }
}

/** The messages of a span in their order. What waits to be sent, and has no number yet, is none of them. */
export async function * messagesOf (petrel: Petrel, span: Span, wanted: Wanted): AsyncGenerator<ChatMessage> {
  let last = 0
  for (const { before, first } of span.pages.toReversed()) {
    for (const message of await pageOf(petrel, span.chat.id, { before, first, signal: wanted.signal })) {
      // Of a message that went since, an older one has come into its page.
      if (message.seq === null || message.seq <= last) continue
      last = message.seq
      if (isWanted(message, wanted)) yield message
    }
  }
}

/** What lies from one number to below another: more than one page when lines came between since it was walked. */
async function pageOf (petrel: Petrel, chat: string, { before, first, signal }: { before: number, first: number, signal: AbortSignal }): Promise<ChatMessage[]> {
  const all: ChatMessage[] = []
  for (let below = before; below > first;) {
    const { messages } = await petrel.showChat(chat, { before: below, limit: LIMITS.apiPageItems, signal })
    all.unshift(...messages)
    const oldest = messages[0]?.seq ?? null
    if (oldest === null || oldest >= below) break
    below = oldest
  }
  return all
}

function isWanted ({ at }: ChatMessage, { since, until }: Wanted): boolean {
  return (since === undefined || at >= since) && (until === undefined || at < until)
}
