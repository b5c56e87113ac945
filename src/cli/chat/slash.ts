/** The commands that begin with a slash. Pure: each is a step. */
import type { MessageBlock, State, Step } from './state.js'
import { opens, to } from './state.js'
import { isNotice, messageAt, messagesOf, withNote } from './blocks.js'
import { chatLines, messageFacts } from './facts.js'

/** What completes a command's words. */
export type Completes = 'chat' | 'file' | 'number-chat'

/** A command: what it is called, what follows, what it does, and doing it with what was typed behind it. */
export interface SlashCommand {
  readonly name: string
  readonly usage: string
  readonly summary: string
  readonly completes?: Completes
  readonly run: (state: State, rest: string) => Step
}

const NUMBERED = /^#?(\d{1,9})(?:\s+|$)([\s\S]*)$/

/** All of them, in the order of the help. */
export const SLASH_COMMANDS: readonly SlashCommand[] = [
  { name: 'help', usage: '', summary: 'these commands', run: state => to(withNote(state, helpLines())) },
  { name: 'chats', usage: '', summary: 'your chats', run: state => to(withNote(state, chatLines(state)), { do: 'refresh-chats' }) },
  { name: 'switch', usage: 'CHAT', summary: 'go to another chat', completes: 'chat', run: (state, rest) => rest === '' ? wrong(state, '/switch needs a chat: its name, its id, or its number in /chats') : opens(state, chatNamed(state, rest)) },
  { name: 'reply', usage: '[N] [TEXT]', summary: 'answer message N, or the newest', run: reply },
  { name: 'attach', usage: 'FILE [CAPTION]', summary: 'send a file', completes: 'file', run: attach },
  { name: 'forward', usage: 'N CHAT', summary: 'send message N on to another chat', completes: 'number-chat', run: forward },
  { name: 'delete', usage: 'N', summary: 'take message N back for all', run: (state, rest) => onMessage(state, rest, block => to(state, { do: 'delete', chat: block.message.chat, id: block.message.id })) },
  { name: 'info', usage: '[N]', summary: 'about the chat, or message N', run: info },
  { name: 'members', usage: '', summary: 'who is in this chat', run: state => inChat(state, chat => to(state, { do: 'members', chat })) },
  { name: 'verify', usage: '', summary: 'the number to compare with a contact', run: state => inChat(state, chat => state.chat?.info.kind === 'group' ? wrong(state, 'a number is compared in the chat with one person') : to(state, { do: 'verify', chat })) },
  { name: 'older', usage: '', summary: 'what was said before', run: older },
  { name: 'silent', usage: 'TEXT', summary: 'send without a notification', run: (state, rest) => rest === '' ? wrong(state, '/silent needs a text') : inChat(state, chat => to({ ...state, about: null }, { do: 'send', chat, text: rest, replyTo: state.about?.id ?? null, silent: true })) },
  { name: 'quit', usage: '', summary: 'leave; so does Ctrl-D', run: state => to(state, { do: 'quit', interrupted: false }) }
]

