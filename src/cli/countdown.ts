/** How long a command may take: its signal ends with a TimeoutError when that is over. */

/** Timers count to this, ms, some 24 days: what is longer is that long. */
const MOST_MS = 2 ** 31 - 1

/** A command's time. */
export interface Countdown {
  readonly signal: AbortSignal
  /** Work that takes none of it: it begins anew behind that. */
  readonly without: <T>(work: () => Promise<T>) => Promise<T>
}

/** Begins to count. Nothing is kept running by it. */
export function countdown (ms: number): Countdown {
  const controller = new AbortController()
  const begin = (): NodeJS.Timeout => setTimeout(() => { controller.abort(new DOMException('the time is over', 'TimeoutError')) }, Math.min(ms, MOST_MS)).unref()
  let timer = begin()
  return {
    signal: controller.signal,
    without: async work => {
      clearTimeout(timer)
      try {
        return await work()
      } finally {
        timer = begin()
      }
    }
  }
}
