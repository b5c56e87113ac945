/** The files of messages, the newest first, a page at a time. */
import type { CallOptions, MediaItem, MediaKind, MediaPage } from '../../protocol/api/index.js'
import { BadInputError, LIMITS } from '../../protocol/wire/index.js'
import type { ChatSession, MediaLine } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { findChat } from './chats.js'
import { mediaItems } from './files.js'

/** A message with files and where it stands in the order of all. */
interface Placed extends MediaLine { readonly session: ChatSession }

/** Where a page ends: the home's time, then the chat, then the number, so that the next one begins right after it. */
interface Mark { readonly time: number, readonly chat: string, readonly seq: number, readonly item: number }

/** A page of the files of one chat, or of all. What is on its way, or only previewed, is in its chat and not here. */
export async function listMedia (core: NodeCore, { chat, as, limit = 50, before, signal }: CallOptions & { chat?: string, as?: MediaKind, limit?: number, before?: string }): Promise<MediaPage> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMITS.apiPageItems) throw new BadInputError(`a page has 1 to ${LIMITS.apiPageItems} files`)
  const mark = before === undefined ? undefined : readMark(before)
  const sessions = chat === undefined ? core.chats.all() : [await findChat(core, chat, signal === undefined ? {} : { signal })]
  const items: MediaItem[] = []
  let last: Mark | undefined
  for await (const { session, seq, time } of merged(sessions, mark)) {
    if (signal?.aborted === true) throw signal.reason
    const at = { time, chat: session.chat.id, seq }
    for (const one of await mediaItems(core, session, seq)) {
      if (mark !== undefined && isSame(mark, at) && one.item <= mark.item) continue
      if (as !== undefined && one.file.as !== as) continue
      // One more than the page holds: there is another page.
      if (items.length === limit) return { items, next: last === undefined ? null : markText(last) }
      items.push(one)
      last = { ...at, item: one.item }
    }
  }
  return { items, next: null }
}

/** The lines of several chats in one order, the newest first. Holds one line of each. */
async function * merged (sessions: readonly ChatSession[], mark: Mark | undefined): AsyncGenerator<Placed> {
  const heads: Array<{ readonly lines: AsyncGenerator<MediaLine>, readonly session: ChatSession, head: MediaLine }> = []
  try {
    for (const session of sessions) {
      const lines = session.chat.timeline.mediaLines(Number.MAX_SAFE_INTEGER)
      let next = await lines.next()
      while (next.done !== true && mark !== undefined && isBefore({ ...next.value, chat: session.chat.id }, mark)) next = await lines.next()
      if (next.done !== true) heads.push({ lines, session, head: next.value })
    }
    for (;;) {
      const [first] = heads.sort((a, b) => order({ ...a.head, chat: a.session.chat.id }, { ...b.head, chat: b.session.chat.id }))
      if (first === undefined) return
      yield { ...first.head, session: first.session }
      const next = await first.lines.next()
      if (next.done === true) heads.shift()
      else first.head = next.value
    }
  } finally {
    for (const { lines } of heads) await lines.return(undefined)
  }
}

type Place = Omit<Mark, 'item'>

/** Below zero: `a` comes first. Within a chat the number counts, whatever the clock of its home did. */
function order (a: Place, b: Place): number {
  if (a.chat === b.chat) return b.seq - a.seq
  return b.time - a.time || (a.chat < b.chat ? 1 : -1)
}

/** Whether a place was on an earlier page. That of the mark itself may have files left. */
function isBefore (place: Place, mark: Mark): boolean { return order(place, mark) < 0 }
function isSame (mark: Mark, place: Place): boolean { return mark.chat === place.chat && mark.seq === place.seq }

function markText ({ time, chat, seq, item }: Mark): string { return `${time}.${seq}.${item}.${chat}` }

function readMark (text: string): Mark {
  const [, time, seq, item, chat] = /^(\d{1,15})\.(\d{1,15})\.(\d{1,2})\.([a-z2-7]{1,80})$/.exec(text) ?? []
  if (chat === undefined) throw new BadInputError('`before` is the `next` of a page before')
  return { time: Number(time), seq: Number(seq), item: Number(item), chat }
}
