/** A session with a relay, for a person who waits for it. */
import type { CallOptions } from '../../protocol/api/index.js'
import { DeadlineError, LIMITS, UnavailableError } from '../../protocol/wire/index.js'
import type { RelayLink } from '../gateway/index.js'

/**
 * Waits until the relay has let this node in. A link that was resting dials at once. Where the link itself would try
 * again for ever, one failed attempt is enough here: the person is told why, and decides.
 *
 * @throws UnavailableError when the attempt failed; DeadlineError when the relay did not answer; the relay's refusal
 */
export async function reach (link: RelayLink, options: CallOptions): Promise<void> {
  if (link.state === 'connected') return
  const failed = Promise.withResolvers<never>()
  const [timeout, over] = [AbortSignal.timeout(LIMITS.callDeadlineMs), new AbortController()]
  link.poke()
  const unwatch = link.onState(({ state, lastError }) => {
    if (state === 'waiting' && lastError !== null) failed.reject(new UnavailableError(`no connection with the relay: ${lastError.message}`, { cause: lastError }))
  })
  try {
    await Promise.race([failed.promise, link.ready({ signal: AbortSignal.any([timeout, over.signal, ...(options.signal === undefined ? [] : [options.signal])]) })])
  } catch (error) {
    if (timeout.aborted && options.signal?.aborted !== true) throw new DeadlineError(`the relay did not answer: ${link.lastError?.message ?? 'no connection'}`, { cause: error })
    throw error
  } finally {
    unwatch()
    over.abort()
  }
}
