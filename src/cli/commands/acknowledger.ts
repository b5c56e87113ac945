/** Acknowledgements, gathered: while one is on its way, only the newest of those that wait is sent next. */

/** Takes acknowledgements without making the reader wait for each. */
export interface Acknowledger {
  /** Everything up to `n` is done. Numbers only grow. */
  acknowledge (n: number): void
  /** Resolves when all was acknowledged. Rejects with the first failure. */
  settled (): Promise<void>
}

/** An acknowledger that sends by `send`, one call at a time. */
export function acknowledger (send: (n: number) => Promise<void>): Acknowledger {
  let newest = 0
  let sent = 0
  let failure: { error: unknown } | undefined
  let running: Promise<void> | undefined
  const flush = async (): Promise<void> => {
    while (sent < newest && failure === undefined) {
      const n = newest
      try {
        await send(n)
        sent = n
      } catch (error) {
        failure = { error }
      }
    }
    running = undefined
  }
  return {
    acknowledge: n => {
      if (failure !== undefined) throw failure.error
      newest = Math.max(newest, n)
      running ??= flush()
    },
    settled: async () => {
      await running
      if (failure !== undefined) throw failure.error
    }
  }
}