/** Does what a line that begins with a slash says. A short form is taken when only one command begins so. */
export function runSlash (state: State, line: string): Step {
  const [, word = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? []
  const whole = SLASH_COMMANDS.find(({ name }) => name === word)
  const fits = whole === undefined ? SLASH_COMMANDS.filter(({ name }) => name.startsWith(word)) : [whole]
  const [command] = fits
  if (command === undefined || word === '') return wrong(state, `there is no /${word}: /help lists what there is; a text that begins with a slash is written with two`)
  if (fits.length > 1) return wrong(state, `/${word} could be ${fits.map(({ name }) => `/${name}`).join(' or ')}`)
  return command.run(state, rest.trimEnd())
}

/** A step that says what was wrong. */
export function wrong (state: State, words: string): Step { return to(withNote(state, [words], true)) }

/** A chat by what somebody typed: its number in the list, its name, or the start of it however it is written; else as it is. */
export function chatNamed ({ chats }: State, words: string): string {
  const number = /^\d{1,3}$/.test(words) ? chats[Number(words) - 1] : undefined
  const exact = chats.find(({ title }) => title === words)
  const alike = chats.filter(({ title }) => title.toLowerCase().startsWith(words.toLowerCase()))
  return (exact ?? number ?? (alike.length === 1 ? alike[0] : undefined))?.id ?? words
}

function helpLines (): string[] {
  return [
    ...SLASH_COMMANDS.map(({ name, usage, summary }) => `/${name}${usage === '' ? '' : ` ${usage}`}: ${summary}`),
    'N is the number in front of a message. Tab completes, up and down bring back what you wrote, Alt-Enter or Ctrl-J begins a new line.'
  ]
}

function inChat (state: State, then: (chat: string) => Step): Step {
  return state.chat === null ? wrong(state, 'no chat is open: /switch CHAT') : then(state.chat.info.id)
}

/** A message of the open chat by the number that the words begin with; without one `fallback`. */
function onMessage (state: State, rest: string, then: (block: MessageBlock, rest: string) => Step, fallback?: MessageBlock): Step {
  return inChat(state, chat => {
    const [, digits, behind = ''] = NUMBERED.exec(rest) ?? []
    const block = digits === undefined ? fallback : messageAt(state, Number(digits))
    if (digits === undefined && block === undefined) return wrong(state, fallbackWords(rest))
    if (block === undefined) return wrong(state, `there is no message ${digits ?? ''} here`)
    if (block.message.chat !== chat) return wrong(state, `message ${block.n} is in another chat: /switch there first`)
    if (isNotice(block.message) || block.message.deleted) return wrong(state, `${block.n} is no message any more`)
    return then(block, digits === undefined ? rest : behind)
  })
}

const fallbackWords = (rest: string): string => rest === '' ? 'say which message: the number in front of it' : `"${rest.slice(0, 20)}" is no number of a message`

function reply (state: State, rest: string): Step {
  const newest = messagesOf(state).findLast(({ message }) => !message.own && message.chat === state.chat?.info.id && !message.deleted && !isNotice(message))
  return onMessage(state, rest, ({ n, message: { chat, id } }, text) => text === ''
    ? to({ ...state, about: { kind: 'reply', n, id } })
    : to({ ...state, about: null }, { do: 'send', chat, text, replyTo: id, silent: false }), newest)
}

/** A path with blanks stands in quotes, or its blanks behind backslashes, as a terminal pastes it. */
function attach (state: State, rest: string): Step {
  const [, quoted, single, plain, caption = ''] = /^(?:"([^"]+)"|'([^']+)'|((?:\\.|[^\s\\])+))\s*([\s\S]*)$/.exec(rest) ?? []
  const path = quoted ?? single ?? plain?.replace(/\\(.)/g, '$1')
  if (path === undefined) return wrong(state, '/attach needs a file')
  return inChat(state, chat => to({ ...withNote(state, [`sending ${path} …`]), about: null }, { do: 'attach', chat, path, caption, replyTo: state.about?.id ?? null }))
}

function forward (state: State, rest: string): Step {
  return onMessage(state, rest, ({ message: { chat, id } }, name) => name === ''
    ? wrong(state, '/forward needs a number and a chat')
    : to(state, { do: 'forward', chat, id, to: state.chats.find(({ title }) => title === name)?.id ?? name }))
}

function info (state: State, rest: string): Step {
  if (rest !== '') return onMessage(state, rest, block => to(withNote(state, messageFacts(block))))
  return state.chat === null ? wrong(state, 'no chat is open: /switch CHAT') : to(withNote(state, chatFactsOf(state)), { do: 'refresh-chat', chat: state.chat.info.id })
}

function chatFactsOf (state: State): string[] {
  if (state.chat === null) return []
  const { info: { title, kind, members, home, id } } = state.chat
  return [`${title}: ${kind === 'group' ? `a group of ${members}` : 'a chat of two'}`, `chat ${id}`, `lives at the relay ${home}`]
}

function older (state: State): Step {
  return inChat(state, chat => state.chat?.hasMore === true && state.chat.oldest !== null
    ? to(state, { do: 'older', chat, before: state.chat.oldest })
    : wrong(state, 'this is the beginning of the chat'))
}
