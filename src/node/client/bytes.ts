/** A file's bytes to and from a daemon. */
import { UnsupportedError, type MediaDraft, type AddedMedia, type ReadMediaParams } from '../../protocol/api/index.js'
import type { Target } from './dial.js'

/** What ends a transfer of bytes early. */
export interface Until { readonly signal: AbortSignal | undefined, readonly closed: AbortSignal }

/** Sends a file. */
export async function putMedia (_target: Target, _draft: MediaDraft, _bytes: AsyncIterable<Uint8Array>, _until: Until): Promise<AddedMedia> { throw new UnsupportedError('not yet') }
/** Reads a file. */
export function getMedia (_target: Target, _params: ReadMediaParams, _until: Until): AsyncGenerator<Uint8Array> { throw new UnsupportedError('not yet') }
