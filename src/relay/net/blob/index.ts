/** Streams of blocks, for both sides. */
export type { BlobClient, BlobGuest, BlobHandler, Coming, GetOptions, PutOptions } from './types.js'
export { blockMemory, releaseBlock } from './frame-buffers.js'
export { bytesPassed, tidyLater } from './garbage.js'
export { openBlobs } from './open.js'
export { serveBlobs, type BlobServer, type ServeBlobsOptions } from './serve.js'
export type { BlobTimes } from './wire.js'
