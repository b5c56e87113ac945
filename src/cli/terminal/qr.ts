/** A text as a QR code of half blocks. */
import { toString } from 'qrcode'
import { widthOf } from './width.js'

/** The code as lines, or words that say why it cannot be shown: {@link drawnQr}. */
export async function qrLines (text: string, color: boolean, room: number | null): Promise<string[]> { return drawnQr(await qrRows(text), color, room) }

/** The code's rows of half blocks, the light modules drawn. */
export async function qrRows (text: string): Promise<string[]> { return (await toString(text, { type: 'utf8', errorCorrectionLevel: 'L' })).trimEnd().split('\n') }

/**
 * Rows as lines of a terminal, or words that say why it cannot show them. With colours the code is dark on white whatever
 * the terminal's own colours are; without, the terminal's foreground is the light part.
 *
 * @param room - columns, or null for no terminal
 */
export function drawnQr (plain: readonly string[], color: boolean, room: number | null): string[] {
  const width = Math.max(...plain.map(widthOf))
  if (room !== null && width > room) return [`(the QR code needs ${width} columns, this terminal has ${room})`]
  return color ? plain.map(line => `\u001b[47m\u001b[30m${inverted(line.padEnd(width))}\u001b[0m`) : [...plain]
}

/** utf8 codes draw the light modules; black on white wants the dark ones drawn. */
function inverted (line: string): string {
  const other: Readonly<Record<string, string>> = { ' ': '█', '█': ' ', '▀': '▄', '▄': '▀' }
  return line.replace(/[ █▀▄]/g, character => other[character] ?? character)
}
