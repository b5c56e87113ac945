/** The plaintext of a file, or of a stretch of it, as its blocks come. */
import { createHash } from 'node:crypto'
import { chunkOf, chunksOf, mediaLayout, openChunk } from '../../../protocol/crypto/index.js'
import type { MediaFile } from '../../../protocol/message/index.js'
import { ProofError, sameBytes } from '../../../protocol/wire/index.js'
import { bytesPassed } from '../../../relay/net/index.js'
import type { Download } from './download.js'

/** What of a file opens it. */
export type OpenedFile = Pick<MediaFile, 'key' | 'size' | 'sha256'>

/**
 * Bytes `start` to before `end`, in order, each chunk opened (and so checked) before it is handed out. Who reads all of
 * the file gets its last piece only when the whole is what its author said.
 *
 * @throws BadInputError for a range that is not within the file; DecryptError when a chunk does not open, ProofError when
 * the whole is another: the author's fault; and as {@link Download.leaf}
 */
export async function * readPlain (download: Download, file: OpenedFile, { start, end }: { readonly start: number, readonly end: number }, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const layout = mediaLayout(file.size)
  const { first, last } = chunksOf(layout, start, end)
  const hash = start === 0 && end === file.size ? createHash('sha256') : undefined
  const place = download.open(first, last)
  try {
    for (let index = first; index <= last; index++) {
      const plain = openChunk(file.key, layout, index, await download.leaf(place, index, signal))
      bytesPassed(plain.length)
      hash?.update(plain)
      if (hash !== undefined && index === last && !sameBytes(new Uint8Array(hash.digest()), file.sha256)) throw new ProofError('the file is not the one that its author named: whoever sent it is broken or lies')
      const from = chunkOf(layout, index).start
      const piece = plain.subarray(Math.max(0, start - from), Math.max(0, end - from))
      if (piece.length > 0) yield piece
    }
  } finally {
    download.close(place)
  }
}
