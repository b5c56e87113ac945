/** What a command that begins with a slash is, and what they share. Pure. */
import { isNotice, messageAt, withNote } from './blocks.js'
import { lineOf } from './line.js'
import { to, type MessageBlock, type State, type Step } from './state.js'

/** What completes a command's words. */
export type Completes = 'chat' | 'file' | 'number' | 'number-chat' | 'emoji'

/** A command: what it is called, what follows, what it does, and doing it with what was typed behind it. */
export interface SlashCommand {
  readonly name: string
  readonly usage: string
  readonly summary: string
  readonly completes?: Completes
  readonly run: (state: State, rest: string) => Step
}

/** A path and what follows it. A path with blanks stands in quotes, or its blanks behind backslashes, as a terminal pastes it; undefined when there is none. */
export function pathAndRest (words: string): { path: string, rest: string } | undefined {
  const [, quoted, single, plain, rest = ''] = /^(?:"([^"]+)"|'([^']+)'|((?:\\.|[^\s\\])+))\s*([\s\S]*)$/.exec(words) ?? []
  const path = quoted ?? single ?? plain?.replace(/\\(.)/g, '$1')
  return path === undefined ? undefined : { path, rest }
}

/** Puts a message's words into the line, to be changed there. */
export function beginsEdit (state: State, { n, id, before, isFormatted }: { readonly n: number, readonly id: string, readonly before: string, readonly isFormatted: boolean }): Step {
  const next: State = { ...state, about: { kind: 'edit', n, id }, line: lineOf(before, state.line.cut) }
  return to(isFormatted ? { ...next, hint: 'formatting goes unless you write it anew: /md TEXT' } : next)
}

/** What somebody typed as a message's new text: as it stands, or formatted behind `/md`. */
export function editedText (words: string): { text: string, markdown?: true } {
  const [, formatted] = /^\/md\s+([\s\S]+)$/.exec(words) ?? []
  return formatted === undefined ? { text: words } : { text: formatted, markdown: true }
}

/** What the commands of a table do, one a line. */
export function helpLines (commands: readonly SlashCommand[]): string[] {
  return [
    ...commands.map(({ name, usage, summary }) => `/${name}${usage === '' ? '' : ` ${usage}`}: ${summary}`),
    'N is the number in front of a message. Tab completes, up and down bring back what you wrote, Alt-Enter or Ctrl-J begins a new line.'
  ]
}

const NUMBERED = /^#?(\d{1,9})(?:\s+|$)([\s\S]*)$/

/** A step that says what was wrong. */
export function wrong (state: State, words: string): Step { return to(withNote(state, [words], true)) }

/** Does something with the open chat, if there is one. */
export function inChat (state: State, then: (chat: string) => Step): Step {
  return state.chat === null ? wrong(state, 'no chat is open: /switch CHAT') : then(state.chat.info.id)
}

/** Does something with a message of the open chat, by the number that the words begin with; without one, with `fallback`. */
export function onMessage (state: State, rest: string, then: (block: MessageBlock, rest: string) => Step, fallback?: MessageBlock): Step {
  return inChat(state, chat => {
    const [, digits, behind = ''] = NUMBERED.exec(rest) ?? []
    const block = digits === undefined ? fallback : messageAt(state, Number(digits))
    if (digits === undefined && block === undefined) return wrong(state, rest === '' ? 'say which message: the number in front of it' : `"${rest.slice(0, 20)}" is no number of a message`)
    if (block === undefined) return wrong(state, `there is no message ${digits ?? ''} here`)
    if (block.message.chat !== chat) return wrong(state, `message ${block.n} is in another chat: /switch there first`)
    if (isNotice(block.message) || block.message.deleted) return wrong(state, `${block.n} is no message any more`)
    return then(block, digits === undefined ? rest : behind)
  })
}
