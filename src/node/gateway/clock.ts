/** Time and waiting, as the edge of a link uses them. */
import { performance } from 'node:perf_hooks'
import { AbortedError, type PetrelError } from '../../protocol/wire/index.js'

/** The time a link lives by. A parameter, so that a simulation owns it. */
export interface LinkClock {
  /** Milliseconds that only go forward. */
  now (): number
  /** Calls `run` once after `ms`; returns the way to cancel that. */
  after (ms: number, run: () => void): () => void
}

/**
 * The machine's monotonic clock. Its timers keep the process alive: a node that waits for its relay to come back
 * is at work until it is closed.
 */
export const monotonicClock: LinkClock = {
  now: () => performance.now(),
  after (ms, run) {
    // Later than asked by a part of a millisecond, never earlier, since what is due is compared with now.
    const timer = setTimeout(run, Math.ceil(ms) + 1)
    return () => { clearTimeout(timer) }
  }
}

/** How long to wait for something. */
export interface Patience {
  readonly clock: LinkClock
  readonly signal: AbortSignal | undefined
  /** By the clock. */
  readonly until: number
  /** The error when the time is over. */
  readonly late: () => PetrelError
}

/** Waits for a promise that others wait for too. @throws what it rejects with; AbortedError by signal; `late()` */
export async function patiently<T> (promise: Promise<T>, patience: Patience): Promise<T> {
  const { clock, signal, until, late } = patience
  if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
  const { promise: over, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => { reject(new AbortedError(undefined, { cause: signal?.reason })) }
  signal?.addEventListener('abort', onAbort, { once: true })
  const cancel = until === Infinity ? undefined : clock.after(Math.max(0, until - clock.now()), () => { reject(late()) })
  try {
    return await Promise.race([promise, over])
  } finally {
    cancel?.()
    signal?.removeEventListener('abort', onAbort)
  }
}
