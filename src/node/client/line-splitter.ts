/** Bytes to lines. */
import { TooLargeError } from '../../protocol/api/index.js'

const NEWLINE = 0x0a

/** Cuts a byte stream at newlines; keeps at most one unfinished line of `maxBytes`. */
export class LineSplitter {
  readonly #maxBytes: number
  #kept: Buffer[] = []
  #keptBytes = 0

  /** `maxBytes`: the longest line, without its newline. */
  constructor (maxBytes: number) { this.#maxBytes = maxBytes }

  /** The lines that end in this chunk, without newlines. @throws TooLargeError when a line, finished or not, is too long */
  push (chunk: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end))
      lines.push(this.rest())
      from = end + 1
    }
    this.#keep(chunk.subarray(from))
    return lines
  }

  /** What came after the last newline; forgets it. */
  rest (): Buffer {
    const line = this.#kept.length === 1 ? this.#kept[0] as Buffer : Buffer.concat(this.#kept)
    this.#kept = []
    this.#keptBytes = 0
    return line
  }

  #keep (part: Buffer): void {
    this.#keptBytes += part.length
    if (this.#keptBytes > this.#maxBytes) throw new TooLargeError(`a line is over the limit of ${this.#maxBytes} bytes`)
    if (part.length > 0) this.#kept.push(part)
  }
}
