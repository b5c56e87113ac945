/** Numbers of the downloads of one node. */
import { LIMITS } from '../../../protocol/wire/index.js'

/** See {@link FETCH_TIMING}. */
export interface FetchTiming {
  /** Leaves that a reader has fetched before it asks for them, the one it stands at among them. */
  readonly aheadChunks: number
  readonly perRequest: number
  readonly perHolder: number
  readonly restMs: number
  readonly restCapMs: number
  /** A request that brought nothing for so long may be asked of others too. */
  readonly slowMs: number
  /** And is given up after so long. */
  readonly stallMs: number
  /** A reader that nothing came for in this time is told so. */
  readonly patienceMs: number
  /** A download that nobody reads any more is kept for so long: a player that seeks ends one request and makes another. */
  readonly lingerMs: number
  /** Calls back after ms. Returns the way to stop that. */
  readonly after: (ms: number, then: () => void) => () => void
}

/** What holds unless told otherwise. */
export const FETCH_TIMING: FetchTiming = {
  aheadChunks: LIMITS.mediaAheadChunks,
  perRequest: LIMITS.mediaRequestChunks,
  perHolder: 2,
  restMs: LIMITS.mediaRestMs,
  restCapMs: LIMITS.mediaRestCapMs,
  slowMs: LIMITS.mediaSlowMs,
  stallMs: LIMITS.mediaStallMs,
  patienceMs: LIMITS.mediaPatienceMs,
  lingerMs: LIMITS.mediaLingerMs,
  after: (ms, then) => {
    const timer = setTimeout(then, ms).unref()
    return () => { clearTimeout(timer) }
  }
}
