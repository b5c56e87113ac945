/** Keys from what a terminal sends, with the time that tells Escape from the start of a sequence. */
import { endKeys, NO_KEYS, readKeys, type Key } from './keys.js'

/** How long the rest of a sequence may take, ms: over a slow line its bytes come apart. */
const ESCAPE_MS = 60

/** Hands on keys. */
export class KeyReader {
  readonly #onKey: (key: Key) => void
  #state = NO_KEYS
  #timer: NodeJS.Timeout | undefined

  constructor (onKey: (key: Key) => void) { this.#onKey = onKey }

  /** Takes what came. */
  take (text: string): void {
    clearTimeout(this.#timer)
    this.#go(readKeys(this.#state, text))
    if (this.#state.rest !== '') this.#timer = setTimeout(() => { this.#go(endKeys(this.#state)) }, ESCAPE_MS)
  }

  /** What waits is dropped. */
  close (): void { clearTimeout(this.#timer) }

  #go ({ state, keys }: ReturnType<typeof readKeys>): void {
    this.#state = state
    for (const key of keys) this.#onKey(key)
  }
}
