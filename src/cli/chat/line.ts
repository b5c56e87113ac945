/** The line that is being written: text, a cursor in it, and what was cut. Pure. The cursor stands between graphemes. */
import { LIMITS } from '../../protocol/api/index.js'
import type { KeyName } from './keys.js'

/** A line. `cut` is what was cut last and can be put back. */
export interface Line { readonly text: string, readonly cursor: number, readonly cut: string }

/** Nothing is written. */
export const EMPTY: Line = { text: '', cursor: 0, cut: '' }

/** More than a message holds, so that a text that is too long can be made shorter; a paste beyond it ends there. UTF-16 units. */
const LONGEST = LIMITS.textUnits * 4

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const WORD = /[\p{L}\p{N}\p{M}_]/u
// Controls but for tab and line break: nobody means to send them.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** A line with this text, and the cursor at its end. */
export function lineOf (text: string, cut = ''): Line { return { text, cursor: text.length, cut } }

/** Writes text at the cursor. Line breaks of all kinds become `\n`; other controls are left out. */
export function write (line: Line, text: string): Line {
  const clean = text.toWellFormed().replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n').replace(CONTROL, '')
  const room = Math.max(0, LONGEST - line.text.length)
  const added = clean.length <= room ? clean : cutAt(clean, room)
  return { ...line, text: line.text.slice(0, line.cursor) + added + line.text.slice(line.cursor), cursor: line.cursor + added.length }
}

/** Does what a key means for a line. Null: it means nothing there, as up does in the first row. */
export function edit (line: Line, key: KeyName): Line | null {
  const { text, cursor } = line
  switch (key) {
    case 'newline': return write(line, '\n')
    case 'left': return { ...line, cursor: before(text, cursor) }
    case 'right': return { ...line, cursor: after(text, cursor) }
    case 'home': return { ...line, cursor: rowStart(text, cursor) }
    case 'end': return { ...line, cursor: rowEnd(text, cursor) }
    case 'word-left': return { ...line, cursor: wordBefore(text, cursor) }
    case 'word-right': return { ...line, cursor: wordAfter(text, cursor) }
    case 'backspace': return without(line, before(text, cursor), cursor, false)
    case 'delete': return without(line, cursor, after(text, cursor), false)
    case 'word-backspace': return without(line, wordBefore(text, cursor), cursor, true)
    case 'word-delete': return without(line, cursor, wordAfter(text, cursor), true)
    case 'cut-before': return without(line, rowStart(text, cursor), cursor, true)
    case 'cut-after': return without(line, cursor, rowEnd(text, cursor), true)
    case 'put-back': return write(line, line.cut)
    case 'up': return upOrDown(line, -1)
    case 'down': return upOrDown(line, 1)
    default: return null
  }
}

function without (line: Line, from: number, to: number, keep: boolean): Line {
  const { text } = line
  return { text: text.slice(0, from) + text.slice(to), cursor: from, cut: keep && to > from ? text.slice(from, to) : line.cut }
}

/** The start of the grapheme before a place. Only the row that it is in is looked at: a break is never inside a grapheme. */
function before (text: string, cursor: number): number {
  const start = rowStart(text, cursor)
  if (start === cursor) return Math.max(0, cursor - 1)
  let last = start
  for (const { index } of graphemes.segment(text.slice(start, cursor))) last = start + index
  return last
}

function after (text: string, cursor: number): number {
  if (cursor >= text.length) return text.length
  const [first] = graphemes.segment(text.slice(cursor, Math.max(cursor + 1, rowEnd(text, cursor))))
  return cursor + (first?.segment.length ?? 1)
}

function rowStart (text: string, cursor: number): number { return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1 }

function rowEnd (text: string, cursor: number): number {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}

function wordBefore (text: string, cursor: number): number {
  let at = cursor
  let inWord = false
  while (at > 0) {
    const character = String.fromCodePoint(text.codePointAt(at - (isPair(text, at - 1) ? 2 : 1)) ?? 0)
    if (WORD.test(character)) inWord = true
    else if (inWord) break
    at -= character.length
  }
  return at
}

/** Whether the unit at a place is the second one of a character. */
function isPair (text: string, at: number): boolean { return /[\udc00-\udfff]/.test(text[at] ?? '') && /[\ud800-\udbff]/.test(text[at - 1] ?? '') }

function wordAfter (text: string, cursor: number): number {
  let at = cursor
  let inWord = false
  for (const character of text.slice(cursor)) {
    if (WORD.test(character)) inWord = true
    else if (inWord) break
    at += character.length
  }
  return at
}

/** To the same place of the row before or after. */
function upOrDown (line: Line, by: -1 | 1): Line | null {
  const { text, cursor } = line
  const start = rowStart(text, cursor)
  const end = rowEnd(text, cursor)
  if (by < 0 ? start === 0 : end === text.length) return null
  const other = by < 0 ? rowStart(text, start - 1) : end + 1
  let left = [...graphemes.segment(text.slice(start, cursor))].length
  let at = other
  for (const { segment } of graphemes.segment(text.slice(other, rowEnd(text, other)))) {
    if (left-- === 0) break
    at += segment.length
  }
  return { ...line, cursor: at }
}

/** The text cut so that no grapheme is cut through. */
function cutAt (text: string, units: number): string {
  let end = 0
  for (const { index, segment } of graphemes.segment(text.slice(0, units + 1))) {
    if (index + segment.length > units) break
    end = index + segment.length
  }
  return text.slice(0, end)
}
