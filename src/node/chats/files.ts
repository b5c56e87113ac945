/** What chats ask of whoever keeps the files of messages and brings them to the relays. */
import type { Body, MediaFile } from '../../protocol/message/index.js'
import type { EntryId, LogId, PetrelError } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { itemsOf } from './media-view.js'

/** What became of the files of a message: all are where others find them, and its body says where; or one never will be. */
export type Brought = { readonly body: Uint8Array } | { readonly error: PetrelError }

/** See the file's head. */
export interface ChatFiles {
  /** Has a message's files brought to a home relay. `settled` is called once, never before this returns; the returned way ends the wait. */
  bring: (body: Uint8Array, settled: (outcome: Brought) => void) => () => void
  /** Takes bytes in as a file of this node's own: sealed and whole in its store. @throws ReadOnlyError */
  keep: (bytes: Uint8Array) => Promise<MediaFile>
  /** The changes that note that letters use a file that was kept. */
  posted: (log: LogId, file: MediaFile) => KeyValueOp[]
  /** The changes that note that a message uses the files of its body. Again for the same message they change nothing. */
  used: (log: LogId, id: EntryId, body: Body) => KeyValueOp[]
  /** The changes that end that; call {@link letGo} once they are durable. */
  unused: (log: LogId, id: EntryId, body: Body) => KeyValueOp[]
  /** What no message uses any more is let go of. */
  letGo: () => void
}

/** The files that a message brings, in their order. */
export function filesOf (body: Body): MediaFile[] { return itemsOf(body).map(item => item.file) }
