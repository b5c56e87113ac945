/** `petrel search`. */
import { LIMITS, type ChatInfo, type FoundMessage, type SearchKind, type SearchQuery } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { parseMoment } from '../moment.js'
import { SEARCH_KINDS } from '../specs/search.js'
import { mediaWords } from '../terminal/media.js'
import { shortId } from '../terminal/people.js'
import { oneLine } from '../terminal/safe-text.js'
import { snippet } from '../terminal/snippet.js'
import { shortTime } from '../terminal/time.js'
import { wrap } from '../terminal/width.js'

const DEFAULT_LIMIT = 20

/** Looks for messages. */
export const search: Handler = async (context, input) => {
  const { out, propose, signal, withPetrel } = context
  const rebuild = input.flag('rebuild')
  const query = queryOf(context, input)
  const limit = input.number('limit') ?? DEFAULT_LIMIT
  if (limit < 1 || limit > LIMITS.apiPageItems) throw badInput(`--limit is 1 to ${LIMITS.apiPageItems}, not ${limit}`)
  const before = input.text('before')
  const isAsked = Object.keys(query).some(name => name !== 'chat')
  if (!isAsked && !rebuild) throw badInput('say what to look for: words, or --from, --since, --until or --kind')
  const { rebuilt, page, chats } = await withPetrel(async petrel => {
    const rebuilt = rebuild ? await petrel.rebuildSearch({ signal }) : null
    if (!isAsked) return { rebuilt, page: { messages: [], hasMore: false, next: null, pending: 0 }, chats: [] }
    return { rebuilt, page: await petrel.searchMessages({ ...query, limit, signal, ...(before === undefined ? {} : { before }) }), chats: await petrel.listChats({ signal }) }
  })
  await out.result({ ...page, rebuilt }, () => page.messages.flatMap(found => foundLines(found, chats, context)))
  if (rebuilt !== null) await out.note(`The index was made anew: ${rebuilt.messages} messages.`)
  if (isAsked && page.messages.length === 0) await out.note(page.hasMore ? 'Nothing found so far.' : 'Nothing found.')
  if (page.pending > 0) await out.note(`The index is ${page.pending} entries behind: what stands in them is not found yet.`)
  if (page.next !== null) await out.note(`There is more: ${propose('search …')} --before ${page.next}`)
  return undefined
}

function queryOf ({ io }: Context, input: Input): SearchQuery {
  const words = input.rest('word').join(' ').trim()
  const [chat, from, since, until, kind] = ['chat', 'from', 'since', 'until', 'kind'].map(name => input.text(name))
  const isKind = SEARCH_KINDS.find(one => one === kind) satisfies SearchKind | undefined
  return {
    ...(words === '' ? {} : { query: words }),
    ...(chat === undefined ? {} : { chat }),
    ...(from === undefined ? {} : { from }),
    ...(since === undefined ? {} : { since: parseMoment(since, '--since', io.now()) }),
    ...(until === undefined ? {} : { until: parseMoment(until, '--until', io.now()) }),
    ...(isKind === undefined ? {} : { kind: isKind })
  }
}

/** A message that was found: where and whose it is, and the words in what stands around them. */
function foundLines ({ message, matches }: FoundMessage, chats: readonly ChatInfo[], { io, settings: { columns, color } }: Context): string[] {
  const title = chats.find(({ id }) => id === message.chat)?.title ?? message.chat
  const who = message.own ? 'me' : message.fromName
  const head = [shortId(message.id, columns), shortTime(message.at, io.now()), oneLine(title), ...who === title ? [] : [oneLine(who)]].join('  ')
  const files = mediaWords(message)
  const text = snippet(message.text, matches, { columns: columns === null ? null : columns - 2, color, hidden: message.entities.filter(({ type }) => type === 'spoiler') })
  return [columns === null ? head : wrap(head, columns - 2).join('\n  '), ...[files, text].filter(line => line !== '').map(line => `  ${line}`)]
}
