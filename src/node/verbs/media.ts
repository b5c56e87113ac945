/** Files: taken in, listed, read, removed, and watched on their way. */
import type {
  CallOptions, AddedMedia, ItemOptions, MediaDraft, MediaItem, MediaKind, MediaPage, MediaTransfer, MediaUrl, Purged
} from '../../protocol/api/index.js'
import { UnsupportedError } from '../../protocol/wire/index.js'
import type { NodeCore } from '../core.js'

function notYet (): UnsupportedError { return new UnsupportedError('this build sends and fetches no files yet') }

/** Takes a file in. */
export async function addMedia (_core: NodeCore, _draft: MediaDraft, _bytes: AsyncIterable<Uint8Array>, _options: CallOptions): Promise<AddedMedia> { throw notYet() }

/** A page of the files of messages. */
export async function listMedia (_core: NodeCore, _options: CallOptions & { chat?: string, as?: MediaKind, limit?: number, before?: string }): Promise<MediaPage> { throw notYet() }

/** A file of a message, and where its bytes are. */
export async function mediaInfo (_core: NodeCore, _words: string, _message: string, _options: ItemOptions): Promise<MediaItem> { throw notYet() }

/** A file's bytes, checked, the ones asked for first. */
export function readMedia (_core: NodeCore, _words: string, _message: string, _options: ItemOptions & { start?: number, end?: number }): AsyncGenerator<Uint8Array> { throw notYet() }

/** Removes bytes that others keep. */
export async function purgeMedia (_core: NodeCore, _options: ItemOptions & { chat?: string, message?: string, unusedMs?: number }): Promise<Purged> { throw notYet() }

/** An address for a player. */
export async function mediaUrl (_core: NodeCore, _words: string, _message: string, _options: ItemOptions & { expiresInMs?: number }): Promise<MediaUrl> { throw notYet() }

/** Files on their way, each change. */
export function transfers (_core: NodeCore, _options: CallOptions & { media?: string[] }): AsyncGenerator<MediaTransfer> { throw notYet() }
