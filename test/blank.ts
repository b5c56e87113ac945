/** What messages and chats in tests have beside what a test is about: spread it first. */
import type { ChatInfo, ChatMessage } from '../src/protocol/api/index.js'

/** What a message mostly has nothing of. */
export const BLANK_MESSAGE: Pick<ChatMessage, 'mentionsMe' | 'deliveredTo' | 'readBy' | 'editedAt' | 'reactions' | 'pinned' | 'poll'> = { mentionsMe: false, deliveredTo: null, readBy: null, editedAt: null, reactions: [], pinned: false, poll: null }
/** What a chat mostly has nothing of. */
export const BLANK_CHAT: Pick<ChatInfo, 'unreadMentions'> = { unreadMentions: 0 }
