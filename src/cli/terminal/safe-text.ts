/**
 * Text of others made harmless for a terminal. A stranger chooses a name and a message: neither may move
 * the cursor, set the window's title, reorder what stands beside it, or look like a line of ours.
 */

// C0 and C1 controls (with ESC and the one-byte CSI), DEL.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g
// Bidi marks, embeddings, overrides and isolates; line and paragraph separators; the invisible that can hide text.
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

const SYMBOLS_OF_CONTROLS = 0x2400

function controlPicture (character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(SYMBOLS_OF_CONTROLS + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}

/** Text on one line: controls become their pictures (ESC is `␛`), a line break `⏎`, what reorders or hides text is dropped. */
export function oneLine (text: string): string {
  return text.toWellFormed().replace(/\r\n|[\n\r\u2028\u2029]/g, '⏎').replace(/\t/g, ' ').replace(CONTROL, controlPicture).replace(INVISIBLE, '')
}

/** Text that keeps its line breaks; every line is harmless by itself. */
export function safeLines (text: string): string[] { return text.split(/\r\n|[\n\r\u2028\u2029]/).map(oneLine) }

/**
 * A value as JSON on one line. JSON leaves C1 controls and bidi marks as they are; escaped they mean the same
 * to a parser and nothing to a terminal.
 */
export function safeJson (value: unknown): string {
  return JSON.stringify(value).replace(CONTROL, escaped).replace(INVISIBLE, escaped)
}

function escaped (character: string): string { return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` }
