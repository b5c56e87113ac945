/** The door of `store/blob`: blocks by their hash, on a disk and in memory. */
export { copySegments } from './copy.js'
export { DiskBlobs, type DiskBlobsOptions } from './disk-blobs.js'
export { MemoryBlobs } from './memory.js'
export { verifyBlocks } from './verify.js'
