/**
 * What a device of the account needs to take part in a chat, as the vault keeps it: where its log lives, its keys, and a
 * checkpoint: the chat as a device had it at a place of its log. From there on the log says the rest. RECORDS.md.
 */
import { base32Text, shape, type LogId } from '../../../protocol/wire/index.js'
import { decodeSharedChat, encodeSharedChat, type ChatRecord } from '../chat-record.js'
import { sharedCursorFromValue, sharedCursorToValue, type Cursor } from '../cursor.js'

/** A chat at a place of its log. */
export interface ChatKey { readonly record: ChatRecord, readonly cursor: Cursor }

const keyShape = shape.struct({ v: shape.literal(1), record: decodeSharedChat, cursor: sharedCursorFromValue })

/** Where names of chats' records begin. */
export const CHAT_KEYS = 'chat-key/'

/** The vault name of a chat's. */
export function chatKeyName (log: LogId): string { return `${CHAT_KEYS}${base32Text(log)}` }

/** Its vault data: without what concerns one device alone. */
export function encodeChatKey ({ record, cursor }: ChatKey): unknown {
  return { v: 1, record: encodeSharedChat(record), cursor: sharedCursorToValue(cursor) }
}

/** A chat from its vault data. @throws BadInputError */
export function decodeChatKey (data: unknown): ChatKey {
  const { record, cursor } = keyShape(data, 'chat key')
  return { record, cursor }
}

/** The newer of two: that of the later term, and in one term the one whose place is further. */
export function newerChatKey (_name: string, mine: unknown, theirs: unknown): unknown {
  if (mine === undefined || theirs === undefined) return mine ?? theirs
  return isFurther(decodeChatKey(mine), decodeChatKey(theirs)) ? mine : theirs
}

/** Whether a chat stands further than another one. */
export function isFurther (a: ChatKey, b: Pick<ChatKey, 'cursor'>): boolean {
  return a.cursor.term === b.cursor.term ? a.cursor.seq > b.cursor.seq : a.cursor.term > b.cursor.term
}
