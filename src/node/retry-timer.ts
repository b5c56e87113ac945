/** When something that was refused or that nobody answered is tried again: soon at first, then rarely. */

/** See the file's head. Times in ms. */
export class RetryTimer {
  readonly #run: () => void
  readonly #first: number
  readonly #most: number
  #ms: number
  #timer: NodeJS.Timeout | undefined

  constructor (run: () => void, { first, most }: { first: number, most: number }) {
    this.#run = run
    this.#first = first
    this.#most = most
    this.#ms = first
  }

  /** Whether a pause is on. */
  get isOn (): boolean { return this.#timer !== undefined }

  /** Runs after a pause, which doubles each time. Whoever said how long is believed within the bounds: nobody can make this node try without pause. */
  later (told?: unknown): void {
    const wait = typeof told === 'number' ? Math.min(Math.max(told, this.#first), this.#most) : this.#ms
    this.#ms = Math.min(this.#ms * 2, this.#most)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#run()
    }, wait).unref()
  }

  /** Ends the pause; what is refused next is tried again soon. */
  reset (): void {
    this.stop()
    this.succeeded()
  }

  /** The next pause is short again. */
  succeeded (): void { this.#ms = this.#first }

  /** Ends the pause. */
  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
