/** A secret chat as a whole screen: it is never written above the lower edge, where it would stay in the terminal. Pure. */
import type { SecretLine } from '../../protocol/api/index.js'
import { cut, pad } from '../terminal/width.js'
import { bottomOf } from './bottom.js'
import { blockLines, type Look } from './render.js'
import { secretPlaced, type Placed } from './secret-blocks.js'
import { secretBar } from './secret-words.js'
import type { MessageBlock, OpenSecret, Size, State } from './state.js'
import { styleOf } from './style.js'

/** Every row of a screen; the row of the cursor, and what stands before it in its row. */
export interface Page { readonly rows: readonly string[], readonly row: number, readonly before: string }

/** The screen, row by row. */
export function pageOf (state: State, secret: OpenSecret, look: Look, rows: number): Page {
  const bottom = bottomOf(state, look, rows)
  const room = Math.max(0, rows - 1 - bottom.lines.length)
  const placed = secretPlaced(secret, state.now)
  const tail = lastRows(placed, look, room + secret.below + 1)
  const shown = tail.slice(0, tail.length - Math.min(secret.below, Math.max(0, tail.length - room))).slice(-room)
  const more = secret.hasMore || tail.length > room + secret.below ? '↑' : ' '
  const bar = styleOf(look.color).bar(pad(cut(secretBar(secret), look.columns - 2), look.columns - 1) + more)
  const all = [bar, ...Array.from({ length: room - Math.min(room, shown.length) }, () => ''), ...room === 0 ? [] : shown, ...bottom.lines]
  // What does not fit into a terminal of a few rows goes at the top.
  const over = Math.max(0, all.length - rows)
  return { rows: all.slice(over), row: 1 + room + bottom.row - over, before: bottom.before }
}

/** How far down the picture stands, in rows, after a page up (1) or down (-1); and whether that is its beginning. */
export function scrolledBelow (state: State, secret: OpenSecret, { columns, rows }: Size, by: 1 | -1): { below: number, atTop: boolean } {
  const look: Look = { columns, color: false, links: false }
  const room = Math.max(1, rows - 1 - bottomOf(state, look, rows).lines.length)
  const most = Math.max(0, lastRows(secretPlaced(secret, state.now), look, Infinity).length - room)
  const below = Math.max(0, Math.min(most, secret.below + by * Math.max(1, room - 1)))
  return { below, atTop: below === most }
}

/** How far down the picture stands when other lines are there and the same ones are to be in sight. */
export function keptBelow (before: OpenSecret, now: OpenSecret, at: Date, columns: number): number {
  if (before.below === 0) return 0
  const look: Look = { columns, color: false, links: false }
  const was = secretPlaced(before, at)
  let [rows, number] = [0, 0]
  for (let i = was.length - 1; i >= 0; i--) {
    const one = was[i]
    if (one === undefined) break
    const height = rowsOf(one, was, look).length
    number = one.number
    if (rows + height > before.below) break
    rows += height
  }
  const is = secretPlaced(now, at)
  return lastRows(is.filter(one => one.number > number), look, Infinity).length + Math.max(0, before.below - rowsAbove(was, number, look))
}

function rowsAbove (placed: readonly Placed[], number: number, look: Look): number { return lastRows(placed.filter(one => one.number > number), look, Infinity).length }

/** At least so many of the last rows, or all. */
function lastRows (placed: readonly Placed[], look: Look, wanted: number): string[] {
  const out: Array<readonly string[]> = []
  let count = 0
  for (let i = placed.length - 1; i >= 0 && count < wanted; i--) {
    const one = placed[i]
    if (one === undefined) break
    const lines = rowsOf(one, placed, look)
    out.unshift(lines)
    count += lines.length
  }
  return out.flat()
}

/** Rows of lines as they were last laid out: a long chat is scrolled without measuring all of it again. */
const laidOut = new WeakMap<SecretLine, { readonly how: string, readonly rows: readonly string[] }>()

function rowsOf ({ block, line }: Placed, all: readonly Placed[], look: Look): readonly string[] {
  if (line === undefined || block.kind !== 'message') return blockLines(block, look, () => undefined)
  const to = block.message.replyTo === null ? undefined : all.map(one => one.block).find((one): one is MessageBlock => one.kind === 'message' && one.message.id === block.message.replyTo?.id)
  const how = JSON.stringify([look, block.head, block.tail, block.revealed, to?.message.text])
  const known = laidOut.get(line)
  if (known?.how === how) return known.rows
  const rows = blockLines(block, look, () => to)
  laidOut.set(line, { how, rows })
  return rows
}
