/** What stays at the lower edge: news of other chats, the line that is being written, and how things stand. Pure. */
import type { ChatInfo, NodeStatus } from '../../protocol/api/index.js'
import { oneLine } from '../terminal/safe-text.js'
import { isOut } from '../terminal/standing.js'
import { cut, pad, widthOf, wrap } from '../terminal/width.js'
import { messageAt } from './blocks.js'
import { wordsOf, type Look } from './render.js'
import type { Line } from './line.js'
import { secretPlaced } from './secret-blocks.js'
import { secretFooter, secretTitle, warningWords } from './secret-words.js'
import { shownSecrets } from './slash-places.js'
import type { MessageBlock, State } from './state.js'
import { styleOf, type Style } from './style.js'

/** The lower edge: lines, the row of the cursor, and what stands before it in its row. */
export interface Bottom { readonly lines: readonly string[], readonly row: number, readonly before: string }

/** Rows that the line may take: enough for a paragraph, and never the whole screen. */
const LINE_ROWS = 8
const OTHER_ROWS = 4
/** The part of the screen that a warning may take: a third. */
const WARNING_PART = 3
/** With so many rows one stays empty between what was said and the line. */
const AIRY_ROWS = 16

const PROMPT = '> '
const GOES_ON = '  '

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The lower edge of a terminal of a size. */
export function bottomOf (state: State, look: Look, rows: number): Bottom {
  const style = styleOf(look.color)
  const fit = (lines: readonly string[], how: (text: string) => string): string[] => lines.map(line => how(cut(line, look.columns)))
  const above = [...rows >= AIRY_ROWS ? [''] : [], ...warning(state, look, rows, style), ...fit(belowLine(state), style.marked), ...fit(newsLine(state), style.marked), ...fit(activityLine(state), style.dim), ...fit(state.doing === null ? [] : [oneLine(state.doing)], style.dim), ...fit(aboutLine(state), style.marked)]
  const written = lineRows(state.line, look.columns, Math.max(1, Math.min(LINE_ROWS, rows - OTHER_ROWS)))
  const shown = written.rows.map((row, i) => `${style.bold(i === 0 ? PROMPT : GOES_ON)}${row}`)
  return { lines: [...above, ...shown, footer(state, look, style)], row: above.length + written.row, before: `${style.bold(written.row === 0 ? PROMPT : GOES_ON)}${written.before}` }
}

/** Over the whole width: why nothing goes out in a secret chat. */
function warning ({ secret }: State, { columns }: Look, rows: number, style: Style): string[] {
  const words = secret === null ? '' : warningWords(secret)
  if (words === '') return []
  const most = Math.max(1, Math.floor(rows / WARNING_PART))
  const lines = wrap(words, columns - 2)
  const shown = lines.length <= most ? lines : [...lines.slice(0, most - 1), cut(lines.slice(most - 1).join(' '), columns - 2)]
  return shown.map(line => style.warning(pad(`! ${line}`, columns)))
}

/** That the person looks at what was said before. */
function belowLine ({ secret }: State): string[] { return secret === null || secret.below === 0 ? [] : [`more below: Page-Down${secret.info.unread === 0 ? '' : `, ${secret.info.unread} new`}`] }

/** What is new elsewhere. */
function newsLine (state: State): string[] {
  const { chats, chat, secret, secrets } = state
  const news = [
    ...chats.filter(({ id, unread }) => unread > 0 && id !== chat?.info.id).map(({ title, unread, unreadMentions }) => `${oneLine(title)}: ${unread} new${unreadMentions > 0 ? ' @you' : ''}`),
    ...shownSecrets(state).filter(({ id, unread, state: stands }) => id !== secret?.info.id && (unread > 0 || stands === 'asked')).map(one => `${oneLine(secretTitle(one, secrets))}: ${one.state === 'asked' ? 'asks you' : `${one.unread} new`}`)
  ]
  return news.length === 0 ? [] : [news.join(' · ')]
}

const DOINGS: Readonly<Record<string, string>> = { typing: 'is typing', recording: 'is recording', uploading: 'is sending a file' }

/** What others do in this chat. */
function activityLine ({ activity, chat }: State): string[] {
  const here = activity.filter(one => one.chat === chat?.info.id && Object.hasOwn(DOINGS, one.kind))
  const [first] = here
  if (first === undefined) return []
  return [here.length === 1 ? `${oneLine(first.name)} ${DOINGS[first.kind] ?? ''} …` : `${here.slice(0, 3).map(({ name }) => oneLine(name)).join(', ')}${here.length > 3 ? ` and ${here.length - 3} more` : ''} are writing …`]
}

