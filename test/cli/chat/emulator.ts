/** A terminal as far as `petrel chat` uses one: rows that scroll away, a cursor, a few sequences. What it does not know makes it throw. */
import { widthOf } from '../../../src/cli/terminal/width.js'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const TOKEN = /\u001b\[\?(?:2026|25|7|1049)[hl]|\u001b\[(\d*)(?:;(\d+)(?=H))?([AJKHm]|[\d;]+m)|\r\n|\r|[^\u0000-\u001f\u007f-\u009f]/gu

/** A terminal of a size. `away` are the rows that have scrolled away. */
export class Emulator {
  readonly away: string[] = []
  columns: number
  rows: number
  /** Rows as cells: a wide grapheme takes two, the second one empty. */
  #rows: string[][]
  #x = 0
  #y = 0
  #other: { rows: string[][], x: number, y: number } | undefined

  constructor (columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#rows = Array.from({ length: rows }, () => [])
  }

  /** Takes what was written. */
  write (text: string): void {
    let end = 0
    for (const match of text.matchAll(TOKEN)) {
      if (match.index !== end) throw new Error(`not known: ${JSON.stringify(text.slice(end, match.index))}`)
      end = match.index + match[0].length
      this.#take(match[0], Number(match[1] === '' ? 1 : match[1]), match[3])
    }
    if (end !== text.length) throw new Error(`not known: ${JSON.stringify(text.slice(end))}`)
  }

  #take (token: string, n: number, kind: string | undefined): void {
    if (token === '\r') this.#x = 0
    else if (token === '\r\n') { this.#x = 0; this.#down() }
    else if (kind === 'A') this.#y = Math.max(0, this.#y - n)
    else if (kind === 'J') this.#erase()
    else if (kind === 'K') this.#rows[this.#y] = (this.#rows[this.#y] ?? []).slice(0, this.#x)
    else if (token === '\u001b[?1049h') this.#enter()
    else if (token === '\u001b[?1049l') this.#back()
    else if (kind === 'H') { this.#x = 0; this.#y = Math.min(this.rows, Math.max(1, n)) - 1 }
    else if (!token.startsWith('\u001b')) this.#put(token)
  }

  /** To the other buffer, which is empty and keeps nothing. */
  #enter (): void {
    this.#other = { rows: this.#rows, x: this.#x, y: this.#y }
    this.#rows = Array.from({ length: this.rows }, () => [])
  }

  #back (): void {
    if (this.#other === undefined) throw new Error('there is no other buffer to come from')
    ;[this.#rows, this.#x, this.#y] = [this.#other.rows, this.#other.x, this.#other.y]
    this.#other = undefined
    while (this.#rows.length > this.rows) { this.away.push((this.#rows.shift() ?? []).join('')); this.#y = Math.max(0, this.#y - 1) }
    while (this.#rows.length < this.rows) this.#rows.push([])
    this.#x = Math.min(this.#x, this.columns - 1)
  }

  /** Erases to the end of the screen; from its very start, it scrolls away first, as in tmux. */
  #erase (): void {
    if (this.#x === 0 && this.#y === 0 && this.#rows.some(row => row.length > 0)) this.away.push(...this.lines())
    this.#rows[this.#y] = (this.#rows[this.#y] ?? []).slice(0, this.#x)
    for (let y = this.#y + 1; y < this.rows; y++) this.#rows[y] = []
  }

  #down (): void {
    if (++this.#y < this.rows) return
    this.#y = this.rows - 1
    const gone = (this.#rows.shift() ?? []).join('')
    if (this.#other === undefined) this.away.push(gone)
    this.#rows.push([])
  }

  /** Wrapping is off: what does not fit is written over the last column. */
  #put (character: string): void {
    const row = this.#rows[this.#y] ?? []
    while (row.length < this.#x) row.push(' ')
    const before = row[this.#x - 1] === '' ? this.#x - 2 : this.#x - 1
    const joined = (row[before] ?? '') + character
    if (this.#x > 0 && [...graphemes.segment(joined)].length === 1) row[before] = joined
    else {
      const width = widthOf(character)
      const x = Math.min(this.#x, this.columns - Math.max(1, width))
      row.splice(x, Math.max(1, width), character, ...width === 2 ? [''] : [])
      this.#x = Math.min(this.columns, x + width)
    }
    this.#rows[this.#y] = row
  }

  /** Other columns: rows that are too long break, as in most terminals, or are cut off. The cursor stays with its character. */
  resize (columns: number, rows: number, breaks = true): void {
    if (!breaks) this.#cut(columns)
    const broken: string[][] = []
    let cursor = 0
    for (const [y, row] of this.#rows.entries()) {
      if (y === this.#y) cursor = broken.length + Math.floor(this.#x / columns)
      for (let x = 0; x === 0 || x < row.length; x += columns) broken.push(row.slice(x, x + columns))
    }
    // Empty rows below the cursor go first, then rows at the top.
    while (broken.length > rows && broken.length - 1 > cursor) broken.pop()
    while (broken.length > rows) {
      const gone = (broken.shift() ?? []).join('')
      if (this.#other === undefined) this.away.push(gone)
      cursor--
    }
    while (broken.length < rows) broken.push([])
    this.#rows = broken
    this.#x %= columns
    this.#y = Math.max(0, cursor)
    this.columns = columns
    this.rows = rows
  }

  #cut (columns: number): void {
    this.#rows = this.#rows.map(row => row.slice(0, columns))
    this.#x = Math.min(this.#x, columns - 1)
  }

  /** The rows on the screen. */
  lines (): string[] { return this.#rows.map(row => row.join('')) }

  /** Everything that was ever on it, without empty rows at the end. */
  all (): string[] { return [...this.away, ...this.lines()].join('\n').trimEnd().split('\n') }

  get cursor (): [number, number] { return [this.#x, this.#y] }
}
