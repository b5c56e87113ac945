/** Search over the messages of this node's chats. */
import type { CallOptions, FoundMessage, SearchIndex, SearchPage, SearchQuery } from '../../protocol/api/index.js'
import { base32Text, BadInputError, keyFromPeerId, LIMITS, NotFoundError, peerIdText, type KeyBytes } from '../../protocol/wire/index.js'
import { searched, type ChatSession } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { parseQuery, placeText, rangesIn, readPlace } from '../search/index.js'
import { withoutPictures } from '../updates/index.js'
import { findChat, messageOf } from './chats.js'

/** A page of what was found. What is on its way, or only previewed, is in its chat and not here. */
export async function searchMessages (core: NodeCore, options: CallOptions & SearchQuery & { limit?: number, before?: string }): Promise<SearchPage> {
  const { query, chat, from, since, until, kind, limit = 50, before, signal } = options
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMITS.apiPageItems) throw new BadInputError(`a page has 1 to ${LIMITS.apiPageItems} messages`)
  if ([query, from, since, until, kind].every(part => part === undefined)) throw new BadInputError('say what to look for: words, or whose messages, from when, or of what kind')
  if (query !== undefined && Buffer.byteLength(query) > LIMITS.searchQueryBytes) throw new BadInputError(`a search has at most ${LIMITS.searchQueryBytes} bytes`)
  const after = before === undefined ? undefined : readPlace(before)
  if (before !== undefined && after === undefined) throw new BadInputError('`before` is the `next` of a page before')
  const wanted = {
    clauses: query === undefined ? [] : parseQuery(query), from: from === undefined ? null : senderOf(core, from), kind: kind ?? null, since: since?.getTime() ?? 0, until: until?.getTime() ?? Infinity
  }
  const sessions = chat === undefined ? core.chats.all() : [await findChat(core, chat)]
  await core.search.index.ready({ signal, mostMs: LIMITS.searchWaitMs })
  const { found, next } = await core.search.find(sessions.map(({ chat }) => searched(chat)), wanted, { limit, after, signal })
  const messages: FoundMessage[] = []
  for (const { chat: { id }, row } of found) {
    const session = sessions.find(one => one.chat.id === id)
    if (session === undefined) continue
    const message = withoutPictures(await messageOf(session, base32Text(row.id)))
    messages.push({ message, matches: rangesIn(wanted.clauses, message.text) })
  }
  return { messages, hasMore: next !== null, next: next === null ? null : placeText(next), pending: core.search.index.pending }
}

/** Makes the index anew. */
export async function rebuildSearch (core: NodeCore, { signal }: CallOptions): Promise<SearchIndex> {
  return { messages: await core.search.index.rebuild(signal) }
}

/** Who wrote: this account, a contact, somebody in one of the chats by the name that it has there, an id, or a start or an end of it, or anybody by the whole id. @throws NotFoundError, AmbiguousError */
function senderOf (core: NodeCore, name: string): KeyBytes {
  if (name === 'me') return core.account.key
  try {
    return core.contacts.resolve(name).account
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
  }
  const all = core.chats.all().flatMap(({ chat }: ChatSession) => chat.record.members.map(({ account }) => ({ chat, account })))
  const members = new Map(all.map(({ account }) => [peerIdText(account), account]))
  const called = new Map(all.filter(({ chat, account }) => chat.nameOf(account) === name).map(({ account }) => [peerIdText(account), account]))
  const found = called.size > 0 ? [...called] : name.length < LIMITS.idCharacters ? [] : [...members].filter(([id]) => id.startsWith(name) || id.endsWith(name))
  const [one, other] = found
  if (one !== undefined && other === undefined) return one[1]
  if (other !== undefined) throw new BadInputError(`"${name.slice(0, 80)}" fits more than one person in the chats: use an id`)
  try {
    return keyFromPeerId(name)
  } catch (cause) {
    throw new NotFoundError(`nobody is called "${name.slice(0, 80)}": see petrel contacts list`, { cause })
  }
}
