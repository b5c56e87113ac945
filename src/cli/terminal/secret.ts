/** Secret chats as a terminal shows them. */
import { LIMITS, type SecretInfo, type SecretLine } from '../../protocol/api/index.js'
import { mediaLines } from './media.js'
import { shortId } from './people.js'
import { oneLine } from './safe-text.js'
import { styledLines, type TextStyle } from './styled-text.js'
import { shortTime } from './time.js'

/** How a line is shown. */
export interface SecretView { readonly columns: number | null, readonly now: Date, readonly style: Omit<TextStyle, 'columns'>, readonly name: string }

const STATES = { waiting: '…', sent: '✓', delivered: '✓✓', read: 'read', failed: 'not sent: its files are lost' } as const
const PATHS = { direct: 'straight to the device', circuit: 'through a circuit relay', relay: 'by its home relay' } as const

/** A timer in words. */
export function timerText (seconds: number): string {
  const units = [[604_800, 'week'], [86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']] as const
  const [size, name] = units.find(([size]) => seconds % size === 0 && seconds >= size) ?? [1, 'second']
  const count = seconds / size
  return seconds === 0 ? 'off' : `${count} ${name}${count === 1 ? '' : 's'}`
}

/** Seconds of a timer as people type it: `30s`, `1h`, `7d`, `off`; undefined for what is none. */
export function timerSeconds (words: string): number | undefined {
  if (words === 'off') return 0
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhdw])$/.exec(words) ?? []
  const seconds = Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit] ?? NaN)
  return seconds >= 1 && seconds <= LIMITS.secretTimerSeconds ? seconds : undefined
}

/** By what a chat's frames go, and how it stands. */
export function secretFacts (secret: SecretInfo): Array<readonly [string, string]> {
  return [
    ['with', `${oneLine(secret.name)} (${secret.devices.length > 1 ? `${secret.devices.length} devices are asked` : oneLine(secret.device)})`],
    ['state', stateText(secret)],
    ['timer', timerText(secret.timer)],
    ['compared', secret.verified ? 'yes: verified' : `no: petrel secret verify ${secret.id.slice(0, 6)}`],
    ['way', secret.path === null ? 'nothing was sent yet' : PATHS[secret.path]],
    ...secret.waiting === 0 ? [] : [['waiting', `${secret.waiting} of yours not yet on the other device`] as const],
    ...secret.alarm === null ? [] : [['!', oneLine(secret.alarm)] as const]
  ]
}

/** Its state in words. */
export function stateText ({ id, state, ending }: SecretInfo): string {
  switch (state) {
    case 'asking': return 'waits for the other to accept'
    case 'asked': return `waits for you: petrel secret accept ${id.slice(0, 6)}`
    case 'open': return 'open'
    case 'closed': return ending === 'elsewhere' ? 'accepted on another device of yours' : ending === 'there' ? 'closed by the other: its keys and messages are gone' : 'closed: its keys and messages are gone'
    default: return oneLine(state)
  }
}

/** One line. */
export function secretLines (line: SecretLine, { columns, now, style, name }: SecretView): string[] {
  const who = line.own ? 'me' : oneLine(name)
  const head = `${line.id === null ? '' : `${shortId(line.id, columns)}  `}${shortTime(line.at, now)}  ${who}`
  if (line.kind === 'lost') return [`${shortTime(line.at, now)}  a message of ${oneLine(name)} can never be read`]
  if (line.kind === 'note') return [`${shortTime(line.at, now)}  ${secretNoteText(line, who)}`]
  const marks = [line.state === null ? '' : STATES[line.state] ?? oneLine(line.state), line.edited ? 'edited' : '', line.ttl === 0 ? '' : line.goesAt === null ? `${timerText(line.ttl)} from reading` : `until ${shortTime(line.goesAt, now)}`].filter(mark => mark !== '')
  const reactions = [...line.reactions.theirs.map(emoji => oneLine(emoji)), ...line.reactions.own.map(emoji => `${oneLine(emoji)} (you)`)]
  return [
    `${head}${marks.length === 0 ? '' : `  ${marks.join('  ')}`}`,
    ...line.replyTo === null ? [] : [`  answers ${shortId(line.replyTo, columns)}`],
    ...mediaLines(line).map(text => `  ${text}`),
    ...line.text === '' && line.media.length > 0 ? [] : styledLines(line.text ?? '', line.entities, { ...style, columns: columns === null ? null : Math.max(8, columns - 2) }).map(text => `  ${text}`),
    ...reactions.length === 0 ? [] : [`  ${reactions.join(' ')}`]
  ]
}

/** What happened, in words. */
export function secretNoteText ({ note, own }: Pick<SecretLine, 'note' | 'own'>, who: string): string {
  if (note === 'accepted') return own ? 'you accepted' : `${who} accepted`
  if (note === 'screenshot') return own ? 'you took a picture of the chat' : `${who} took a picture of the chat`
  if (note === 'timerOff') return own ? 'you turned the timer off' : `${who} turned the timer off`
  if (note?.startsWith('timer:') === true) return `${own ? 'you' : who} set the timer to ${timerText(Number(note.slice(6)))}`
  return 'something that only a newer version can show'
}
