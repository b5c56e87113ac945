/** Secret chats in words: their names, how they stand, what is compared. Pure. */
import type { SecretCode, SecretInfo, SecretLine } from '../../protocol/api/index.js'
import { oneLine } from '../terminal/safe-text.js'
import { timerText } from '../terminal/secret.js'
import { exactTime } from '../terminal/time.js'
import type { OpenSecret } from './state.js'

const PATHS = { direct: 'direct', circuit: 'by circuit', relay: 'by relay' } as const

/** What a secret chat is called in lists and by `/switch`: no other chat's name ends so. */
export function secretTitle ({ id, name, state }: SecretInfo, all: readonly SecretInfo[]): string {
  const others = all.filter(one => one.name === name && one.id !== id && (one.state === 'closed') === (state === 'closed'))
  return `${name} (secret${others.length === 0 ? '' : ` ${id.slice(0, 6)}`})`
}

/** How it stands, beside its name in a list. */
export function secretStanding ({ state, alarm, timer, name }: SecretInfo): string {
  if (alarm !== null) return `! ${alarm}`
  switch (state) {
    case 'asked': return `asks you: /accept ${name}`
    case 'asking': return 'not accepted yet'
    case 'closed': return 'closed'
    default: return timer === 0 ? '' : `timer ${timerText(timer)}`
  }
}

/** How one that is closed has ended. */
export function endingWords ({ ending }: SecretInfo): string { return ending === 'elsewhere' ? 'accepted on another device of yours' : 'closed' }

/** The bar above it. */
export function secretBar ({ info }: OpenSecret): string {
  const { name, timer, state } = info
  const stands = { asked: 'asks you', asking: 'not accepted yet', closed: endingWords(info), open: timer === 0 ? 'no timer' : `timer ${timerText(timer)}` }
  return `SECRET CHAT with ${oneLine(name)} · ${stands[state] ?? oneLine(state)}`
}

/** Parts of the footer, the most important first. */
export function secretFooter ({ info: { name, path, verified, waiting, state } }: OpenSecret): string[] {
  return [
    `secret: ${oneLine(name)}`,
    state === 'asked' ? '/accept or /close' : state === 'asking' ? 'not accepted yet' : state === 'closed' ? 'closed' : path === null ? 'open' : PATHS[path] ?? oneLine(path),
    verified ? 'verified ✓' : 'not verified',
    ...waiting === 0 ? [] : [`${waiting} waiting`]
  ]
}

/** Why nothing goes out, and what the person can do; empty while there is no reason. */
export function warningWords ({ info: { alarm }, settles }: OpenSecret): string {
  if (alarm === null) return ''
  return `NOTHING IS SENT: ${oneLine(alarm)}. ${settles ? 'Compare with /verify; /accept if it is the same' : '/close ends this chat'}`
}

/** Why nothing can be said here now; undefined when it can. */
export function silenceOf ({ info: { state, name, alarm } }: OpenSecret): string | undefined {
  if (state === 'asking') return `${name} has not accepted yet: nothing can be said`
  if (state === 'asked') return `${name} asks you for this secret chat: /accept, or /close`
  if (state === 'closed') return 'this secret chat is closed: /secret begins another one'
  return alarm === null ? undefined : `nothing is sent: ${alarm}`
}

/** What two people compare. */
export function codeLines ({ digits, emoji }: SecretCode, { name, verified }: SecretInfo): string[] {
  const groups = digits.split(' ')
  return [
    `Compare with ${name}, by another way than this chat:`,
    ...Array.from({ length: Math.ceil(groups.length / 4) }, (_, i) => groups.slice(4 * i, 4 * i + 4).join(' ')),
    emoji.map(({ symbol, name: word }) => `${symbol} ${word}`).join('  '),
    verified ? 'You have said that it is the same; /verify no takes that back.' : 'If it is the same: /verify yes. If not, somebody sits between you: /close'
  ]
}

/** Everything about a line. */
export function secretLineFacts (line: SecretLine, { name }: SecretInfo): string[] {
  const states = { waiting: 'waits on this node', sent: 'waits at a relay for the other device', delivered: 'is on the other device', read: 'was read', failed: 'was not sent: its files are lost' }
  return [
    `${line.number}: by ${line.own ? 'you' : name}, ${exactTime(line.at)}`,
    ...line.id === null ? [] : [`id ${line.id}`],
    ...line.state === null ? [] : [states[line.state] ?? line.state],
    line.ttl === 0 ? 'stays until this chat is closed' : line.goesAt === null ? `lives ${timerText(line.ttl)} from reading` : `goes at ${exactTime(line.goesAt)}`
  ]
}
