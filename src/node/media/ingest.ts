/**
 * Takes a file into the node's own store: cut into chunks, sealed, named by their hashes, under a tree. Memory holds two
 * groups of chunks whatever the file's size. Nothing of it leaves the node here: what was sealed under a key that follows
 * from a hash must not, before the whole file was seen to have that hash.
 */
import { createHash } from 'node:crypto'
import { mediaLayout, nodeChunkCipher, sealChunk } from '../../protocol/crypto/index.js'
import { AbortedError, CheckedBlock, CODEC, ConflictError, InternalError, LIMITS, sameBytes, TreeBuilder, type Block, type Cid, type Digest } from '../../protocol/wire/index.js'
import { blockMemory, bytesPassed, releaseBlock } from '../../relay/net/index.js'
import { chunksFrom } from './chunker.js'
import type { Keeper } from './keeper.js'

/** A file as it comes. */
export interface IngestInput {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly size: number
  /** What the whole of it must have; null when nobody has read it before. */
  readonly sha256: Digest | null
  /** The file's key: of this hash, or random when there is none. */
  readonly key: Uint8Array
  /** What its blocks are kept under until it is whole. The same one again goes on where an earlier try ended. */
  readonly upload: Uint8Array
  /** Whether a later try comes under the same id; so it is when its key follows from the hash. */
  readonly again?: boolean
}

/** How to take it. */
export interface IngestOptions {
  readonly signal?: AbortSignal
  /** Told of bytes of the plaintext that are durable. */
  readonly onStored?: (bytes: number) => void
}

/** A file whose blocks are all in the store, under its upload, which is still to be ended. */
export interface Staged {
  readonly root: Cid
  readonly size: number
  readonly sha256: Digest
  readonly key: Uint8Array
  readonly upload: Uint8Array
  /** The blocks of its chunks, in order. */
  readonly leaves: readonly Cid[]
}

/**
 * Takes a file in; all of it is durable when this resolves, and stays when the upload is ended.
 *
 * @throws ConflictError when the bytes are not those of the hash: nothing of it stays
 * @throws BadInputError when there are more or fewer than said, ReadOnlyError when the disk refuses, AbortedError: what came stays for a
 * while, for another try under the same id
 */
export async function ingest (keeper: Keeper, input: IngestInput, options: IngestOptions = {}): Promise<Staged> {
  const { upload, size, key } = input
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  await keeper.begin(upload, mediaLayout(size).sealedBytes, signal)
  try {
    const sealed = new Sealed(input, options)
    // One group is on its way to the disk while the next one is sealed.
    let putting: Promise<void> = Promise.resolve()
    for await (const { blocks, bytes } of sealed.groups()) {
      await putting
      putting = keeper.put(upload, blocks, signal).then(() => {
        // Only now: after a failure something may still be writing.
        for (const block of blocks) releaseBlock(block.bytes)
        options.onStored?.(bytes)
      })
      // Whoever waits for it is told; until then it is nobody's fault.
      putting.catch(() => undefined)
    }
    await putting
    const { root, sha256 } = sealed.end()
    if (input.sha256 !== null && !sameBytes(sha256, input.sha256)) throw new ConflictError('the file changed while it was read: its bytes are not the ones that were hashed before')
    return { root, size, sha256, key, upload, leaves: sealed.leaves }
  } catch (error) {
    // Sealed under a key that is another's, or nobody's: of no use to any later try.
    if (error instanceof ConflictError || !(input.again ?? input.sha256 !== null)) await keeper.drop(upload).catch(() => undefined)
    throw error
  }
}

/** The sealed side of a file on its way in. */
class Sealed {
  readonly leaves: Cid[] = []
  readonly #input: IngestInput
  readonly #options: IngestOptions
  readonly #tree = new TreeBuilder()
  readonly #hash = createHash('sha256')
  #root: Cid | undefined

  constructor (input: IngestInput, options: IngestOptions) {
    this.#input = input
    this.#options = options
  }

  /** Blocks to keep, some at a time, with how many bytes of the plaintext they stand for. */
  async * groups (): AsyncGenerator<{ blocks: Block[], bytes: number }> {
    const { bytes: source, size, sha256, key } = this.#input
    const { signal } = this.#options
    const layout = mediaLayout(size)
    let blocks: Block[] = []
    let bytes = 0
    for await (const { chunk: { index }, bytes: plain } of chunksFrom(source, size, sha256 !== null)) {
      if (signal?.aborted === true) throw new AbortedError('adding the file was ended; what came of it is kept for a while', { cause: signal.reason })
      this.#hash.update(plain)
      // A block's memory is used again once it is on the disk. A small file takes no more than it needs.
      const sealed = sealChunk(key, layout, index, plain, nodeChunkCipher, plain.length === LIMITS.chunkBytes ? blockMemory(LIMITS.blobBytes) : undefined)
      // What came in, and what the cipher gave out.
      bytesPassed(2 * plain.length)
      const block = CheckedBlock.named(CODEC.raw, sealed)
      const { cid } = block
      this.leaves.push(cid)
      blocks.push(block, ...this.#tree.add(cid, sealed.length))
      bytes += plain.length
      if (blocks.length < LIMITS.blocksPerGroup) continue
      yield { blocks, bytes }
      blocks = []
      bytes = 0
    }
    yield { blocks: [...blocks, ...this.#finish()], bytes }
  }

  #finish (): Block[] {
    const { root, nodes } = this.#tree.finish()
    this.#root = root
    return nodes
  }

  /** The tree's root and the plaintext's hash, once all groups were given out. */
  end (): { root: Cid, sha256: Digest } {
    if (this.#root === undefined) throw new InternalError('a file was ended before all of it was sealed')
    return { root: this.#root, sha256: new Uint8Array(this.#hash.digest()) }
  }
}
