/** Messages that wait for their time, as a person lists them, takes them back and sends them at once. */
import type { CallOptions, ChatMessage } from '../../protocol/api/index.js'
import { encodeBody, decodeBody, type AlbumBody, type Body, type MediaBody, type TextBody } from '../../protocol/message/index.js'
import type { FormattedText } from '../../protocol/text/index.js'
import { systemRandom } from '../../protocol/crypto/index.js'
import { AmbiguousError, BadInputError, base32Text, LIMITS, NotFoundError, peerIdText, sameBytes, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { requireMayWait, scheduledView, withAnswered, type ChatSession } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { withoutPictures } from '../updates/index.js'
import type { Scheduled } from '../words/index.js'
import { findChat, messageOf } from './chats.js'
import type { Made } from './made.js'

/** The time that a message is to wait for. @throws BadInputError for one that has passed or is too far ahead */
export function checkedTime (at: Date, now: number): number {
  const time = at.getTime()
  if (!Number.isSafeInteger(time)) throw new BadInputError('the time to send it at is no time')
  if (time <= now) throw new BadInputError(`the time to send it at has passed: ${at.toISOString()}`)
  if (time > now + LIMITS.scheduledAheadMs) throw new BadInputError(`a message waits for a year at most, and ${at.toISOString()} is later`)
  return time
}

/** Keeps a message until its time, durably when it resolves. @throws ForbiddenError for what may not be written here now; QuotaError, TooLargeError */
export async function schedule (core: NodeCore, { chat }: ChatSession, { body, ops }: Made, at: number, extra: (id: EntryId) => KeyValueOp[] = () => []): Promise<EntryId> {
  core.scheduled.requireRoom()
  const id = systemRandom(16)
  requireMayWait(chat, id, body)
  const scheduled: Scheduled = { id, log: chat.log, body: encodeBody(body), at, createdAt: core.now(), error: null }
  const uses = chat.deps.files?.used(chat.log, id, body) ?? []
  await core.scheduled.add(scheduled, async op => {
    await core.updates.write([op, ...extra(id), ...ops, ...uses], [{ type: 'messageState', chat: chat.id, id: base32Text(id), state: 'scheduled', error: null }])
  })
  return id
}

/** How a waiting message is shown. @throws NotFoundError when its chat is gone */
export async function scheduledMessage (core: NodeCore, scheduled: Scheduled): Promise<ChatMessage> {
  const { chat } = sessionOf(core, scheduled)
  return await withAnswered(chat, scheduledView(scheduled, chat.view))
}

function sessionOf (core: NodeCore, { log }: Scheduled): ChatSession {
  const session = core.chats.get(log)
  if (session === undefined) throw new NotFoundError('the chat is not here any more')
  return session
}

/** What waits, the next one first. */
export async function listScheduled (core: NodeCore, options: CallOptions & { chat?: string }): Promise<ChatMessage[]> {
  const only = options.chat === undefined ? undefined : (await findChat(core, options.chat)).chat.id
  const wanted = core.scheduled.all().filter(({ log }) => core.chats.get(log) !== undefined && (only === undefined || base32Text(log) === only))
  return await Promise.all(wanted.map(async one => await scheduledMessage(core, one)))
}

/** Has a waiting message say something else when it goes. Undefined when it does not wait (any more). @throws BadInputError for what has no text that can be changed; as {@link schedule} */
export async function editWaiting (core: NodeCore, { chat }: ChatSession, id: EntryId, { text, entities }: FormattedText): Promise<ChatMessage | undefined> {
  const waiting = core.scheduled.get(id)
  if (waiting === undefined || !sameBytes(waiting.log, chat.log)) return undefined
  const { text: _text, entities: _entities, ...rest } = captioned(decodeBody(waiting.body))
  if (text === '' && rest.kind === 'text') throw new BadInputError('an empty message says nothing: take it back instead (petrel scheduled cancel)')
  const words = entities.length === 0 ? {} : { entities }
  const body: Body = rest.kind === 'text' ? { ...rest, text, ...words } : { ...rest, ...text === '' ? {} : { text }, ...words }
  requireMayWait(chat, id, body)
  const isChanged = await core.scheduled.change(id, encodeBody(body), async (next, op) => {
    await core.updates.write([op], [{ type: 'messageChanged', message: withoutPictures(await scheduledMessage(core, next)), change: 'edited' }])
  })
  const now = core.scheduled.get(id)
  return isChanged && now !== undefined ? await scheduledMessage(core, now) : undefined
}

/** @throws BadInputError for a body that says nothing in words of its author's */
function captioned (body: Body): TextBody | MediaBody | AlbumBody {
  if (body.kind === 'text' || body.kind === 'media' || body.kind === 'album') return body
  throw new BadInputError('this message has no text of yours that can be changed')
}

/** Takes a waiting message back. */
export async function cancelScheduled (core: NodeCore, words: string): Promise<void> {
  if (!await cancelWaiting(core, waitingOne(core, words).id)) throw new NotFoundError('this message does not wait any more: it was sent')
}

/** Takes a waiting message back, by its id. False when it does not wait any more. */
export async function cancelWaiting (core: NodeCore, id: EntryId): Promise<boolean> {
  const there = await core.scheduled.cancel(id, async ({ log, body }, op) => {
    const files = core.media.unused(log, id, decodeBody(body))
    await core.updates.write([op, ...files], [{ type: 'messageDeleted', chat: base32Text(log), id: base32Text(id), seq: 0, by: peerIdText(core.account.key) }])
  })
  if (there) core.media.letGo()
  return there
}

/** Sends a waiting message at once. */
export async function sendScheduled (core: NodeCore, words: string): Promise<ChatMessage> {
  const scheduled = waitingOne(core, words)
  const { id } = scheduled
  const session = sessionOf(core, scheduled)
  if (!await core.scheduled.sendNow(id)) throw new NotFoundError('this message does not wait any more: it was sent')
  return await messageOf(session, base32Text(id))
}

/** The waiting message that a person's words name: its id, or a unique start of it. @throws NotFoundError; AmbiguousError with the candidates */
function waitingOne (core: NodeCore, words: string): Scheduled {
  const all = core.scheduled.all()
  const found = all.filter(({ id }) => base32Text(id) === words || (words.length >= LIMITS.idCharacters && base32Text(id).startsWith(words)))
  const [first] = found
  if (first === undefined) throw new NotFoundError(`no message "${words.slice(0, 80)}" waits for its time: see petrel scheduled list`)
  if (found.length > 1) throw new AmbiguousError(`"${words}" fits ${found.length} messages: give more of the id`, { details: { candidates: found.map(({ id }) => base32Text(id)) } })
  return first
}
