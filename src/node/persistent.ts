/** Work that is tried until it is done: again after a failure, and once more when it was asked for while it ran. */

/** See the file's head. */
export class Persistent {
  readonly #work: () => Promise<void>
  readonly #failed: (error: unknown) => void
  readonly #retryMs: number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor (work: () => Promise<void>, failed: (error: unknown) => void, retryMs: number) {
    this.#work = work
    this.#failed = failed
    this.#retryMs = retryMs
  }

  /** Works now, or again once what runs is over: that may have passed what changed since. */
  soon (): void {
    if (this.#stopped) return
    this.#again = this.#running !== undefined
    if (this.#again) return
    clearTimeout(this.#timer)
    this.#running = this.#work().catch((error: unknown) => {
      this.#failed(error)
      if (!this.#stopped) this.#timer = setTimeout(() => { this.soon() }, this.#retryMs).unref()
    }).finally(() => {
      this.#running = undefined
      if (this.#again) this.soon()
    })
  }

  /** Begins nothing more. */
  stop (): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** Resolves when what runs is over. */
  async idle (): Promise<void> { await this.#running }
}
