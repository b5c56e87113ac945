/** What stands above the line, as lines of a terminal. Pure. */
import type { ChatMessage } from '../../protocol/api/index.js'
import { mediaLines } from '../terminal/media.js'
import { stateMark } from '../terminal/people.js'
import { drawnQr } from '../terminal/qr.js'
import { oneLine } from '../terminal/safe-text.js'
import { covered, styledLines } from '../terminal/styled-text.js'
import { cut, widthOf, wrap } from '../terminal/width.js'
import { isNotice } from './blocks.js'
import { pollLines, pollWords } from './poll.js'
import type { Block, MessageBlock } from './state.js'
import { styleOf, type Style } from './style.js'

/** How wide lines may be, whether they have colours, and whether links are links. */
export interface Look { readonly columns: number, readonly color: boolean, readonly links: boolean }

/** Digits of a message's number before its text moves to the right. */
const NUMBER_COLUMNS = 3
/** Rows of a quote; the whole stands where it was said. */
const QUOTE_ROWS = 2

/** Messages beside the one that is rendered: what it answers. */
export type Find = (id: string) => MessageBlock | undefined

/**
 * A block's lines, none wider than the terminal. Texts of others are indented behind a number or a bar: none can pass
 * for a line of ours.
 */
export function blockLines (block: Block, look: Look, find: Find): string[] {
  const style = styleOf(look.color)
  switch (block.kind) {
    case 'day': return [style.dim(cut(`── ${dayText(block.at)} ──`, look.columns))]
    case 'rule': return block.text === '' ? [] : [style.bold(cut(`── ${oneLine(block.text)} ──`, look.columns))]
    case 'note': return [
      ...block.lines.flatMap(line => wrap(`${block.bad ? '! ' : '· '}${oneLine(line)}`, look.columns)).map(block.bad ? style.bad : style.dim),
      ...block.code === undefined ? [] : drawnQr(block.code, look.color, look.columns).map(row => cut(row, look.columns))
    ]
    case 'message': return isNotice(block.message) ? noticeLines(block, look, style) : messageLines(block, look, style, find)
  }
}

