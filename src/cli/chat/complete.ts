/** Completion with Tab: commands, chats, files. Pure. */
import { write } from './line.js'
import { EMOJI } from './emoji.js'
import { commandsOf } from './slash.js'
import { shownSecrets } from './slash-places.js'
import { secretTitle } from './secret-words.js'
import { to, type Effect, type State, type Step } from './state.js'

/** Completes what stands before the cursor. */
export function complete (state: State): Step {
  const before = state.line.text.slice(0, state.line.cursor)
  const command = /^\/(\S*)$/.exec(before)
  if (command !== null) return withWords(state, 0, commandsOf(state).map(({ name }) => `/${name}`).filter(word => word.startsWith(before)))
  const at = /(?:^|\s)@(\S*)$/.exec(before)
  if (at !== null && state.chat !== null) return to(state, { do: 'list-members', chat: state.chat.info.id, start: at[1] ?? '', from: before.length - (at[1] ?? '').length - 1 })
  if (state.chat === null && state.secret === null && !before.startsWith('/')) return withWords(state, 0, titles(state, before))
  const [, name = '', behind = ''] = /^\/(\S+)\s+([\s\S]*)$/.exec(before) ?? []
  const from = before.length - behind.length
  switch (commandsOf(state).find(one => one.name === name)?.completes) {
    case 'chat': return withWords(state, from, titles(state, behind))
    case 'file': return fileStep(state, from, behind)
    case 'number-chat': {
      const [, number = '', title] = /^(#?\d+\s+)([\s\S]*)$/.exec(behind) ?? []
      return title === undefined ? to(state) : withWords(state, from + number.length, titles(state, title))
    }
    case 'emoji': return emojiStep(state, from, behind)
    default: return to(state)
  }
}

/** After the number: names of emoji, which become emoji. */
function emojiStep (state: State, from: number, behind: string): Step {
  const [, start = '', word] = /^(#?\d+\s+(?:\S+\s+)*)(\S*)$/.exec(behind) ?? []
  if (word === undefined) return to(state)
  return withWords(state, from + start.length, Object.entries(EMOJI).filter(([name]) => name.startsWith(word)).map(([, emoji]) => emoji))
}

function titles (state: State, start: string): string[] {
  const { chats, chat, secret, secrets } = state
  const others = [...chats.filter(({ id }) => id !== chat?.info.id).map(({ title }) => title), ...shownSecrets(state).filter(({ id }) => id !== secret?.info.id).map(one => secretTitle(one, secrets))]
  return others.filter(title => title.toLowerCase().startsWith(start.toLowerCase()))
}

/** Only the path itself: what follows it is the caption. */
function fileStep (state: State, from: number, behind: string): Step {
  const effect: Effect = { do: 'list-files', path: behind.replace(/^["']/, '').replace(/\\(.)/g, '$1'), from }
  return /^(?:["'][^"']*|(?:\\.|[^\s"'])*)$/.test(behind) ? to(state, effect) : to(state)
}

/** The words that fit from a place on: one is written; of several, what they have in common, and then one after the other. */
export function withWords (state: State, from: number, words: readonly string[]): Step {
  const start = state.line.text.slice(from, state.line.cursor)
  const [only] = words
  if (only === undefined) return to({ ...state, hint: 'nothing fits' })
  if (words.length === 1) return to({ ...state, line: put(state, from, only.endsWith('/') ? only : `${only} `), completion: null })
  const common = commonStart(words)
  const line = common.length > start.length ? put(state, from, common) : state.line
  return to({ ...state, line, completion: { from, words, at: null } })
}

/** The next of the words that fit, or the one before. */
export function nextWord (state: State, by: 1 | -1): State {
  const { completion } = state
  if (completion === null) return state
  const { from, words, at } = completion
  const next = at === null ? (by > 0 ? 0 : words.length - 1) : (at + by + words.length) % words.length
  return { ...state, line: put(state, from, words[next] ?? ''), completion: { from, words, at: next } }
}

function put ({ line }: State, from: number, word: string): State['line'] {
  return write({ ...line, text: line.text.slice(0, from) + line.text.slice(line.cursor), cursor: from }, word)
}

function commonStart (words: readonly string[]): string {
  const [first = '', ...others] = words
  let length = first.length
  for (const other of others) while (!other.toLowerCase().startsWith(first.slice(0, length).toLowerCase())) length--
  return first.slice(0, length)
}
