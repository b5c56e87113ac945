/**
 * Keeps a terminal's screen like the state: what is new is written above the lower edge and becomes the terminal's own
 * scrollback; the lower edge is written over. Pure: what is on the screen in, what to write out.
 *
 * Only relative movements are used, so that it does not matter where on the screen it began. Lines do not wrap while they
 * are written: however a terminal measures an emoji, a line is one row.
 */
import { widthOf } from '../terminal/width.js'
import type { Bottom } from './bottom.js'
import type { Block } from './state.js'

/** A size, in cells. */
export interface Size { readonly columns: number, readonly rows: number }

/** Everything there is to show. `dropped`: blocks that stood before the first one. */
export interface Scene { readonly blocks: readonly Block[], readonly dropped: number, readonly bottom: Bottom }

/** Lines of a block; and lines that tell, further below, of a change to one that is out of reach. */
export interface Maker {
  readonly lines: (block: Block) => readonly string[]
  readonly changeLines: (now: Block, before: Block) => readonly string[]
}

/**
 * What is on the screen. `shown` was painted last. `heights`: rows of the newest blocks, those that stand right above the
 * lower edge as they were written. `above`: rows of the lower edge above the cursor.
 */
export interface Screen { readonly size: Size, readonly shown: Scene | null, readonly heights: readonly number[], readonly above: number }

/** Nothing written yet. */
export function newScreen (size: Size): Screen { return { size, shown: null, heights: [], above: 0 } }

const CSI = '\u001b['
/** Shown at once by terminals that know how (private mode 2026), without the cursor on its way (25) and without wrapping (7). */
const BEGIN = `${CSI}?2026h${CSI}?25l${CSI}?7l`
const END = `${CSI}?7h${CSI}?25h${CSI}?2026l`

/** Brings the screen to the scene. */
export function paint (screen: Screen, scene: Scene, { lines, changeLines }: Maker): { screen: Screen, text: string } {
  const before = screen.shown === null ? [] : screen.shown.blocks.slice(Math.max(0, scene.dropped - screen.shown.dropped))
  const inReach = reach(screen)
  const changes = before.flatMap((block, i) => block === scene.blocks[i] ? [] : [i])
  const first = changes.find(i => i >= before.length - inReach) ?? before.length
  const told = changes.filter(i => i < first).flatMap(i => tell(scene.blocks[i], before[i], changeLines))
  const again = scene.blocks.slice(first).map(block => lines(block))
  const written = [...told, ...again.flat()]
  const rewritten = screen.heights.slice(screen.heights.length - (before.length - first))
  const up = screen.above + sum(rewritten)
  const heights = [...told.length > 0 ? [] : screen.heights.slice(0, screen.heights.length - rewritten.length), ...again.map(({ length }) => length)]
  return {
    screen: { size: screen.size, shown: scene, heights: heights.slice(-screen.size.rows), above: scene.bottom.row },
    text: `${BEGIN}${up === 0 ? '' : `${CSI}${up}A`}\r${written.map(wholeRow).join('')}${bottomText(scene.bottom)}${END}`
  }
}

function tell (now: Block | undefined, before: Block | undefined, changeLines: Maker['changeLines']): readonly string[] {
  return now === undefined || before === undefined ? [] : changeLines(now, before)
}

/** How many of the newest blocks are on the screen for sure. */
function reach ({ size, shown, heights }: Screen): number {
  let rows = shown?.bottom.lines.length ?? 0
  let count = 0
  for (const height of heights.toReversed()) {
    rows += height
    if (rows > size.rows) break
    count++
  }
  return count
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
  const above = reflows ? sum(lines.slice(0, row).map(line => Math.max(1, Math.ceil(widthOf(line) / size.columns)))) + Math.floor(widthOf(before) / size.columns) : row
  return { size, shown, heights: [], above }
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

function sum (numbers: readonly number[]): number { return numbers.reduce((total, n) => total + n, 0) }
