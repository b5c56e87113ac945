/** The times a link lives by, and how long it waits before it tries again. Pure. */
import { LIMITS, RateLimitError, type PetrelError } from '../../protocol/wire/index.js'

/** The times a link lives by, in milliseconds. Each defaults to the value in LIMITS. */
export interface LinkTiming {
  /** Upper bound of the first wait before a new dial; doubles with each failure. */
  readonly retryBaseMs: number
  /** Upper bound of any wait between dials. */
  readonly retryCapMs: number
  /** A session that held this long ends the counting of failures. */
  readonly stableMs: number
  /** Wait before a refused link asks again by itself. */
  readonly refusedMs: number
  /** One attempt to dial, shake hands and open a session. */
  readonly attemptMs: number
  /** After this long without a byte the relay is asked whether it is there… */
  readonly probeIdleMs: number
  /** …and must answer within this. */
  readonly probeAnswerMs: number
  /** The longest a relay can send the link away. */
  readonly awayMs: number
  /** Calls in flight may end on the old channel for this long after Moved. */
  readonly drainMs: number
}

/** What holds unless told otherwise. */
export const LINK_TIMING: LinkTiming = {
  retryBaseMs: LIMITS.linkRetryBaseMs,
  retryCapMs: LIMITS.linkRetryCapMs,
  stableMs: LIMITS.linkStableMs,
  refusedMs: LIMITS.linkRefusedMs,
  attemptMs: LIMITS.linkAttemptMs,
  probeIdleMs: LIMITS.linkProbeIdleMs,
  probeAnswerMs: LIMITS.linkProbeAnswerMs,
  awayMs: LIMITS.linkAwayMs,
  drainMs: LIMITS.linkDrainMs
}

/** Time and chance, as a step of a machine sees them. */
export interface Moment {
  /** Milliseconds that only go forward. */
  readonly now: number
  /** From 0 up to 1. */
  readonly random: number
}

/**
 * The wait after `failures` failures in a row (0 for the first): full jitter, that is anything up to
 * base · 2^failures and the cap, so that a relay's clients do not come back in step; a tenth of the base at least.
 */
export function backoffMs (failures: number, random: number, timing: LinkTiming): number {
  const top = Math.min(timing.retryCapMs, timing.retryBaseMs * 2 ** Math.min(failures, 30))
  return Math.max(Math.min(timing.retryBaseMs, timing.retryCapMs) / 10, top * random)
}

/** How long a relay that limits us wants to be left alone, bounded; 0 when it does not say. */
export function askedWaitMs (error: PetrelError | undefined, timing: LinkTiming): number {
  const asked = error instanceof RateLimitError ? error.details.retryMs : undefined
  return typeof asked === 'number' && asked > 0 ? Math.min(asked, timing.awayMs) : 0
}