/** `Thu 26 November 2026`, in the person's language. */
function dayText (at: Date): string { return at.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' }) }

/** `14:05`. */
export function clockText (at: Date): string { return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}` }

function noticeLines ({ message }: MessageBlock, { columns }: Look, style: Style): string[] {
  return wrap(`${clockText(message.at)} · ${oneLine(message.own ? 'You' : message.fromName)} ${oneLine(message.text)}`, columns).map((line, i) => style.dim(cut(i === 0 ? line : line.trimStart(), columns)))
}

function messageLines (block: MessageBlock, look: Look, style: Style, find: Find): string[] {
  const { message, n } = block
  const number = String(n).padStart(NUMBER_COLUMNS)
  const indent = `${' '.repeat(widthOf(number))} `
  const room = Math.max(8, look.columns - indent.length)
  const lines = [
    ...before(message, room, style, find),
    ...marked(said(block, { ...look, columns: room }, style), block, room, style),
    ...after(message, room, style)
  ]
  return [...block.head ? [headLine(message, look, style)] : [], ...lines.map((line, i) => i === 0 ? `${style.dim(number)} ${line}` : indent + line)]
}

function headLine (message: ChatMessage, { columns }: Look, style: Style): string {
  const name = cut(oneLine(message.own ? 'me' : message.fromName), Math.max(1, columns - 6))
  return `${style.dim(clockText(message.at))} ${message.own ? style.bold(name) : style.name(name, message.from)}`
}

/** What it answers, and whose it was first. */
function before (message: ChatMessage, room: number, style: Style, find: Find): string[] {
  const lines: string[] = []
  if (message.forwardedFrom !== null) lines.push(style.dim(cut(`forwarded from ${oneLine(message.forwardedFrom.name)}`, room)))
  if (message.replyTo !== null) {
    const to = find(message.replyTo.id)
    const words = message.replyTo.quote ?? (to === undefined ? message.replyTo.text ?? '' : wordsOf(to.message))
    const name = to === undefined ? oneLine(message.replyTo.fromName ?? 'an earlier message') : `${to.n} ${to.message.own ? 'me' : oneLine(to.message.fromName)}`
    const [first = '', ...rest] = wrap(`${name}${words === '' ? '' : `: ${oneLine(words)}`}`, room - 2)
    lines.push(...[first, ...rest.slice(0, QUOTE_ROWS - 1).map((line, i) => i === QUOTE_ROWS - 2 && rest.length >= QUOTE_ROWS ? cut(`${line} …`, room - 2) : line)].map(line => style.dim(`│ ${line}`)))
  }
  return lines
}

/** The message in a few words. */
export function wordsOf (message: ChatMessage): string {
  if (message.deleted) return 'taken back'
  return [...mediaLines(message).map(line => line.slice(0, line.indexOf(']') + 1)), message.text === '' && message.media.length === 0 ? `(${message.kind})` : covered(message.text, message.entities)].filter(part => part !== '').join(' ')
}

function said ({ message, revealed = false }: MessageBlock, { columns, color, links }: Look, style: Style): string[] {
  if (message.deleted) return [style.dim('(taken back)')]
  const files = mediaLines(message).flatMap(line => wrap(line, columns))
  const { text, entities, kind, poll } = message
  const words = text !== '' ? styledLines(text, entities, { columns, color, links, spoilers: revealed }) : files.length > 0 ? [] : [`(${oneLine(kind)})`]
  return [...files, ...words, ...poll === null ? [] : pollLines(poll, columns, style)]
}

/** How far it got stands behind its last word, or below where there is no room. */
function marked (lines: readonly string[], { message, tail: more = '' }: MessageBlock, room: number, style: Style): string[] {
  const mark = stateMark(message.state) + countText(message)
  const notes = [...message.mentionsMe && !message.deleted ? [style.marked('@you')] : [], ...message.pinned ? [style.dim('pinned')] : [], ...message.edited && !message.deleted ? [style.dim('edited')] : [], ...message.preview ? [style.dim('not yet in the log')] : [], ...mark === '' || message.deleted ? [] : [message.state === 'failed' ? style.bad(mark) : message.state === 'read' ? style.good(mark) : style.dim(mark)], ...more === '' ? [] : [style.dim(more)]]
  if (notes.length === 0) return [...lines]
  const tail = notes.join(' ')
  const last = lines.at(-1) ?? ''
  return widthOf(last) + 2 + widthOf(tail) <= room ? [...lines.slice(0, -1), `${last}  ${tail}`] : [...lines, tail]
}

/** How many are that far, in a group. */
function countText ({ state, deliveredTo, readBy }: ChatMessage): string {
  const count = state === 'read' ? readBy : state === 'delivered' ? deliveredTo : null
  return count === null || count === 0 ? '' : ` ${count}`
}

function after (message: ChatMessage, room: number, style: Style): string[] {
  const reactions = message.deleted ? [] : message.reactions.map(({ emoji, count, own }) => own ? style.marked(`[${oneLine(emoji)} ${count}]`) : `${oneLine(emoji)} ${count}`)
  return [...inRows(reactions, room), ...message.error === null ? [] : wrap(`! ${oneLine(message.error.message)}`, room).map(style.bad)]
}

/** Words with two blanks between them, in as many rows as they need. */
function inRows (words: readonly string[], room: number): string[] {
  return words.reduce<string[]>((rows, word) => {
    const last = rows.at(-1)
    return last !== undefined && widthOf(last) + 2 + widthOf(word) <= room ? [...rows.slice(0, -1), `${last}  ${word}`] : [...rows, cut(word, room)]
  }, [])
}

/** What tells that a message changed which is out of reach: only what a person would want to know. */
export function changeLines (now: Block, before: Block, look: Look): string[] {
  if (now.kind !== 'message' || before.kind !== 'message') return []
  const style = styleOf(look.color)
  return changeWords(now, before).flatMap(line => wrap(`· ${line}`, look.columns)).map(line => now.message.state === 'failed' ? style.bad(line) : style.dim(line))
}

/** The same in words, without colours. */
export function changeWords ({ n, message, revealed }: MessageBlock, { message: before, revealed: was }: MessageBlock): string[] {
  if (message.deleted) return before.deleted ? [] : [`${n} was taken back`]
  return [
    ...revealed === true && was !== true ? [`${n}: ${oneLine(message.text)}`] : [],
    ...message.text !== before.text ? [`${n} is now: ${oneLine(covered(message.text, message.entities))}`] : [],
    ...reactionWords(message) !== reactionWords(before) ? [`${n}: ${reactionWords(message) || 'no reactions any more'}`] : [],
    ...message.pinned !== before.pinned ? [`${n} is ${message.pinned ? 'pinned' : 'not pinned any more'}`] : [],
    ...message.poll !== null && before.poll !== null && pollWords(message.poll) !== pollWords(before.poll) ? [`${n}: ${pollWords(message.poll)}`] : [],
    ...message.state === 'failed' && before.state !== 'failed' ? [`${n} was not sent: ${oneLine(message.error?.message ?? 'the relay refused it')}`] : []
  ]
}

/** Reactions in words. */
export function reactionWords ({ reactions }: ChatMessage): string { return reactions.map(({ emoji, count, own }) => `${oneLine(emoji)} ${count}${own ? ' (yours too)' : ''}`).join(', ') }
