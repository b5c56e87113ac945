/** The door of `relay/blobs`. */
export { BlobService } from './blob-service.js'
export { KeptFor } from './kept-for.js'
export type { BlobServiceParts, BlobTotals, LeaseInfo } from './blob-types.js'
export type { ComingBlob } from './leases.js'
export type { BlobSource, LeaseState } from './records.js'
