/** Chats as a person lists and reads them. */
import type { CallOptions, ChatAlarm, ChatInfo, ChatMessage, ChatPage, ChatProof } from '../../protocol/api/index.js'
import type { Body } from '../../protocol/message/index.js'
import { AmbiguousError, BadInputError, base32Text, ENTRY_ID_LENGTH, fromBase32Text, LIMITS, NotFoundError, peerIdText, sameBytes, type EntryId, type KeyBytes } from '../../protocol/wire/index.js'
import { gapView, isFresh, keptProofs, loggedView, newestLines, newestLooked, previewView, returningView, scheduledView, viewOf, waitingView, withAnswered, type Alarm, type ChatSession } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { withoutPictures } from '../updates/index.js'
import { draftView } from '../words/index.js'
import { directChat } from './contacts.js'

/** The chat that words name. A contact without a chat gets one when `make` is set. */
export async function findChat (core: NodeCore, words: string, options: CallOptions & { make?: boolean } = {}): Promise<ChatSession> {
  const contact = contactOf(core, words)
  if (contact !== undefined && options.make === true && core.chats.directWith(contact) === undefined) {
    const record = core.contacts.get(contact)
    if (record !== undefined) return await directChat(core, record, options)
  }
  return core.chats.resolve(words, contact)
}

function contactOf (core: NodeCore, words: string): KeyBytes | undefined {
  try {
    return core.contacts.resolve(words).account
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    // Two contacts of one name are for the person to tell apart, unless the words are a chat's own id.
    if (error instanceof AmbiguousError && core.chats.all().some(s => s.chat.id === words)) return undefined
    throw error
  }
}

/** All chats, the one with the newest message first. */
export async function listChats (core: NodeCore): Promise<ChatInfo[]> {
  const infos = await Promise.all(core.chats.all().map(async s => await chatInfo(core, s)))
  const time = (info: ChatInfo): number => (info.last?.at ?? info.createdAt).getTime()
  return infos.sort((a, b) => time(b) - time(a))
}

/** A page of a chat: what is in the log below `before`, and after it, on the newest page, what is on its way. */
export async function showChat (core: NodeCore, words: string, options: CallOptions & { limit?: number, before?: number }): Promise<ChatPage> {
  const session = await findChat(core, words)
  const { limit = 50, before } = options
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMITS.readItems) throw new BadInputError(`a page has 1 to ${LIMITS.readItems} messages`)
  if (before !== undefined && (!Number.isSafeInteger(before) || before < 1)) throw new BadInputError('a page ends before a number of at least 1')
  const { chat, past } = session
  if (before === undefined) await newestLooked(chat)
  const newest = newestPage(session, before, limit)
  if (newest !== undefined) {
    const [info, messages] = await Promise.all([chatInfo(core, session), newest])
    return { chat: info, messages, hasMore: true }
  }
  // What was before this account came is opened as far as somebody looks.
  await past.openUntil(async () => (await chat.timeline.page(before ?? chat.cursor.seq + 1, limit)).hasMore)
  // In the same turn as the cursor: an entry that reaches the log while the log is read would else be in neither.
  const outside = before === undefined ? [...notInLog(session), ...waiting(session)] : []
  const { rows, hasMore } = await chat.timeline.page(before ?? chat.cursor.seq + 1, limit)
  const messages = await Promise.all(rows.map(async numbered => await loggedView(chat, numbered)))
  messages.push(...outside)
  const shown = await Promise.all(messages.slice(-limit).map(async message => await withAnswered(chat, message)))
  return { chat: await chatInfo(core, session), messages: shown, hasMore: hasMore || messages.length > limit || await past.mayHaveMore() }
}

/**
 * A page of lines that are shown before the chat is taken up to them; undefined where it is. What is between them and the
 * place that it has come to is on its way, so a page has what is on one side of that alone.
 */
function newestPage (session: ChatSession, before: number | undefined, limit: number): Promise<ChatMessage[]> | undefined {
  const { chat } = session
  const newest = newestLines(chat)
  if (newest.length === 0 || (before !== undefined && before <= chat.cursor.seq + 1)) return undefined
  const outside = before === undefined ? [...notInLog(session), ...waiting(session)] : []
  const shown = [...newest.filter(({ seq }) => before === undefined || seq < before), ...outside].slice(-limit)
  return Promise.all(shown.map(async one => await withAnswered(chat, 'row' in one ? await loggedView(chat, one) : one)))
}

/** Others' messages and own ones that are not in the log now: they were and come back, or are told of while the home is away. */
function notInLog ({ chat }: ChatSession): ChatMessage[] {
  const back = chat.back.all().filter(({ row }) => row.kind === 'message' || row.kind === 'service').map(item => returningView(chat, item))
  return [...back, ...chat.previews.all().map(preview => previewView(preview, chat.view))]
}

/** Own messages on their way. What is done with another one is none: it is a line only when it failed. */
function waiting ({ chat }: ChatSession): ChatMessage[] {
  const views = chat.outbox.all().filter(i => !i.mark).map(i => waitingView(chat, i))
  return views.filter(view => !NO_LINES.has(view.kind) || view.state === 'failed')
}

