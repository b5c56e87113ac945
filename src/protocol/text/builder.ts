/** A text with its formatting, put together from front to back. */
import type { TextEntity } from './entities.js'

/** See the file's head. */
export class TextBuilder {
  #parts: string[] = []
  #length = 0
  readonly #entities: TextEntity[] = []

  /** UTF-16 units so far. */
  get length (): number { return this.#length }

  /** Plain text. */
  add (text: string): void {
    this.#parts.push(text)
    this.#length += text.length
  }

  /** Formatting from a place up to here; none when nothing stands there. */
  mark (from: number, type: string, value?: string): void {
    if (this.#length > from) this.#entities.push({ type, offset: from, length: this.#length - from, ...value === undefined ? {} : { value } })
  }

  /** What was put together. */
  end (): { text: string, entities: TextEntity[] } { return { text: this.#parts.join(''), entities: this.#entities } }
}
