/** Lines of the open secret chat by what the person calls them. Pure. */
import type { SecretLine } from '../../protocol/api/index.js'
import { wrong } from './slash-command.js'
import { to, type OpenSecret, type State, type Step } from './state.js'

/** A line with a message. */
export type SaidLine = SecretLine & { readonly id: string }

/** Those that somebody said, oldest first. */
export function messagesIn (lines: readonly SecretLine[]): SaidLine[] { return lines.filter((line): line is SaidLine => line.kind === 'message' && line.id !== null) }

/** Does something in the open secret chat. */
export function inSecret (state: State, then: (secret: OpenSecret) => Step): Step { return state.secret === null ? to(state) : then(state.secret) }

const NUMBERED = /^#?(\d{1,15})(?:\s+|$)([\s\S]*)$/

/** Does something with a message of it, by the number that the words begin with; without one, with `fallback`. */
export function onSecretLine (state: State, rest: string, then: (line: SaidLine, rest: string, secret: OpenSecret) => Step, fallback?: SaidLine): Step {
  return inSecret(state, secret => {
    const [, digits, behind = ''] = NUMBERED.exec(rest) ?? []
    const line = digits === undefined ? fallback : messagesIn(secret.lines).find(({ number }) => number === Number(digits))
    if (line !== undefined) return then(line, digits === undefined ? rest : behind, secret)
    if (digits !== undefined) return wrong(state, `there is no message ${digits} here (any more)`)
    return wrong(state, rest === '' ? 'say which message: the number in front of it' : `"${rest.slice(0, 20)}" is no number of a message`)
  })
}
