/** What keys do. Pure. */
import { LIMITS } from '../../protocol/api/index.js'
import { complete, nextWord } from './complete.js'
import type { Key, KeyName } from './keys.js'
import { edit, EMPTY, lineOf, write, type Line } from './line.js'
import { readUpTo } from './reading.js'
import { chatNamed, runSlash, wrong } from './slash.js'
import { opens, to, type History, type State, type Step } from './state.js'

/** Lines that are remembered, in memory only. */
const REMEMBERED = 200

/** A key, a paste, or the terminal being looked at. */
export function onKey (state: State, key: Key): Step {
  if (key.kind === 'focus') return key.has ? readUpTo({ ...state, looked: true }) : to({ ...state, looked: false })
  // Who writes looks.
  const seen = readUpTo({ ...state, hint: null, looked: true })
  const step = key.kind === 'key' ? onNamed(seen.state, key.name) : to(withLine(seen.state, write(state.line, key.kind === 'text' ? key.text : key.text.replaceAll('\t', '    '))))
  return { state: step.state, effects: [...seen.effects, ...step.effects] }
}

function withLine (state: State, line: Line): State { return { ...state, line, completion: null } }

function onNamed (state: State, name: KeyName): Step {
  switch (name) {
    case 'enter': return entered(state)
    case 'tab': return state.completion === null ? complete(state) : to(nextWord(state, 1))
    case 'back-tab': return to(state.completion === null ? state : nextWord(state, -1))
    case 'escape': return to(state.completion === null ? { ...state, about: null } : { ...state, completion: null })
    case 'interrupt': return state.line.text !== '' || state.about !== null ? to({ ...withLine(state, EMPTY), about: null, history: { ...state.history, at: null } }) : to(state, { do: 'quit', interrupted: true })
    case 'end-of-input': return state.line.text !== '' ? to(withLine(state, edit(state.line, 'delete') ?? state.line)) : to(state, { do: 'quit', interrupted: false })
    case 'repaint': return to(state, { do: 'repaint' })
    case 'suspend': return to(state, { do: 'suspend' })
    case 'page-up': return state.line.text === '' ? runSlash(state, '/older') : to(state)
    default: return edited(state, name)
  }
}

function edited (state: State, name: KeyName): Step {
  const line = edit(state.line, name)
  if (line !== null) return to(withLine(state, line))
  return to(name === 'up' ? backInHistory(state, -1) : name === 'down' ? backInHistory(state, 1) : state)
}

function backInHistory (state: State, by: -1 | 1): State {
  const { lines, at, kept } = state.history
  const next = (at ?? lines.length) + by
  if (next < 0 || next > lines.length || (at === null && by > 0)) return state
  const history = { lines, at: next === lines.length ? null : next, kept: at === null ? state.line : kept }
  return { ...withLine(state, next === lines.length ? kept : lineOf(lines[next] ?? '', state.line.cut)), history }
}

function remembered ({ lines }: History, text: string): History {
  return { lines: [...lines.filter(line => line !== text), text].slice(-REMEMBERED), at: null, kept: EMPTY }
}

function entered (state: State): Step {
  const { text, cut } = state.line
  if (text.trim() === '') return to(withLine(state, { ...EMPTY, cut }))
  const step = onLine({ ...withLine(state, { ...EMPTY, cut }), history: remembered(state.history, text) }, text)
  // What could not be done is there to be corrected.
  return step.kept === true ? { ...step, state: { ...step.state, line: state.line } } : step
}

/** A whole line. `kept`: it could not be done, and stays. */
export function onLine (state: State, line: string): Step & { readonly kept?: boolean } {
  if (state.opening) return { ...wrong(state, 'a chat is being opened: once more, please'), kept: true }
  if (line.startsWith('/') && !line.startsWith('//')) return runSlash(state, line)
  const text = line.startsWith('//') ? line.slice(1) : line
  if (state.chat === null) return opens(state, chatNamed(state, text.trim()))
  if (text.length > LIMITS.textUnits) return { ...wrong(state, `that is ${text.length} characters long, and a message has at most ${LIMITS.textUnits}: send it in parts, or as a file`), kept: true }
  return to({ ...state, about: null }, { do: 'send', chat: state.chat.info.id, text, replyTo: state.about?.id ?? null, silent: false })
}
