/** Something that happens once, for those who wait for it; who gives up leaves nothing behind, however long it takes. Pure. */

/** See the file's head. */
export class Moment {
  #waiting: Set<() => void> | undefined = new Set()

  /** Whether it has happened. */
  get isOver (): boolean { return this.#waiting === undefined }

  /** It happens now. Again changes nothing. */
  happen (): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const tell of waiting ?? []) tell()
  }

  /** Calls `tell` when it happens: now, if it has. */
  on (tell: () => void): void {
    if (this.#waiting === undefined) tell()
    else this.#waiting.add(tell)
  }

  /** Resolves once all of them have happened, or the signal says so. */
  static async all (moments: readonly Moment[], signal: AbortSignal): Promise<void> {
    for (const moment of moments) {
      if (signal.aborted) return
      const waiting = moment.#waiting
      if (waiting === undefined) continue
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const tell = (): void => { resolve(undefined) }
      waiting.add(tell)
      signal.addEventListener('abort', tell)
      await promise
      waiting.delete(tell)
      signal.removeEventListener('abort', tell)
    }
  }
}
