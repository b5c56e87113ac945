/** Following a log, once for every driver: a hint, then a read, and a poll for hints that were lost. */
import { LIMITS } from '../../protocol/wire/index.js'
import { throwIfAborted } from '../abort.js'
import { systemClock } from '../clock.js'
import type { Abortable, Clock, EventBus, LogEntry, LogStore } from '../contract.js'

/** How to follow. */
export interface FollowOptions extends Abortable {
  /** How often to look without a hint. 30 s unless said otherwise. */
  pollMs?: number
  /** Entries and bytes in one step: LIMITS.readItems and readBytes unless said otherwise. */
  limit?: number
  maxBytes?: number
  clock?: Clock
}

/**
 * Entries after number `after`, in order, as they come; each step gives at least one. Runs until the signal fires
 * (AbortedError) or the caller leaves the loop. After a trim it goes on at the first number still kept.
 * @throws NotFoundError, CorruptError, UnavailableError as LogStore.read does
 */
export async function * follow (logs: LogStore, bus: EventBus, log: Uint8Array, after: number, options: FollowOptions = {}): AsyncGenerator<LogEntry[], void, undefined> {
  const { signal, pollMs = 30_000, limit = LIMITS.readItems, maxBytes = LIMITS.readBytes, clock = systemClock } = options
  let hinted = true
  let wake: () => void = () => undefined
  // Subscribed before the first read: a hint in between is not lost.
  const unsubscribe = bus.subscribe(log, () => { hinted = true; wake() })
  const onAbort = (): void => { wake() }
  signal?.addEventListener('abort', onAbort)
  try {
    for (let next = after; ;) {
      hinted = false
      const page = await logs.read(log, next, limit, maxBytes, signal === undefined ? {} : { signal })
      const last = page.entries.at(-1)
      if (last !== undefined) {
        next = last.seq
        yield page.entries
        if (next < page.head.seq) continue
      }
      if (!hinted) await new Promise<void>(resolve => {
        const cancel = clock.after(pollMs, resolve)
        wake = () => { cancel(); resolve() }
        if (signal?.aborted === true) wake()
      })
      throwIfAborted(signal)
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    unsubscribe()
  }
}
