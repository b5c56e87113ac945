/**
 * News of messages that came among many, as to who was away: each says where its message stands. What it says is read
 * when somebody reads the news, and not written twice.
 */
import type { ChatMessage } from '../../protocol/api/index.js'
import type { EntryId, LogId } from '../../protocol/wire/index.js'

/** A message without files, at a number of a log. */
export interface Said { readonly type: 'said', readonly log: LogId, readonly seq: number, readonly id: EntryId }

/** The messages, in their order, as they are now; undefined for what is nowhere any more. */
export type TellSaid = (said: readonly Said[]) => Promise<ReadonlyArray<ChatMessage | undefined>>
