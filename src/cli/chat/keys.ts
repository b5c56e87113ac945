/** What a terminal sends for keys and pastes, as keys. Pure: text in, keys out; what is not whole yet waits. */

/** Keys that do something other than write. */
export type KeyName =
  | 'enter' | 'newline' | 'tab' | 'back-tab' | 'escape' | 'backspace' | 'delete' | 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'page-up' | 'page-down'
  | 'word-left' | 'word-right' | 'word-backspace' | 'word-delete' | 'cut-before' | 'cut-after' | 'put-back' | 'interrupt' | 'end-of-input' | 'repaint' | 'suspend'

/** What somebody did at the terminal. `focus`: whether this terminal is the one that is looked at. */
export type Key =
  | { readonly kind: 'key', readonly name: KeyName }
  | { readonly kind: 'text' | 'paste', readonly text: string }
  | { readonly kind: 'focus', readonly has: boolean }

/** What waits for the rest of it: the start of a sequence, or of the end of a paste. */
export interface KeyState { readonly rest: string, readonly pasting: boolean }

/** Nothing waits. */
export const NO_KEYS: KeyState = { rest: '', pasting: false }

/** A sequence that is longer than this is none of a keyboard's: its first character is dropped, and it is read on as text. */
const LONGEST_SEQUENCE = 32
const PASTE_END = '\u001b[201~'

/** ECMA-48 5.4: parameters, intermediates, a final character. */
const SEQUENCE = /^\u001b\[[0-?]*[ -/]*[@-~]/
const UNFINISHED = /^\u001b(?:\[[0-?]*[ -/]*|O)?$/

/** Sequences of xterm and those who follow it, of the Linux console and rxvt; the last two are Shift-Enter where terminals tell it. */
const SEQUENCES: Readonly<Record<string, KeyName>> = {
  '[A': 'up', '[B': 'down', '[C': 'right', '[D': 'left', '[H': 'home', '[F': 'end', OA: 'up', OB: 'down', OC: 'right', OD: 'left', OH: 'home', OF: 'end', OM: 'enter',
  '[1~': 'home', '[7~': 'home', '[4~': 'end', '[8~': 'end', '[3~': 'delete', '[5~': 'page-up', '[6~': 'page-down', '[Z': 'back-tab',
  '[1;5C': 'word-right', '[1;5D': 'word-left', '[1;3C': 'word-right', '[1;3D': 'word-left', Oc: 'word-right', Od: 'word-left', '[3;5~': 'word-delete', '[3;3~': 'word-delete',
  '[13;2u': 'newline', '[27;2;13~': 'newline'
}

const WITH_ALT: Readonly<Record<string, KeyName>> = { b: 'word-left', f: 'word-right', d: 'word-delete', '\u007f': 'word-backspace', '\b': 'word-backspace', '\r': 'newline', '\n': 'newline' }

const CONTROLS: Readonly<Record<string, KeyName>> = {
  '\r': 'enter', '\n': 'newline', '\t': 'tab', '\u007f': 'backspace', '\b': 'backspace', '\u0001': 'home', '\u0002': 'left', '\u0003': 'interrupt', '\u0004': 'end-of-input', '\u0005': 'end',
  '\u0006': 'right', '\u000b': 'cut-after', '\u000c': 'repaint', '\u000e': 'down', '\u0010': 'up', '\u0015': 'cut-before', '\u0017': 'word-backspace', '\u0019': 'put-back', '\u001a': 'suspend'
}

// All that is written as it is: no control.
const WRITTEN = /^[^\u0000-\u001f\u007f-\u009f]+/

/** The keys in what came, after what waited. What is not whole waits on. */
export function readKeys (state: KeyState, came: string): { state: KeyState, keys: Key[] } {
  const keys: Key[] = []
  let { pasting } = state
  let text = state.rest + came
  while (text !== '') {
    const step = pasting ? pasteStep(text) : keyStep(text)
    if (step === null) break
    if (step.key !== undefined) keys.push(step.key)
    pasting = step.pasting ?? pasting
    text = text.slice(step.used)
  }
  return { state: { rest: text, pasting }, keys }
}

/** What waited will not get longer: an escape stood alone. */
export function endKeys (state: KeyState): { state: KeyState, keys: Key[] } {
  if (state.pasting || state.rest === '') return { state, keys: [] }
  const [, ...rest] = state.rest
  const after = readKeys(NO_KEYS, rest.join(''))
  return { state: after.state, keys: [{ kind: 'key', name: 'escape' }, ...after.keys] }
}

interface Step { readonly used: number, readonly key?: Key, readonly pasting?: boolean }

/** A paste is handed on in the pieces in which it comes. */
function pasteStep (text: string): Step | null {
  const end = text.indexOf(PASTE_END)
  if (end === 0) return { used: PASTE_END.length, pasting: false }
  const sure = end > 0 ? end : text.length - tailOf(text)
  return sure === 0 ? null : { used: sure, key: { kind: 'paste', text: text.slice(0, sure) } }
}

/** How much of the end of a text may be the start of the end of a paste. */
function tailOf (text: string): number {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length--) if (PASTE_END.startsWith(text.slice(-length))) return length
  return 0
}

function keyStep (text: string): Step | null {
  if (text.startsWith('\u001b')) return escapeStep(text)
  const written = WRITTEN.exec(text)?.[0]
  if (written !== undefined) return { used: written.length, key: { kind: 'text', text: written } }
  const [first = ''] = text
  const name = Object.hasOwn(CONTROLS, first) ? CONTROLS[first] : undefined
  return { used: 1, ...named(name) }
}

function escapeStep (text: string): Step | null {
  if (UNFINISHED.test(text)) return text.length <= LONGEST_SEQUENCE ? null : { used: 1 }
  const sequence = SEQUENCE.exec(text)?.[0] ?? (text[1] === 'O' ? text.slice(0, 3) : undefined)
  if (sequence === undefined) {
    const [, second = ''] = text
    // Two escapes: the first stood alone.
    if (second === '\u001b') return { used: 1, ...named('escape') }
    return { used: 1 + second.length, ...named(Object.hasOwn(WITH_ALT, second) ? WITH_ALT[second] : undefined) }
  }
  const code = sequence.slice(1)
  if (code === '[200~') return { used: sequence.length, pasting: true }
  if (code === '[I' || code === '[O') return { used: sequence.length, key: { kind: 'focus', has: code === '[I' } }
  return { used: sequence.length, ...named(Object.hasOwn(SEQUENCES, code) ? SEQUENCES[code] : undefined) }
}

function named (name: KeyName | undefined): { key?: Key } { return name === undefined ? {} : { key: { kind: 'key', name } } }
