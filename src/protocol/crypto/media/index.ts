/** The door of files' cryptography: their keys, how they lie in chunks, and the two ciphers of chunks. */
export { chunkOf, chunksOf, mediaLayout, type Chunk, type MediaLayout } from './layout.js'
export type { ChunkCipher } from './chunk.js'
export { openChunk, sealChunk } from './file-chunks.js'
export { nodeChunkCipher } from './node-cipher.js'
/** @internal */
export { nobleChunkCipher } from './noble-cipher.js'
export { fileKey } from './file-key.js'
