/** What a message answers, as it is shown beside the answer. */
import type { ChatMessage, MediaFile } from '../../protocol/api/index.js'
import { ENTRY_ID_LENGTH, fromBase32Text, LIMITS, peerIdText } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Draft } from './draft.js'
import { viewOf } from './message-view.js'
import { rowView } from './view.js'

/** Places of a short quote in a long text that are looked at. */
const PLACES = 64

type Answered = Pick<ChatMessage, 'own' | 'fromName' | 'text' | 'entities' | 'media' | 'deleted'>

/** A message whose answer's other half is told too: who said it, and its beginning; and whether it is for this account above others. `draft`: rows that are not on the disk yet. */
export async function withAnswered (chat: Chat, message: ChatMessage, draft?: Pick<Draft, 'rows' | 'cursor'>): Promise<ChatMessage> {
  const { replyTo } = message
  const line = replyTo === null ? undefined : await lineOf(chat, replyTo.id, draft)
  const mentionsMe = !message.own && (line?.own === true || namesMe(chat, message))
  if (replyTo === null || line === undefined || line.fromName === '') return mentionsMe ? { ...message, mentionsMe } : message
  return { ...message, mentionsMe, replyTo: { ...replyTo, ...replyTo.quote === null || line.deleted ? {} : { quote: coveredQuote(replyTo.quote, line) }, fromName: line.fromName, text: line.deleted ? null : beginning(line) } }
}

/** By the account, or where that is not said by the name that it calls itself. */
function namesMe ({ deps: { me, nameOf } }: Chat, { entities, text }: ChatMessage): boolean {
  const account = peerIdText(me)
  return entities.some(({ type, value, offset, length }) => {
    if (type !== 'mention' && type !== 'text_mention') return false
    return value === undefined ? type === 'mention' && text.slice(offset, offset + length) === `@${nameOf(me)}` : value === account || value === `petrel:${account}`
  })
}

async function lineOf (chat: Chat, text: string, draft: Pick<Draft, 'rows' | 'cursor'> | undefined): Promise<Answered | undefined> {
  const id = fromBase32Text(text, ENTRY_ID_LENGTH)
  const [fresh] = draft?.rows.under(id) ?? []
  if (draft !== undefined && fresh !== undefined) return rowView(fresh.seq, fresh.row, draft.cursor, chat.view)
  return await viewOf(chat, id)
}

/** A stretch of a message as others are to see it: what is covered there is covered here. */
export function coveredQuote (quote: string, said: Pick<Answered, 'text' | 'entities'>): string {
  const shown = covered(said)
  const [first, ...others] = placesOf(quote, said.text).map(at => shown.slice(at, at + quote.length))
  // It may stand there more than once.
  return others.reduce((all, other) => all.replace(/[^▒]/gu, (character, at: number) => other[at] === '▒' ? '▒' : character), first ?? quote)
}

function placesOf (quote: string, text: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(quote); at >= 0 && places.length < PLACES; at = text.indexOf(quote, at + 1)) places.push(at)
  return places
}

function covered ({ text, entities }: Pick<Answered, 'text' | 'entities'>): string {
  return entities.filter(({ type }) => type === 'spoiler').reduce((shown, { offset, length }) => shown.slice(0, offset) + shown.slice(offset, offset + length).replace(/\S/g, '▒') + shown.slice(offset + length), text)
}

/** The beginning of what was said; what is covered there is covered here. */
function beginning ({ text, entities, media }: Answered): string {
  const words = text === '' ? media.map(wordOf).join(' ') : covered({ text, entities })
  return words.length <= LIMITS.replyPreviewUnits ? words : `${words.slice(0, LIMITS.replyPreviewUnits - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function wordOf ({ as, name }: MediaFile): string { return `[${as}${name === null || as !== 'file' ? '' : `: ${name}`}]` }
