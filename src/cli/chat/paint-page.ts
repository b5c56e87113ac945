/**
 * Paints a secret chat over the whole screen, in the terminal's other buffer: what stood there goes when it is left, and
 * nothing of it scrolls into what a terminal keeps. Pure: what is on the screen in, what to write out.
 */
import type { Page } from './secret-page.js'

const CSI = '\u001b['
/** As in the chat's other picture: shown at once (2026), without the cursor on its way (25) and without wrapping (7). */
const BEGIN = `${CSI}?2026h${CSI}?25l${CSI}?7l`
const END = `${CSI}?7h${CSI}?25h${CSI}?2026l`

/** To the other buffer and back (xterm's 1049). Row by row, since erasing all at once makes some terminals keep what was there. */
export const ENTER = `${CSI}?1049h`

/** Empties the other buffer and leaves it. */
export function leavePage (rows: number): string { return `${BEGIN}${Array.from({ length: rows }, (_, i) => `${CSI}${i + 1};1H${CSI}K`).join('')}${CSI}1;1H${END}${CSI}?1049l` }

/** Brings the screen from one page to the next; null: nothing is known of what stands there. Empty when there is nothing to write. */
export function paintPage (before: Page | null, now: Page): string {
  const changed = now.rows.flatMap((row, i) => before !== null && before.rows.length === now.rows.length && before.rows[i] === row ? [] : [`${CSI}${i + 1};1H${CSI}K${row}`])
  if (changed.length === 0 && before?.row === now.row && before.before === now.before) return ''
  return `${BEGIN}${changed.join('')}${CSI}${now.row + 1};1H${now.before}${END}`
}
