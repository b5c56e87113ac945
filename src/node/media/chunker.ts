/** Cuts a stream of bytes into a file's chunks, whatever pieces it comes in. */
import { BadInputError, ConflictError } from '../../protocol/wire/index.js'
import { chunkOf, mediaLayout, type Chunk } from '../../protocol/crypto/index.js'

/** A chunk and its bytes, which are the next one's when that is asked for. */
export interface FullChunk { readonly chunk: Chunk, readonly bytes: Uint8Array }

/**
 * The chunks of a file of `size` bytes, in order. Memory holds one chunk and the piece that came last: the same memory for
 * all chunks, since what each would leave behind is collected late.
 *
 * @param known - whether the file was read before, so that another number of bytes means that it changed
 * @throws ConflictError or, for bytes that were not known, BadInputError when the stream has more or fewer bytes
 */
export async function * chunksFrom (bytes: AsyncIterable<Uint8Array>, size: number, known: boolean): AsyncGenerator<FullChunk> {
  const layout = mediaLayout(size)
  const wrong = (what: string): BadInputError | ConflictError => known ? new ConflictError(`the file changed while it was read: it ${what}`) : new BadInputError(`the file ${what}`)
  let index = 0
  let chunk = chunkOf(layout, 0)
  const memory = new Uint8Array(chunk.length)
  let buffer = memory
  let filled = 0
  let total = 0
  for await (const piece of bytes) {
    total += piece.length
    if (total > size) throw wrong(`has more than the ${size} bytes it was said to have`)
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + chunk.length - filled)
      buffer.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < chunk.length) break
      yield { chunk, bytes: buffer }
      if (chunk.last) continue
      chunk = chunkOf(layout, ++index)
      buffer = memory.subarray(0, chunk.length)
      filled = 0
    }
  }
  if (total < size) throw wrong(`ended after ${total} of ${size} bytes`)
  if (size === 0) yield { chunk, bytes: buffer }
}