const NO_LINES: ReadonlySet<string> = new Set<Body['kind']>(['delete', 'edit', 'reaction', 'pin', 'vote', 'closePoll'])

/** Marks as read. */
export async function readChat (core: NodeCore, words: string, options: CallOptions & { upTo?: number }): Promise<ChatInfo> {
  const session = await findChat(core, words)
  const { upTo = session.chat.cursor.seq } = options
  if (!Number.isSafeInteger(upTo) || upTo < 0) throw new BadInputError('a chat is read up to a number of its log')
  await session.read(upTo)
  return await chatInfo(core, session)
}

/** Goes on after an alarm. @throws ConflictError when the log stands accused of nothing, or waits for a commit to be voided */
export async function resumeChat (core: NodeCore, words: string): Promise<ChatInfo> {
  const session = await findChat(core, words)
  await session.resume()
  return await chatInfo(core, session)
}

/** The evidence kept against the chat's relays. */
export async function listProofs (core: NodeCore, words: string): Promise<ChatProof[]> {
  const { chat } = await findChat(core, words)
  return (await keptProofs(chat)).map(({ n, kind, message, seq, at, evidence }): ChatProof => ({
    n, kind: kind === 'fork' ? 'fork' : 'rollback', message, seq, at: new Date(at), evidence: Buffer.from(evidence).toString('base64')
  }))
}

function movingView ({ chat, mover }: ChatSession): ChatInfo['moving'] {
  const { move } = chat.record
  if (move === undefined) return null
  return { to: peerIdText(move.peer), error: mover.trouble === null ? null : { code: mover.trouble.code, message: mover.trouble.message } }
}

function caughtView ({ kind, seq, at, claim, proof, by }: Alarm): ChatAlarm { return { kind, seq, at: new Date(at), claim, by: by === undefined ? null : peerIdText(by), proof } }

/** A message by its id, wherever it is. */
export async function getMessage (core: NodeCore, words: string, id: string): Promise<ChatMessage> {
  const session = await findChat(core, words)
  const waiting = core.scheduled.get(messageId(id))
  if (waiting !== undefined && sameBytes(waiting.log, session.chat.log)) return await withAnswered(session.chat, scheduledView(waiting, session.chat.view))
  return await messageOf(session, id)
}

/** A message of a chat. @throws NotFoundError */
export async function messageOf (session: ChatSession, id: string): Promise<ChatMessage> { return await messageBy(session, messageId(id)) }

/** As {@link messageOf}, by the id itself. @throws NotFoundError */
export async function messageBy ({ chat }: ChatSession, id: EntryId): Promise<ChatMessage> {
  const view = await viewOf(chat, id)
  if (view === undefined) throw new NotFoundError(`this chat has no message ${base32Text(id)}`)
  return await withAnswered(chat, view)
}

/** A message's id from its text. @throws NotFoundError */
export function messageId (id: string): EntryId {
  try {
    return fromBase32Text(id, ENTRY_ID_LENGTH)
  } catch (cause) {
    throw new NotFoundError(`"${id.slice(0, 80)}" is no message's id`, { cause })
  }
}

/** A chat as the list shows it. */
export async function chatInfo (core: NodeCore, session: ChatSession): Promise<ChatInfo> {
  const { chat } = session
  const { rows } = await chat.timeline.page(chat.cursor.seq + 1, 1)
  const row = newestLines(chat).at(-1) ?? rows[0]
  const last = waiting(session).at(-1) ?? notInLog(session).at(-1) ?? (row === undefined ? null : await loggedView(chat, row))
  const contact = chat.peer === undefined ? undefined : core.contacts.get(chat.peer)
  return {
    id: chat.id,
    title: core.chats.titleOf(chat),
    kind: chat.record.direct ? 'direct' : 'group',
    // What this account saw last of a group that it is out of says nothing of who is there now.
    members: chat.record.stage === 'out' ? 0 : chat.record.members.length,
    peer: chat.peer === undefined ? '' : peerIdText(chat.peer),
    home: peerIdText(chat.home.peer),
    unread: chat.cursor.unread,
    unreadMentions: chat.cursor.mentions ?? 0,
    seq: chat.cursor.seq,
    last: last === null ? null : withoutPictures(await withAnswered(chat, last)),
    current: chat.current && isFresh(chat) && !chat.path.isShort(chat),
    signedAt: chat.witness.signedAt === null ? null : new Date(chat.witness.signedAt),
    alarm: chat.cursor.alarm?.message ?? contact?.alarm ?? null,
    caught: chat.cursor.alarm === null ? null : caughtView(chat.cursor.alarm),
    gaps: (chat.cursor.gaps ?? []).filter(({ left }) => left !== true).map(gap => gapView(gap, chat.view)),
    moving: movingView(session),
    draft: draftView(core.drafts, chat.id),
    createdAt: new Date(chat.record.createdAt)
  }
}
