/** What was opened, to be closed in the opposite order: each one, whatever happens to the others. */
export class Closers {
  #closers: Array<() => Promise<void>> = []

  /** Remembers how to close something. */
  add (close: () => Promise<void>): void { this.#closers.push(close) }

  /** Closes all, newest first. @throws the first error, when all were tried */
  async close (): Promise<void> {
    const errors: unknown[] = []
    for (const close of this.#closers.splice(0).reverse()) await close().catch((error: unknown) => { errors.push(error) })
    if (errors.length > 0) throw errors[0]
  }
}
