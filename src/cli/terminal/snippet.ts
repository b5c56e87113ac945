/** What is shown of a message that was found: the part of its text around the words. */
import type { TextRange } from '../../protocol/api/index.js'
import { oneLine } from './safe-text.js'
import { widthOf } from './width.js'

const [BOLD, PLAIN] = ['\u001b[1m', '\u001b[22m']
/** Columns before the first word. */
const BEFORE = 16

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * A text on one line of at most `columns` (all of it when null), from a little before the first range; the ranges are
 * bold where `color` is, and what stands in `hidden` and was not looked for is covered. What of the text could drive a
 * terminal is made harmless first.
 */
export function snippet (text: string, ranges: readonly TextRange[], { columns, color, hidden = [] }: { columns: number | null, color: boolean, hidden?: readonly TextRange[] }): string {
  const parts = [...graphemes.segment(text)].map(({ segment, index }) => {
    const isFound = isIn(index, ranges)
    const [plain, width] = [oneLine(segment), widthOf(oneLine(segment))]
    return { shown: !isFound && isIn(index, hidden) ? '▒'.repeat(width) : plain, width, isFound }
  })
  const from = columns === null ? 0 : start(parts, columns)
  const room = (columns ?? Infinity) - (from > 0 ? 1 : 0)
  let [out, used, isBold] = [from > 0 ? '…' : '', 0, false]
  for (const [i, { shown, width, isFound }] of parts.entries()) {
    if (i < from) continue
    const isLast = i === parts.length - 1
    if (used + width > (isLast ? room : room - 1)) {
      if (isBold) out += PLAIN
      return `${out}…`
    }
    if (color && isFound !== isBold) out += isFound ? BOLD : PLAIN
    isBold = color && isFound
    out += shown
    used += width
  }
  return isBold ? out + PLAIN : out
}

function isIn (index: number, ranges: readonly TextRange[]): boolean { return ranges.some(({ offset, length }) => index >= offset && index < offset + length) }

/** Where a line begins so that the first of what was found is in it: at the beginning, if that has room. */
function start (parts: ReadonlyArray<{ readonly width: number, readonly isFound: boolean }>, columns: number): number {
  const first = parts.findIndex(({ isFound }) => isFound)
  const widthTo = (end: number): number => parts.slice(0, end).reduce((sum, { width }) => sum + width, 0)
  if (first <= 0 || widthTo(parts.length) <= columns || widthTo(first) + BEFORE < columns) return 0
  let [at, room] = [first, Math.min(BEFORE, Math.floor(columns / 3))]
  while (at > 0 && (parts[at - 1]?.width ?? 0) <= room) room -= parts[--at]?.width ?? 0
  return at
}
