/** The door of `store/blob`: blocks by their hash, on a disk and in memory. */
export { DiskBlobs } from './disk-blobs.js'
export { MemoryBlobs } from './memory.js'
