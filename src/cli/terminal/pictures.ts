/**
 * Pictures as lines of a terminal, one beside the other. Kitty's graphics protocol and iTerm2's inline images draw into
 * room that is made by empty lines first, so that a picture at the lower edge scrolls no text away; half blocks are text.
 */

/** A picture in cells, ready to be drawn. */
export interface Cells { readonly columns: number, readonly rows: number }
/** One that the terminal itself draws. */
export interface Drawn extends Cells { readonly bytes: Uint8Array }
/** One of pixels, `width` by `height`, three bytes each. */
export interface Pixels { readonly rgb: Uint8Array, readonly width: number, readonly height: number }

const ESC = '\u001b'
/** Characters of base64 in one piece of kitty's protocol. */
const PIECE = 4096
/** A cell is about twice as high as it is wide, and about so many pixels wide. */
const CELL_RATIO = 2
const CELL_WIDTH = 8
const GAP = 2

/** Cells for a picture inside some room: its shape is kept, and it is not made larger than it is. */
export function fit (width: number, height: number, room: Cells): Cells {
  const scale = Math.min(room.columns / width, room.rows * CELL_RATIO / height, 1 / CELL_WIDTH)
  return { columns: Math.max(1, Math.round(width * scale)), rows: Math.max(1, Math.round(height * scale / CELL_RATIO)) }
}

/** Pictures that the terminal draws, in as many rows as they need. */
export function drawnLines (form: 'kitty' | 'iterm', pictures: readonly Drawn[], indent: number, columns: number): string[] {
  return inRows(pictures, columns - indent).flatMap(row => {
    const height = Math.max(...row.map(({ rows }) => rows))
    let at = indent
    const drawing = row.map(picture => {
      const moved = `${ESC}7${ESC}[${at}C${form === 'kitty' ? kitty(picture) : iterm(picture)}${ESC}8`
      at += picture.columns + GAP
      return moved
    })
    const [up, down] = height === 1 ? ['', ''] : [`${ESC}[${height - 1}A`, `${ESC}[${height - 1}B`]
    return [...Array.from({ length: height - 1 }, () => ''), `\r${up}${drawing.join('')}${down}`]
  })
}

/** Pictures of half blocks in colours, in as many rows as they need. */
export function blockLines (pictures: readonly Pixels[], indent: number, columns: number): string[] {
  const cells = pictures.map(pixels => ({ columns: pixels.width, rows: Math.ceil(pixels.height / CELL_RATIO), pixels }))
  return inRows(cells, columns - indent).flatMap(row => {
    const height = Math.max(...row.map(({ rows }) => rows))
    return Array.from({ length: height }, (_, y) => ' '.repeat(indent) + row.map(({ pixels }) => blockRow(pixels, y)).join(' '.repeat(GAP)))
  })
}

function inRows <T extends Cells> (pictures: readonly T[], columns: number): T[][] {
  const rows: T[][] = []
  let used = Infinity
  for (const picture of pictures) {
    if (used + picture.columns > columns) { rows.push([]); used = 0 }
    rows.at(-1)?.push(picture)
    used += picture.columns + GAP
  }
  return rows
}

/** Transmit and show (`a=T`) a PNG (`f=100`) in so many cells; the terminal answers nothing (`q=2`) and leaves the cursor where it is (`C=1`). */
function kitty ({ bytes, columns, rows }: Drawn): string {
  const data = Buffer.from(bytes).toString('base64')
  const pieces: string[] = []
  for (let at = 0; at < data.length; at += PIECE) pieces.push(data.slice(at, at + PIECE))
  return pieces.map((piece, i) => {
    const keys = i === 0 ? `a=T,f=100,q=2,C=1,c=${columns},r=${rows},` : ''
    return `${ESC}_G${keys}m=${i === pieces.length - 1 ? 0 : 1};${piece}${ESC}\\`
  }).join('')
}

function iterm ({ bytes, columns, rows }: Drawn): string {
  return `${ESC}]1337;File=inline=1;size=${bytes.length};width=${columns};height=${rows};preserveAspectRatio=1:${Buffer.from(bytes).toString('base64')}\u0007`
}

/** The upper pixel is the letter's colour, the lower one its ground. A last odd row has no ground. */
function blockRow ({ rgb, width, height }: Pixels, y: number): string {
  const [upper, lower] = [y * CELL_RATIO, y * CELL_RATIO + 1]
  if (upper >= height) return ' '.repeat(width)
  const colour = (x: number, line: number): string => [...rgb.subarray((line * width + x) * 3, (line * width + x) * 3 + 3)].join(';')
  let out = ''
  for (let x = 0; x < width; x++) out += `${ESC}[38;2;${colour(x, upper)}m${lower < height ? `${ESC}[48;2;${colour(x, lower)}m` : `${ESC}[49m`}▀`
  return `${out}${ESC}[0m`
}
