/**
 * Keeps a terminal's screen like the state: what is new is written above the lower edge and becomes the terminal's own
 * scrollback; the lower edge is written over. Pure: what is on the screen in, what to write out.
 *
 * Only relative movements are used, so that it does not matter where on the screen it began. Lines do not wrap while they
 * are written: however a terminal measures an emoji, a line is one row.
 */
import { widthOf } from '../terminal/width.js'
import type { Bottom } from './bottom.js'
import type { Block, Size } from './state.js'

/** Everything there is to show. `dropped`: blocks that stood before the first one. */
export interface Scene { readonly blocks: readonly Block[], readonly dropped: number, readonly bottom: Bottom }

/** Lines of a block; and lines that tell, further below, of a change to one that is out of reach. */
export interface Maker {
  readonly lines: (block: Block) => readonly string[]
  readonly changeLines: (now: Block, before: Block) => readonly string[]
}

/**
 * What is on the screen. `shown` was painted last. `rows`: those of the newest blocks, which stand right above the lower
 * edge as they were written. `above`: rows of the lower edge above the cursor.
 */
export interface Screen { readonly size: Size, readonly shown: Scene | null, readonly rows: readonly Rows[], readonly above: number }

/** The rows of a block. */
type Rows = readonly string[]

/** Nothing written yet. */
export function newScreen (size: Size): Screen { return { size, shown: null, rows: [], above: 0 } }

const CSI = '\u001b['
/** Shown at once by terminals that know how (private mode 2026), without the cursor on its way (25) and without wrapping (7). */
const BEGIN = `${CSI}?2026h${CSI}?25l${CSI}?7l`
const END = `${CSI}?7h${CSI}?25h${CSI}?2026l`

/** Brings the screen to the scene. */
export function paint (screen: Screen, scene: Scene, maker: Maker): { screen: Screen, text: string } {
  const before = screen.shown === null ? [] : screen.shown.blocks.slice(Math.max(0, scene.dropped - screen.shown.dropped))
  const { from, told } = changes(screen, before, scene, maker)
  const first = before.length - screen.rows.length
  // Rows of blocks that stand there, from the first one that is written again on.
  const again = from === null ? [] : scene.blocks.slice(from.block, before.length).map(block => maker.lines(block))
  const fresh = scene.blocks.slice(before.length).map(block => maker.lines(block))
  const kept = from === null ? screen.rows : screen.rows.slice(0, from.block - first)
  const up = screen.above + (from === null ? 0 : count(screen.rows.slice(from.block - first)) - from.row)
  const written = [...again.flat().slice(from?.row ?? 0), ...told, ...fresh.flat()]
  return {
    // What stands above words about a change is out of reach from then on.
    screen: { size: screen.size, shown: scene, rows: [...told.length > 0 ? [] : [...kept, ...again], ...fresh].slice(-screen.size.rows), above: scene.bottom.row },
    text: `${BEGIN}${up === 0 ? '' : `${CSI}${up}A`}\r${written.map(wholeRow).join('')}${bottomText(scene.bottom)}${END}`
  }
}

/** The first row that is another now and can be reached; and words about changes that cannot. */
function changes ({ size, shown, rows }: Screen, before: readonly Block[], scene: Scene, maker: Maker): { from: { block: number, row: number } | null, told: readonly string[] } {
  let below = shown?.bottom.lines.length ?? 0
  let from: { block: number, row: number } | null = null
  const told: (readonly string[])[] = []
  for (let i = before.length - 1; i >= 0; i--) {
    const [was, now, stands] = [before[i], scene.blocks[i], rows[i - (before.length - rows.length)]]
    if (was !== undefined && now !== undefined && was !== now) {
      const row = stands === undefined ? 0 : firstChange(stands, maker.lines(now))
      if (row === null) continue
      if (stands !== undefined && below + stands.length - row <= size.rows) from = { block: i, row }
      else told.unshift(maker.changeLines(now, was))
    }
    below += stands?.length ?? 0
  }
  return { from, told: told.flat() }
}

/** The first row that differs; null when none does. */
function firstChange (before: Rows, now: Rows): number | null {
  for (let i = 0; i < Math.max(before.length, now.length); i++) if (before[i] !== now[i]) return i
  return null
}

/** A row, over what stood in it. Erased before it is written: behind a row that is full, the last cell would go. */
function wholeRow (line: string): string { return `${CSI}K${line}\r\n` }

/**
 * The lower edge. What is below goes with its last row: erasing all from the first row of the screen on makes some
 * terminals push it into their scrollback. The cursor is put where the terminal itself thinks that the text before it ends. */
function bottomText ({ lines, row, before }: Bottom): string {
  const up = lines.length - 1 - row
  return `${lines.slice(0, -1).map(wholeRow).join('')}${CSI}J${lines.at(-1) ?? ''}${up === 0 ? '' : `${CSI}${up}A`}\r${before}`
}

/**
 * The screen in a new size. Where the number of columns changed, what was written has other rows now, and is left as it
 * is. `reflows`: the terminal breaks its lines anew, as most do; the others cut them off.
 */
export function resized (screen: Screen, size: Size, reflows: boolean): Screen {
  if (size.columns === screen.size.columns) return { ...screen, size }
  const { shown } = screen
  if (shown === null) return newScreen(size)
  const { lines, row, before } = shown.bottom
  const above = reflows ? lines.slice(0, row).reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / size.columns)), 0) + Math.floor(widthOf(before) / size.columns) : row
  return { size, shown, rows: [], above }
}

/** Takes the lower edge away and leaves the cursor below what was said. */
export function left ({ above }: Screen): string { return `${above === 0 ? '' : `${CSI}${above}A`}\r${CSI}J` }

/** Empties the screen, and writes as many of the newest blocks as it holds; what scrolled away stays. */
export function repaint ({ size }: Screen, scene: Scene, maker: Maker): { screen: Screen, text: string } {
  let rows = scene.bottom.lines.length
  let from = scene.blocks.length
  while (from > 0) {
    const block = scene.blocks[from - 1]
    rows += block === undefined ? 0 : maker.lines(block).length
    if (rows >= size.rows) break
    from--
  }
  const nothing: Bottom = { lines: [], row: 0, before: '' }
  const painted = paint({ ...newScreen(size), shown: { ...scene, blocks: scene.blocks.slice(0, from), bottom: nothing } }, scene, maker)
  return { screen: painted.screen, text: `${CSI}H${CSI}2J${painted.text}` }
}

function count (rows: readonly Rows[]): number { return rows.reduce((total, { length }) => total + length, 0) }
