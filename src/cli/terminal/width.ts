/** Text measured and cut in terminal columns: an emoji or a Han character takes two, a combining mark none. */
import stringWidth from 'string-width'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Columns that a text takes. */
export function widthOf (text: string): number { return stringWidth(text) }

/** The text cut to `columns`, with `…` where something was cut off. */
export function cut (text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let out = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const width = widthOf(segment)
    if (used + width > columns - 1) break
    out += segment
    used += width
  }
  return columns < 1 ? '' : `${out}…`
}

/** The text with blanks up to `columns`. */
export function pad (text: string, columns: number): string { return text + ' '.repeat(Math.max(0, columns - widthOf(text))) }

/** The text in lines of at most `columns`, broken between words where it can be. */
export function wrap (text: string, columns: number): string[] {
  if (widthOf(text) <= columns) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<= )/)) {
    if (widthOf(line + word.trimEnd()) <= columns) { line += word; continue }
    if (line !== '') lines.push(line.trimEnd())
    const pieces = broken(word, columns)
    lines.push(...pieces.slice(0, -1))
    line = pieces.at(-1) ?? ''
  }
  return [...lines, line.trimEnd()]
}

/** One word in pieces of at most `columns`. */
function broken (word: string, columns: number): string[] {
  const pieces = ['']
  let used = 0
  for (const { segment } of graphemes.segment(word)) {
    const width = widthOf(segment)
    if (used > 0 && used + width > columns && segment !== ' ') { pieces.push(''); used = 0 }
    pieces.push((pieces.pop() ?? '') + segment)
    used += width
  }
  return pieces
}
