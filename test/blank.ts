/** What messages and chats in tests have beside what a test is about: spread it first. */
import type { ChatInfo, ChatMessage } from '../src/protocol/api/index.js'

/** What a message mostly has nothing of. */
export const BLANK_MESSAGE: Pick<ChatMessage, 'silent' | 'scheduledAt' | 'mentionsMe' | 'deliveredTo' | 'readBy' | 'editedAt' | 'reactions' | 'pinned' | 'poll'> = { silent: false, scheduledAt: null, mentionsMe: false, deliveredTo: null, readBy: null, editedAt: null, reactions: [], pinned: false, poll: null }
/** What a chat mostly has nothing of. */
export const BLANK_CHAT: Pick<ChatInfo, 'draft' | 'unreadMentions'> = { draft: null, unreadMentions: 0 }
