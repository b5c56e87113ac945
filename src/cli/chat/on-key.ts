/** What keys do. Pure. */
import { LIMITS } from '../../protocol/api/index.js'
import { complete, nextWord } from './complete.js'
import type { Key, KeyName } from './keys.js'
import { edit, EMPTY, lineOf, write, type Line } from './line.js'
import { readUpTo } from './reading.js'
import { saidSecretly } from './secret-commands.js'
import { scrolled } from './secret-steps.js'
import { runSlash } from './slash.js'
import { goesTo } from './slash-places.js'
import { wrong } from './slash-command.js'
import { answered, draftErrand, to, type Effect, type History, type State, type Step } from './state.js'

/** Lines that are remembered, in memory only. */
const REMEMBERED = 200
/** The others are told again after so long that something is being written, ms: what was told ends by itself after some more. */
const TELL_MS = 4000

/** A key, a paste, or the terminal being looked at. */
export function onKey (state: State, key: Key): Step {
  if (key.kind === 'focus') return key.has ? readUpTo({ ...state, looked: true }) : to({ ...state, looked: false })
  // Who writes looks.
  const seen = readUpTo({ ...state, hint: null, looked: true })
  const step = key.kind === 'key' ? onNamed(seen.state, key.name) : to(withLine(seen.state, write(state.line, key.kind === 'text' ? key.text : key.text.replaceAll('\t', '    '))))
  const typed = told(step.state, step.effects.some(effect => effect.do === 'send'))
  return { state: typed.state, effects: [...seen.effects, ...step.effects, ...typed.effects] }
}

/** Tells the others that something is being written, now and then; and once it is not any more. A command is nobody's business. */
function told (state: State, sent: boolean): Step {
  const { chat, line, now, typedAt } = state
  if (chat === null || state.opening) return to(state)
  if (line.text === '' || line.text.startsWith('/')) {
    // What was sent says by itself that it is written.
    return to({ ...state, typedAt: null }, ...typedAt === null || sent ? [] : [{ do: 'typing', chat: chat.info.id, idle: true } as const])
  }
  if (typedAt !== null && now.getTime() - typedAt < TELL_MS) return to(state)
  return to({ ...state, typedAt: now.getTime() }, { do: 'typing', chat: chat.info.id, idle: false })
}

/** Leaves, and keeps what is begun. */
function quit (state: State, interrupted: boolean): Step { return to(state, ...draftErrand(state), { do: 'quit', interrupted }) }

function withLine (state: State, line: Line): State { return { ...state, line, completion: null } }

function onNamed (state: State, name: KeyName): Step {
  switch (name) {
    case 'enter': return entered(state)
    case 'tab': return state.completion === null ? complete(state) : to(nextWord(state, 1))
    case 'back-tab': return to(state.completion === null ? state : nextWord(state, -1))
    case 'escape': return to(state.completion !== null ? { ...state, completion: null } : state.about?.kind === 'edit' ? { ...withLine(state, EMPTY), about: null } : { ...state, about: null })
    case 'interrupt': return state.line.text !== '' || state.about !== null ? to({ ...withLine(state, EMPTY), about: null, history: { ...state.history, at: null } }) : quit(state, true)
    case 'end-of-input': return state.line.text !== '' ? to(withLine(state, edit(state.line, 'delete') ?? state.line)) : quit(state, false)
    case 'repaint': return to(state, { do: 'repaint' })
    case 'suspend': return to(state, { do: 'suspend' })
    case 'page-down': return scrolled(state, -1)
    case 'page-up': return state.secret !== null ? scrolled(state, 1) : state.line.text === '' ? runSlash(state, '/older') : to(state)
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
  const before = { ...withLine(state, { ...EMPTY, cut }), history: remembered(state.history, text) }
  const { about, secret } = state
  if (about?.kind === 'edit' && secret !== null && !text.startsWith('/')) return to({ ...before, about: null }, { do: 'edit-secret', secret: secret.info.id, id: about.id, text })
  // While a message is changed, a command is still a command.
  if (about?.kind === 'edit' && state.chat !== null && !text.startsWith('/')) return to({ ...before, about: null }, { do: 'edit', chat: state.chat.info.id, id: about.id, text })
  const step = onLine(before, text)
  // What could not be done is there to be corrected.
  return step.kept === true ? { ...step, state: { ...step.state, line: state.line } } : step
}

/** A whole line. `kept`: it could not be done, and stays. */
export function onLine (state: State, line: string): Step & { readonly kept?: boolean } {
  if (state.opening) return { ...wrong(state, 'a chat is being opened: once more, please'), kept: true }
  if (line.startsWith('/') && !line.startsWith('//')) return runSlash(state, line)
  const text = (line.startsWith('//') ? line.slice(1) : line).trimEnd()
  if (state.chat === null && state.secret === null) return goesTo(state, text.trim())
  if (text.length > LIMITS.textUnits) return { ...wrong(state, `that is ${text.length} characters long, and a message has at most ${LIMITS.textUnits}: send it in parts, or as a file`), kept: true }
  if (state.chat === null) return saidSecretly(state, text)
  const sent: Effect[] = [{ do: 'send', chat: state.chat.info.id, text, replyTo: answered(state) }]
  const next = { ...state, about: null, draft: '' }
  return to(next, ...sent, ...state.draft === '' ? [] : [{ do: 'draft', chat: state.chat.info.id, text: '', replyTo: null } as const])
}
