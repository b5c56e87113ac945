/** Files in chats as the local API tells them, and the methods that add, read and keep them. */
import type { CallOptions } from './call-options.js'

/** How a file is shown. */
export type MediaKind = 'photo' | 'video' | 'voice' | 'audio' | 'file'

/** What a caller tells of a file that it adds. */
export interface MediaDraft {
  /** The file's own name, without a path. */
  name?: string
  /** A media type such as `image/jpeg`; found out from the bytes when absent. */
  type?: string
  /** How to show it; found out from the bytes when absent. What cannot be shown so is a file, with a note. */
  as?: MediaKind
  /** Bytes to come. */
  size: number
  /** SHA-256 of the bytes, 64 hexadecimal digits: a file that this node has already, in whole or in part, is then not stored again. */
  sha256?: string
  /** Leaves in photos and films what they tell about their taking (place, time, camera). It is taken out otherwise, whatever `as` says. */
  keepMetadata?: boolean
  /** It is for a secret chat: sealed under a key of its own, which this node forgets with the message. `sendSecret` takes it, `send` does not. */
  secret?: boolean
}

/** A small picture of a file. `bytes` is base64; null in updates and lists. A stranger made it: decode it as carefully as the file itself. */
export interface MediaThumb { type: string, width: number, height: number, bytes: string | null }

/** Bytes of a file on their way between this node and others. */
export interface MediaTransfer {
  /** The file's id. */
  media: string
  direction: 'upload' | 'download'
  /** `waiting`: for a relay or another holder that can be reached, by itself. */
  state: 'running' | 'waiting' | 'done' | 'failed'
  /** Bytes that are there, of `total`. */
  bytes: number
  total: number
  /** Bytes per second lately; 0 when it does not run. */
  rate: number
  error: { code: string, message: string } | null
}

/** Where a file's bytes are, as this node knows. */
export interface MediaState {
  /** Bytes of it on this node's disk. */
  here: number
  /** The relay of this account keeps it for the account. */
  held: boolean
  transfer: MediaTransfer | null
}

/** A file of a message. Its name and facts are what the author says of it. */
export interface MediaFile {
  /** Names what is stored: the address (CID) of the sealed bytes. */
  id: string
  as: MediaKind
  /** As the author named it: never a path, and to be made harmless before it is shown or used as one. */
  name: string | null
  type: string | null
  size: number
  /** Of the plain bytes, 64 hexadecimal digits. */
  sha256: string
  width: number | null
  height: number | null
  /** Milliseconds. */
  duration: number | null
  thumb: MediaThumb | null
  /** Loudness over time, a byte per stretch, base64. */
  waveform: string | null
  /** Null in updates and lists, which tell only what was said. */
  state: MediaState | null
}

/** A file and the message that it is in. `item` is its place in an album, from 0. */
export interface MediaItem { chat: string, message: string, item: number, from: string, fromName: string, own: boolean, at: Date, file: MediaFile }

/**
 * What `addMedia` took in. `notes` are words for what a person may want to know: `no-preview-library`, `not-readable`,
 * `metadata-kept` and others.
 */
export interface AddedMedia { file: MediaFile, notes: string[] }

/** Files of messages, the newest first. `next` is the `before` of the page after this one; null when there is none. */
export interface MediaPage { items: MediaItem[], next: string | null }

/** What was removed from this node's disk. */
export interface Purged { files: number, bytes: number }

/** An address from which a player on this machine reads one file for a while. */
export interface MediaUrl { url: string, expiresAt: Date }

/** Which file of a message: the only or first one unless `item` says otherwise. */
export interface ItemOptions extends CallOptions { item?: number }

/** The methods about files. */
export interface MediaMethods {
  /**
   * Takes a file in: sealed and durable on this node's disk when it returns. `send` then names it by its `id`. The bytes
   * are read at the node's pace, and not at all where it has them already.
   *
   * @throws BadInputError when the bytes are not what the draft says, ConflictError when they changed while they were
   * read, TooLargeError over 4 GiB, ReadOnlyError when the disk is full
   */
  addMedia (draft: MediaDraft, bytes: AsyncIterable<Uint8Array>, options?: CallOptions): Promise<AddedMedia>
  /** Files of one chat, or of all. */
  listMedia (options?: CallOptions & { chat?: string, as?: MediaKind, limit?: number, before?: string }): Promise<MediaPage>
  /** A file of a message, and where its bytes are. @throws NotFoundError */
  mediaInfo (chat: string, message: string, options?: ItemOptions): Promise<MediaItem>
  /**
   * A file's bytes from `start` to before `end` (all by default), each chunk checked before it is handed out. What is not
   * here is fetched, the bytes asked for first.
   *
   * @throws NotFoundError, BadInputError for a range outside the file, UnavailableError when nobody who has it can be reached, ProofError
   */
  readMedia (chat: string, message: string, options?: ItemOptions & { start?: number, end?: number }): AsyncIterable<Uint8Array>
  /** Removes bytes from this node's disk that others keep: of one message, of a chat, or of all; `unusedMs`: only what was not read for that long. */
  purgeMedia (options?: ItemOptions & { chat?: string, message?: string, unusedMs?: number }): Promise<Purged>
  /** An HTTP address on this machine that serves this one file, by ranges too. It ends after `expiresInMs` (four hours by default) and with the node. */
  mediaUrl (chat: string, message: string, options?: ItemOptions & { expiresInMs?: number }): Promise<MediaUrl>
  /** Files on their way: each as it stands, then each change, until ended; only those of `media` when given. Not kept: who listens later hears how it stands then. */
  transfers (options?: CallOptions & { media?: string[] }): AsyncIterable<MediaTransfer>
}
