import { AbortedError } from '../protocol/wire/index.js'

/** Lets a caller give up. The work itself may still happen: an outcome after an abort is unknown. */
export interface Abortable {
  /** Aborting rejects the call with AbortedError. */
  signal?: AbortSignal
}

/** Throws when the signal has fired. @throws AbortedError */
export function throwIfAborted (signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
}

/** The promise, or AbortedError as soon as the signal fires. The work behind the promise goes on. */
export async function orAborted<T> (promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => { reject(new AbortedError(undefined, { cause: signal.reason })) }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
    // Whichever lost the race may still reject; that is nobody's news any more.
    promise.catch(() => undefined)
    aborted.catch(() => undefined)
  }
}
