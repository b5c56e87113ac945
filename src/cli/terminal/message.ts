/** Messages and updates as lines. */
import type { ChatMessage, MediaTransfer, SecretInfo, Update } from '../../protocol/api/index.js'
import { mediaLines, mediaWords } from './media.js'
import { shortId, stateMark } from './people.js'
import { pollLines, reactionLine } from './reactions.js'
import { oneLine, safeLines } from './safe-text.js'
import { secretNews } from './secret-news.js'
import { gapWords } from './standing.js'
import { covered, PLAIN_STYLE, styledLines, type TextStyle } from './styled-text.js'
import { bytesText, shortTime } from './time.js'
import { cut, wrap } from './width.js'

/** How lines are to be made. */
export interface View {
  readonly columns: number | null
  readonly now: Date
  /** Lines that show the message's pictures, made before. */
  readonly pictures?: readonly string[]
  /** How formatted text is shown; plain unless told. */
  readonly style?: Omit<TextStyle, 'columns'>
  /** The secret chat that an update is about, as it stands now. */
  readonly secret?: SecretInfo | undefined
}

/**
 * A message as lines: a head with id, time, author and state, then its text, each line of it indented, so that no
 * text can pass for a head.
 */
export function messageLines (message: ChatMessage, view: View): string[] {
  const notes = [message.mentionsMe ? '@you' : '', message.silent ? 'silent' : '', message.scheduledAt === null ? '' : `goes ${shortTime(message.scheduledAt, view.now)}`, message.preview ? 'not yet in the log' : '', message.edited ? 'edited' : '', message.pinned ? 'pinned' : '', message.replyTo === null ? '' : `reply to ${shortId(message.replyTo.id, view.columns)}`, message.forwardedFrom === null ? '' : `forwarded from ${oneLine(message.forwardedFrom.name)}`]
  const head = [shortId(message.id, view.columns), shortTime(message.at, view.now), oneLine(message.own ? 'me' : message.fromName), stateMark(message.state) + countOf(message), ...notes]
  return [
    fitted(head.filter(part => part !== '').join('  '), view),
    ...quoteLines(message, view),
    ...mediaLines(message).flatMap(line => indented(line, '  ', view)),
    ...(view.pictures ?? []),
    ...textLines(message, view),
    ...(message.poll === null ? [] : pollLines(message.poll)).flatMap(line => indented(line, '  ', view)),
    ...(message.reactions.length === 0 ? [] : indented(reactionLine(message), '  ', view)),
    ...(message.error === null ? [] : indented(`! ${oneLine(message.error.message)}`, '  ', view))
  ]
}

/** How many are that far, of an own message in a group. */
function countOf ({ state, deliveredTo, readBy }: ChatMessage): string {
  const count = state === 'read' ? readBy : state === 'delivered' ? deliveredTo : null
  return count === null || count === 0 ? '' : ` by ${count}`
}

const fitted = (line: string, view: View): string => view.columns === null ? line : wrap(line, view.columns).join('\n  ')

/** What it answers: the words that its author quoted, else the beginning of what was said, in one line. */
function quoteLines ({ replyTo }: ChatMessage, view: View): string[] {
  if (replyTo === null) return []
  const { quote, fromName, text } = replyTo
  const who = fromName === null ? '' : `${oneLine(fromName)}: `
  if (quote !== null) return safeLines(`${who}${quote}`).flatMap(line => indented(line, '  > ', view))
  if (text === null) return fromName === null ? [] : indented(`${who}(deleted)`, '  > ', view)
  const line = oneLine(who + text)
  return [`  > ${view.columns === null ? line : cut(line, Math.max(8, view.columns - 4))}`]
}

function indented (line: string, indent: string, view: View): string[] {
  const lines = view.columns === null ? [line] : wrap(line, Math.max(8, view.columns - indent.length))
  return lines.map(part => indent + part)
}

/** What is said, with its formatting. */
function textLines (message: ChatMessage, view: View): string[] {
  const bare = withoutText(message)
  if (bare !== undefined) return bare.flatMap(line => indented(line, '  ', view))
  return styledLines(message.text, message.entities, { ...PLAIN_STYLE, ...view.style, columns: view.columns === null ? null : Math.max(8, view.columns - 2) }).map(line => `  ${line}`)
}