function aboutLine (state: State): string[] {
  const { about } = state
  if (about === null) return []
  return [about.kind === 'edit' ? `new text for ${about.n} (Escape: as it was)` : `reply to ${about.n}${answeredWords(state, about.n)}`]
}

function answeredWords (state: State, n: number): string {
  const block = state.secret === null ? messageAt(state, n) : secretPlaced(state.secret, state.now).map(one => one.block).find((one): one is MessageBlock => one.kind === 'message' && one.n === n)
  return block === undefined ? '' : ` ${block.message.own ? 'me' : oneLine(block.message.fromName)}: ${oneLine(wordsOf(block.message))}`
}

/** A line's text in rows of the terminal, a window of them around the cursor. */
function lineRows ({ text, cursor }: Line, columns: number, most: number): { rows: string[], row: number, before: string } {
  // The last column stays free, for the cursor behind a full row.
  const room = Math.max(4, columns - PROMPT.length - 1)
  const rows = ['']
  let used = 0
  let at = { row: 0, before: '' }
  let place = 0
  for (const { segment } of graphemes.segment(text)) {
    if (place <= cursor) at = { row: rows.length - 1, before: rows.at(-1) ?? '' }
    place += segment.length
    const shown = segment === '\n' ? '' : oneLine(segment)
    const width = widthOf(shown)
    if (segment === '\n' || used + width > room) { rows.push(''); used = 0 }
    rows.push((rows.pop() ?? '') + shown)
    used += width
  }
  if (place <= cursor) at = { row: rows.length - 1, before: rows.at(-1) ?? '' }
  const first = Math.max(0, Math.min(at.row - Math.floor(most / 2), rows.length - most))
  return { rows: rows.slice(first, first + most), row: at.row - first, before: at.before }
}

function footer (state: State, { columns }: Look, style: Style): string {
  if (state.completion !== null && state.completion.words.length > 1) return style.dim(cut(completionText(state.completion.words, state.completion.at, columns), columns))
  if (state.hint !== null) return style.marked(cut(oneLine(state.hint), columns))
  const alarm = state.chat?.info.alarm ?? null
  if (alarm !== null) return style.bad(cut(`! ${oneLine(alarm)}`, columns))
  const text = cut(footerWords(state).join(' · '), columns)
  return state.node === null || !isConnected(state.node) ? style.bad(text) : style.dim(text)
}

/** How things stand, the most important first: a narrow terminal shows only the start. */
export function footerWords ({ chat, secret, node, activity }: State): string[] {
  if (secret !== null) return [...node !== null && isConnected(node) ? [] : [connectionWords(node)], ...secretFooter(secret), ...requestWords(node)]
  const online = activity.some(one => one.chat === chat?.info.id && one.kind === 'online')
  return [
    chat === null ? 'no chat: /switch NAME' : `${oneLine(chat.info.title)}${online ? ' (online)' : ''}`,
    connectionWords(node),
    ...chat === null ? [] : chat.info.kind === 'group' ? [chat.info.members === 0 ? 'out of it' : `${chat.info.members} members`] : [chat.verified === true ? 'verified ✓' : 'not verified'],
    ...chat === null ? [] : standingWords(chat.info),
    ...node === null || node.queued === 0 ? [] : [`${node.queued} waiting`],
    ...requestWords(node)
  ]
}

function requestWords (node: NodeStatus | null): string[] { return node === null || node.requests === 0 ? [] : [node.requests === 1 ? '1 request' : `${node.requests} requests`] }

function standingWords (info: ChatInfo): string[] {
  const { moving, gaps, current } = info
  if (moving !== null) return ['moving to another relay']
  if (gaps.length > 0) return ['something is missing']
  return current || isOut(info) ? [] : ['not current']
}

const isConnected = (node: NodeStatus): boolean => node.relays.some(({ home, own, state }) => own || (home && state === 'connected'))

function connectionWords (node: NodeStatus | null): string {
  if (node === null) return 'no daemon'
  const homes = node.relays.filter(({ home }) => home)
  if (homes.length === 0) return 'no relay yet'
  if (isConnected(node)) return 'connected'
  return homes.some(({ state }) => state === 'connecting') ? 'connecting …' : homes.some(({ state }) => state === 'refused') ? 'the relay refuses' : 'relay away'
}

/** The words around the one that was taken. */
function completionText (words: readonly string[], at: number | null, columns: number): string {
  const shown = words.map((word, i) => i === at ? `[${oneLine(word)}]` : oneLine(word))
  let first = at ?? 0
  // As many before it as leave it in sight.
  while (first > 0 && widthOf(shown.slice(first - 1, (at ?? 0) + 1).join(' ')) <= columns / 2) first--
  return `${first > 0 ? '… ' : ''}${shown.slice(first).join(' ')}`
}
