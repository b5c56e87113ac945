/** Times of streams of blocks. */
import { LIMITS } from '../../../protocol/wire/index.js'
import type { BlobTimes } from './wire.js'

/** The times of LIMITS, but for those that are given. */
export function blobTimes (given: Partial<BlobTimes> = {}): BlobTimes {
  const { frameDeadlineMs, writeStallMs, blobAnswerMs, blobWaitMs, blobIdleMs } = LIMITS
  return { frameDeadlineMs, writeStallMs, blobAnswerMs, blobWaitMs, blobIdleMs, ...given }
}