/** The lines of a message that says nothing in words; undefined for one that does. */
function withoutText ({ deleted, text, media, kind }: ChatMessage): string[] | undefined {
  if (deleted) return ['(deleted)']
  return text !== '' ? undefined : media.length > 0 ? [] : [oneLine(`(${kind})`)]
}

function wordsOf (message: ChatMessage): string[] { return withoutText(message) ?? safeLines(covered(message.text, message.entities)) }

/** The text on one line, for lists. */
export function preview (message: ChatMessage | null): string {
  if (message === null) return ''
  return `${message.own ? 'me: ' : ''}${[mediaWords(message), oneLine(wordsOf(message).join('⏎'))].filter(part => part !== '').join(' ')}`
}

/** What is another about a message. */
function changeWords (message: ChatMessage, change: string): string {
  switch (change) {
    case 'edited': return `edited: ${oneLine(wordsOf(message).join('⏎'))}`
    case 'reactions': return `reactions: ${reactionLine(message) || 'none'}`
    case 'pinned': return message.pinned ? 'pinned' : 'not pinned any more'
    case 'poll': return message.poll === null ? 'poll' : pollLines(message.poll).join('  ')
    default: return oneLine(change)
  }
}

/** A file that is here or at the relay, whole; or that failed. */
function transferWords ({ media, direction, state, total, error }: MediaTransfer, view: View): string {
  const [here, there] = ['is here', 'is at the relay']
  const what = state === 'done' ? direction === 'download' ? here : there : `${direction} ${oneLine(state)}`
  return `file ${shortId(media, view.columns)}  ${bytesText(total)}  ${what}${error === null ? '' : `: ${oneLine(error.message)}`}`
}

/** What happened to a chat. What members see of it is a message of its own. */
const CHAT_WORDS: Readonly<Record<string, string | undefined>> = {
  created: 'made', joined: 'you are in it', read: 'read', alarm: 'needs your decision: petrel chats list', moved: 'lives at another relay now', resumed: 'goes on', voided: 'a change of it did not hold, and is void',
  members: 'who is in it or what they may do is another now, as the line before says', removed: 'you are not in it any more', older: 'older messages are being fetched, the newest first', history: 'all older messages that you may read are here', draft: 'what you have begun to write is kept', newest: 'its last lines are here already, what was said before them follows'
}

/** What happened to a device of the account. */
const DEVICE_WORDS: Readonly<Record<string, string | undefined>> = { added: 'came to your account; if it is none of yours: petrel devices revoke', renamed: 'is what it is called now', revoked: 'is out of your account', cloned: 'another copy of its home runs, so this one has stopped' }

/** An update as lines. A kind this build does not know is named. */
export function updateLines (update: Update, view: View): string[] {
  const { event } = update
  const line = (text: string): string[] => indented(`${shortTime(update.at, view.now)}  ${text}`, '', view)
  switch (event.type) {
    case 'message': return messageLines(event.message, view)
    case 'messageState': return line(`${shortId(event.id, view.columns)}  ${stateMark(event.state)} ${event.state}${event.error === null ? '' : `: ${oneLine(event.error.message)}`}`)
    case 'messageChanged': return line(`${shortId(event.message.id, view.columns)}  ${changeWords(event.message, event.change)}`)
    case 'messageDeleted': return line(`${shortId(event.id, view.columns)}  taken back for all`)
    case 'chat': return line(`chat ${oneLine(event.title)}: ${CHAT_WORDS[event.change] ?? oneLine(event.change)}`)
    case 'gap': return line(`chat ${oneLine(event.title)}: ${event.healed ? 'came after all' : 'missing'}: ${gapWords(event.gap)}`)
    case 'contact': return line(`contact ${oneLine(event.name)}: ${event.change}`)
    case 'transfer': return line(transferWords(event.transfer, view))
    case 'request': return line(`${oneLine(event.name)} wants to write to you: petrel requests accept ${shortId(event.id, view.columns)}`)
    case 'joinRequest': return line(`${oneLine(event.name)} asks to join ${oneLine(event.title)}: petrel group approve`)
    case 'joinAnswer': return line(`joining a group by a link: ${event.state}${event.reason === null ? '' : `, ${oneLine(event.reason)}`}`)
    case 'secret': return line(secretNews(event, view.secret))
    case 'device': return line(`device ${oneLine(event.name)}: ${DEVICE_WORDS[event.change] ?? oneLine(event.change)}`)
    default: return line(`(${oneLine((event as { type: string }).type)})`)
  }
}
