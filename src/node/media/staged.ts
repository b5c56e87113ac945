/** Reads the plaintext of a file whose blocks have just come into the own store. */
import { chunkOf, chunksOf, mediaLayout, openChunk } from '../../protocol/crypto/index.js'
import { LIMITS, NotFoundError } from '../../protocol/wire/index.js'
import type { Staged } from './ingest.js'
import type { Ending, Keeper } from './keeper.js'

/** A file that can be read anywhere. */
export interface Source {
  readonly size: number
  /** The bytes from `start` to before `end`, at most a chunk's worth. */
  readonly read: (start: number, end: number, options?: Ending) => Promise<Uint8Array>
}

/** A staged file's plaintext. Memory holds two chunks. */
export function sourceOf (keeper: Keeper, { size, key, leaves }: Pick<Staged, 'size' | 'key' | 'leaves'>): Source {
  const layout = mediaLayout(size)
  return {
    size,
    read: async (start, end, options) => {
      const out = new Uint8Array(end - start)
      const { first, last } = chunksOf(layout, start, end)
      for (let index = first; index <= last; index++) {
        const leaf = leaves[index]
        if (leaf === undefined) throw new NotFoundError('the file has no such chunk')
        const plain = openChunk(key, layout, index, await keeper.get(leaf, options))
        const at = chunkOf(layout, index).start
        const from = Math.max(start, at)
        out.set(plain.subarray(from - at, Math.max(from, Math.min(end, at + plain.length)) - at), from - start)
      }
      return out
    }
  }
}

/** All bytes of a source, in order. */
export async function * bytesOf (source: Source, options?: Ending): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += LIMITS.chunkBytes) yield await source.read(at, Math.min(source.size, at + LIMITS.chunkBytes), options)
}
