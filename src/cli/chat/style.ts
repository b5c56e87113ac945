/** Colours of the chat, or none. Pure. */

/** Ways to set words apart. Without colours all give the words back. */
export interface Style {
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly marked: (text: string) => string
  /** A whole row that stands out; and one that warns. */
  readonly bar: (text: string) => string
  readonly warning: (text: string) => string
  /** A name, in a colour that is the same each time. */
  readonly name: (text: string, account: string) => string
}

/** Colours of names, readable on dark and on light: all but black, white, and red, which is for what went wrong. */
const NAMES = [32, 33, 34, 35, 36, 92, 94, 95, 96]

/** The style of a terminal with or without colours. */
export function styleOf (color: boolean): Style {
  const sgr = (code: string) => (text: string): string => color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  return {
    dim: sgr('2'), bold: sgr('1'), good: sgr('32'), bad: sgr('31'), marked: sgr('1;33'), bar: sgr('7'), warning: sgr('1;37;41'),
    name: (text, account) => sgr(`1;${NAMES[sumOf(account) % NAMES.length] ?? 36}`)(text)
  }
}

function sumOf (text: string): number {
  let sum = 0
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return sum
}
