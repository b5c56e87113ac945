/** The commands that begin with a slash. Pure: each is a step. */
import { parseDuration } from '../duration.js'
import { withNote } from './blocks.js'
import { messageFacts } from './facts.js'
import { MESSAGE_COMMANDS } from './slash-messages.js'
import { SECRET_COMMANDS } from './secret-commands.js'
import { helpLines, inChat, onMessage, pathAndRest, wrong, type SlashCommand } from './slash-command.js'
import { PLACE_COMMANDS, QUIT_COMMAND } from './slash-places.js'
import { answered, to, type State, type Step } from './state.js'

/** All of them but in secret chats, in the order of the help. */
const CHAT_COMMANDS: readonly SlashCommand[] = [
  { name: 'help', usage: '', summary: 'these commands', run: state => to(withNote(state, helpLines(CHAT_COMMANDS))) },
  ...PLACE_COMMANDS,
  ...MESSAGE_COMMANDS,
  { name: 'attach', usage: 'FILE [CAPTION]', summary: 'send a file', completes: 'file', run: attach },
  { name: 'md', usage: 'TEXT', summary: 'send **bold**, *italic*, `code`, ||spoiler||', run: formatted },
  { name: 'silent', usage: 'TEXT', summary: 'send without a notification', run: sent('silent', { silent: true }) },
  { name: 'in', usage: 'TIME TEXT', summary: 'send later: in 2h, in 1d12h', run: later },
  { name: 'scheduled', usage: '[cancel|now K]', summary: 'what waits for its time; take K of it back, or send it now', run: scheduled },
  { name: 'poll', usage: 'QUESTION | A | B…', summary: 'ask everybody', run: poll },
  { name: 'pins', usage: '', summary: 'what is pinned here', run: asked('pins') },
  { name: 'search', usage: 'WORDS', summary: 'look for words in this chat', run: (state, rest) => rest === '' ? wrong(state, '/search needs words') : inChat(state, chat => to(state, { do: 'search', chat, query: rest })) },
  { name: 'older', usage: '', summary: 'what was said before', run: older },
  { name: 'info', usage: '[N]', summary: 'about the chat, or message N', completes: 'number', run: info },
  { name: 'members', usage: '', summary: 'who is in this chat', run: asked('members') },
  { name: 'verify', usage: '', summary: 'the number to compare with a contact', run: state => state.chat?.info.kind === 'group' ? wrong(state, 'a number is compared in the chat with one person') : asked('verify')(state) },
  QUIT_COMMAND
]

/** The commands that there are where the person is. */
export function commandsOf ({ secret }: State): readonly SlashCommand[] { return secret === null ? CHAT_COMMANDS : SECRET_COMMANDS }

/** Does what a line that begins with a slash says. A short form is taken when only one command begins so. */
export function runSlash (state: State, line: string): Step {
  const [, word = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? []
  const commands = commandsOf(state)
  const whole = commands.find(({ name }) => name === word)
  const fits = whole === undefined ? commands.filter(({ name }) => name.startsWith(word)) : [whole]
  const [command] = fits
  if (command === undefined && state.secret !== null && CHAT_COMMANDS.some(({ name }) => name === word)) return wrong(state, `there is no /${word} in a secret chat: what is said here stays here`)
  if (command === undefined || word === '') return wrong(state, `there is no /${word}: /help lists what there is; a text that begins with a slash is written with two`)
  if (fits.length > 1) return wrong(state, `/${word} could be ${fits.map(({ name }) => `/${name}`).join(' or ')}`)
  return command.run(state, rest.trimEnd())
}

function asked (what: 'scheduled' | 'pins' | 'members' | 'verify'): (state: State) => Step {
  return state => inChat(state, chat => to(state, { do: what, chat }))
}

/** Those that wait are counted as they are listed: they have no number among the messages. */
function scheduled (state: State, rest: string): Step {
  const [, what = '', k = ''] = /^(\w*)\s*(\d*)$/.exec(rest) ?? []
  if (rest === '') return asked('scheduled')(state)
  if ((what !== 'cancel' && what !== 'now') || k === '') return wrong(state, '/scheduled lists what waits; /scheduled cancel 1 takes the first of it back, /scheduled now 1 sends it')
  return inChat(state, chat => to(state, { do: 'unschedule', chat, k: Number(k), now: what === 'now' }))
}

function sent (name: string, how: { readonly silent?: true, readonly markdown?: true }): SlashCommand['run'] {
  return (state, text) => text === '' ? wrong(state, `/${name} needs a text`) : inChat(state, chat => to({ ...state, about: null }, { do: 'send', chat, text, replyTo: answered(state), ...how }))
}

/** Sends it; or, while a message is changed, gives it these words. */
function formatted (state: State, text: string): Step {
  const { about } = state
  if (about?.kind !== 'edit' || text === '') return sent('md', { markdown: true })(state, text)
  return inChat(state, chat => to({ ...state, about: null }, { do: 'edit', chat, id: about.id, text, markdown: true }))
}

function later (state: State, rest: string): Step {
  const [, time = '', text = ''] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? []
  if (text === '') return wrong(state, '/in needs a time and a text: /in 2h see you')
  try {
    const at = new Date(state.now.getTime() + parseDuration(time, '/in'))
    return inChat(state, chat => to({ ...state, about: null }, { do: 'send', chat, text, replyTo: answered(state), at }))
  } catch (error) {
    return wrong(state, error instanceof Error ? error.message : String(error))
  }
}

function poll (state: State, rest: string): Step {
  const [question = '', ...options] = rest.split(/[|\n]/).map(part => part.trim()).filter(part => part !== '')
  return options.length < 2 ? wrong(state, '/poll needs a question and two options: /poll Tea? | yes | no') : inChat(state, chat => to(state, { do: 'send-poll', chat, question, options }))
}

function attach (state: State, words: string): Step {
  const file = pathAndRest(words)
  if (file === undefined) return wrong(state, '/attach needs a file')
  return inChat(state, chat => to({ ...state, about: null }, { do: 'attach', chat, path: file.path, caption: file.rest, replyTo: answered(state) }))
}

function info (state: State, rest: string): Step {
  if (rest !== '') return onMessage(state, rest, block => to(withNote(state, messageFacts(block))))
  return inChat(state, chat => to(withNote(state, chatFacts(state)), { do: 'refresh-chat', chat }))
}

function chatFacts (state: State): string[] {
  if (state.chat === null) return []
  const { info: { title, kind, members, home, id } } = state.chat
  return [`${title}: ${kind === 'group' ? members === 0 ? 'a group that you are out of' : `a group of ${members}` : 'a chat of two'}`, `chat ${id}`, `lives at the relay ${home}`]
}

function older (state: State): Step {
  return inChat(state, chat => state.chat?.hasMore === true && state.chat.oldest !== null
    ? to(state, { do: 'older', chat, before: state.chat.oldest })
    : wrong(state, 'this is the beginning of the chat'))
}
