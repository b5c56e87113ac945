/** Those who want to hear of something. */
export class Handlers<T> {
  readonly #handlers = new Set<(value: T) => void>()

  /** Calls the handler from now on. Returns the way to stop it. */
  add (handler: (value: T) => void): () => void {
    this.#handlers.add(handler)
    return () => { this.#handlers.delete(handler) }
  }

  /** Tells all of them. */
  tell (value: T): void { for (const handler of [...this.#handlers]) handler(value) }
}
