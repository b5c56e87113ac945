/** What the blobs' service takes and tells. */
import type { Cid } from '../../protocol/wire/index.js'
import type { Clock, Store } from '../../store/index.js'
import type { Logger } from '../logger.js'
import type { MediaQuota, MediaUsage } from './ledger.js'
import type { LeaseState } from './records.js'

/** What the service is made of. */
export interface BlobServiceParts {
  readonly store: Store
  readonly clock?: Clock
  readonly log?: Logger
  /** Default: those of a relay. */
  readonly quota?: MediaQuota
  /** Leases nobody has used for this long (ms) end. Default: none does. */
  readonly retentionMs?: number
  /** Told of each block that is kept, given out, or collected. */
  readonly onBlocks?: (what: 'kept' | 'given' | 'collected', blocks: number, bytes: number) => void
}

/** A lease as its owner sees it. */
export interface LeaseInfo { readonly root: Cid, readonly size: number, readonly state: LeaseState }

/** What is stored, in all. */
export interface BlobTotals extends MediaUsage {
  /** Blocks that are here, their bytes, and what they take on the disk. */
  readonly blocks: number
  readonly storedBytes: number
  readonly diskBytes: number
  readonly uploads: number
  /** Leased blobs of which blocks are missing. */
  readonly coming: number
}
