/** Work at a relay for a person who waits for it. */
import type { CallOptions } from '../../protocol/api/index.js'
import { DeadlineError, LIMITS, UnavailableError } from '../../protocol/wire/index.js'
import type { RelayLink } from './types.js'

/**
 * Waits until the relay has let this node in (a link that was resting dials at once), then does the work. Where the link
 * itself would try again for ever, one failed attempt is enough here, before the work or in the middle of it: the person
 * is told why, and decides.
 *
 * @throws UnavailableError when the attempt failed; DeadlineError when the relay did not answer; the relay's refusal; what `work` throws
 */
export async function atRelay<T> (link: RelayLink, options: CallOptions, work: (options: CallOptions) => Promise<T>): Promise<T> {
  const failed = Promise.withResolvers<never>()
  const over = new AbortController()
  const signal = options.signal === undefined ? over.signal : AbortSignal.any([over.signal, options.signal])
  const unwatch = link.onState(({ state, lastError }) => {
    if (state === 'waiting' && lastError !== null) failed.reject(new UnavailableError(`no connection with the relay: ${lastError.message}`, { cause: lastError }))
  })
  const done = async (): Promise<T> => {
    if (link.state !== 'connected') await connected(link, signal, options.signal)
    return await work({ ...options, signal })
  }
  try {
    return await Promise.race([failed.promise, done()])
  } finally {
    unwatch()
    over.abort()
  }
}

/** {@link atRelay} with nothing to do there. */
export async function reach (link: RelayLink, options: CallOptions): Promise<void> { await atRelay(link, options, () => Promise.resolve()) }

async function connected (link: RelayLink, signal: AbortSignal, person: AbortSignal | undefined): Promise<void> {
  const timeout = AbortSignal.timeout(LIMITS.callDeadlineMs)
  link.poke()
  try {
    await link.ready({ signal: AbortSignal.any([timeout, signal]) })
  } catch (error) {
    if (timeout.aborted && person?.aborted !== true) throw new DeadlineError(`the relay did not answer: ${link.lastError?.message ?? 'no connection'}`, { cause: error })
    throw error
  }
}
