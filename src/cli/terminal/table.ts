/** Rows as a table that fits the terminal, or one field per line where no table fits. */
import { oneLine } from './safe-text.js'
import { cut, pad, widthOf } from './width.js'

/** A column. A flexible one gives way when the terminal is narrow; a whole one is never cut, since it is there to be copied. */
export interface Column { readonly title: string, readonly flexible?: boolean, readonly whole?: boolean }

/** How much room there is. Null: the output goes to a file or a program, and nothing is cut. */
export type Room = number | null

const GAP = 2
const NARROWEST = 8

/**
 * The rows as lines; every cell is made harmless here. Below the room that the fixed columns need, each
 * row becomes a block of `title: value` lines.
 */
export function table (columns: readonly Column[], rows: readonly (readonly string[])[], room: Room): string[] {
  const cells = rows.map(row => columns.map((_, i) => oneLine(row[i] ?? '')))
  const natural = columns.map((column, i) => Math.max(widthOf(column.title), ...cells.map(row => widthOf(row[i] ?? ''))))
  const widths = fitted(columns, natural, room)
  if (widths === null) return blocks(columns, cells, room)
  const line = (row: readonly string[]): string => row.map((cell, i) => pad(cut(cell, widths[i] ?? 0), widths[i] ?? 0)).join(' '.repeat(GAP)).trimEnd()
  return [line(columns.map(c => c.title)), ...cells.map(line)]
}

/** Widths that fit, the flexible columns sharing what is missing; null when they would become too narrow to read. */
function fitted (columns: readonly Column[], natural: readonly number[], room: Room): number[] | null {
  const widths = [...natural]
  if (room === null) return widths
  let over = widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) - room
  while (over > 0) {
    const widest = columns.reduce((best, column, i) => column.flexible === true && (widths[i] ?? 0) > (widths[best] ?? 0) ? i : best, -1)
    if (widest < 0 || (widths[widest] ?? 0) <= NARROWEST) return null
    widths[widest] = (widths[widest] ?? 0) - 1
    over--
  }
  return widths
}

function blocks (columns: readonly Column[], cells: readonly (readonly string[])[], room: Room): string[] {
  return cells.flatMap((row, i) => [
    ...(i === 0 ? [] : ['']),
    ...columns.flatMap((column, at) => field(column, row[at] ?? '', room))
  ])
}

function field ({ title, whole }: Column, value: string, room: Room): string[] {
  if (value === '') return []
  const line = title === '' ? value : `${title.toLowerCase()}: ${value}`
  return [room === null || whole === true ? line : cut(line, room)]
}

/** Facts as aligned `title  value` lines; values that need more than the room are left whole. */
export function facts (pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([title]) => widthOf(title)))
  return pairs.map(([title, value]) => `${pad(title, width)}  ${oneLine(value)}`.trimEnd())
}
