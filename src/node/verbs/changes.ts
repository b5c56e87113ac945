/** What is done with messages: edits, reactions, pins and polls. Each is a message of its own that tells about another one. */
import type { CallOptions, ChangeOptions, ChatMessage, MessageVersion, PollDraft, PollOptions } from '../../protocol/api/index.js'
import { pollFallback, type About, type Poll, type PollBody } from '../../protocol/message/index.js'
import { BadInputError, ConflictError, ForbiddenError, LIMITS, type EntryId, type PetrelError } from '../../protocol/wire/index.js'
import { faultOf, pinnedViews, targetOf, versionsOf, type Fault } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { findChat, messageId, messageOf } from './chats.js'
import type { Made } from './made.js'
import { editWaiting } from './scheduled.js'
import { answered, checkedKey, checkedWait, reached, requireTrust, sendNow, sendOnce } from './send.js'
import { spoken, type Formatting } from './words.js'

/** Gives an own message another text: one that waits for its time, or one that was sent. */
export async function editMessage (core: NodeCore, chat: string, id: string, text: string, options: ChangeOptions & Formatting): Promise<ChatMessage> {
  const session = await findChat(core, chat)
  const { text: said, entities } = spoken(core, session.chat, text, options)
  const waiting = await editWaiting(core, session, messageId(id), { text: said, entities })
  if (waiting !== undefined) return waiting
  return await change(core, chat, id, target => ({ kind: 'edit', target, text: said, ...entities.length === 0 ? {} : { entities } }), options)
}

/** What a message said, the first text first. */
export async function messageHistory (core: NodeCore, words: string, id: string): Promise<MessageVersion[]> {
  const { chat } = await findChat(core, words)
  return await versionsOf(chat, messageId(id))
}

/** Sets this account's reactions to a message. */
export async function react (core: NodeCore, chat: string, id: string, emoji: readonly string[], options: ChangeOptions): Promise<ChatMessage> {
  if (emoji.length > LIMITS.reactionEmoji) throw new BadInputError(`at most ${LIMITS.reactionEmoji} emoji on one message`)
  const wrong = emoji.find(one => !isEmoji(one))
  if (wrong !== undefined) throw new BadInputError(`"${wrong.slice(0, 40)}" is not one emoji`)
  return await change(core, chat, id, target => ({ kind: 'reaction', target, emoji: [...new Set(emoji)] }), options)
}

/** Pins a message for all, or takes the pin away. */
export async function pinMessage (core: NodeCore, chat: string, id: string, options: ChangeOptions & { unpin?: boolean, silent?: boolean }): Promise<ChatMessage> {
  return await change(core, chat, id, target => ({ kind: 'pin', target, pinned: options.unpin !== true, ...options.silent === true ? { silent: true } : {} }), options)
}

/** The pinned messages, the newest first. */
export async function listPinned (core: NodeCore, words: string): Promise<ChatMessage[]> {
  const { chat } = await findChat(core, words)
  return await pinnedViews(chat, LIMITS.apiPageItems)
}

/** Votes in a poll. */
export async function vote (core: NodeCore, chat: string, id: string, options: readonly number[], callOptions: ChangeOptions): Promise<ChatMessage> {
  const chosen = [...new Set(options)].sort((a, b) => a - b)
  return await change(core, chat, id, target => ({ kind: 'vote', target, options: chosen }), callOptions)
}

/** Ends an own poll. */
export async function closePoll (core: NodeCore, chat: string, id: string, options: ChangeOptions): Promise<ChatMessage> {
  return await change(core, chat, id, target => ({ kind: 'closePoll', target }), options)
}

/** Sends a poll. */
export async function sendPoll (core: NodeCore, words: string, draft: PollDraft, options: PollOptions): Promise<ChatMessage> {
  const wait = checkedWait(options.wait)
  const key = checkedKey(options.idempotencyKey)
  const poll = pollOf(draft)
  if (poll.closesAt !== undefined && poll.closesAt <= core.now()) throw new BadInputError('a poll ends at a time to come')
  const session = await findChat(core, words, { ...options, make: true })
  requireTrust(core, session)
  const body: PollBody = {
    kind: 'poll', ...poll, fallback: pollFallback(poll), ...options.silent === true ? { silent: true } : {}, ...options.replyTo === undefined ? {} : { reply: await answered(session.chat, messageId(options.replyTo)) }
  }
  const made: Made = { body, ops: [] }
  const sent = key === undefined ? await sendNow(session, made) : await sendOnce(core, session, () => Promise.resolve(made), key)
  return await reached(core, sent, wait, options.signal)
}

function pollOf ({ question, options, multiple, correct, explanation, closesAt }: PollDraft): Poll {
  if (options.length < 2 || options.length > LIMITS.pollOptions) throw new BadInputError(`a poll has 2 to ${LIMITS.pollOptions} options`)
  if (explanation !== undefined && correct === undefined) throw new BadInputError('only a quiz has an explanation: say which option is right')
  return {
    question,
    options: options.map(text => ({ text })),
    ...multiple === true ? { multiple } : {},
    ...correct === undefined ? {} : { quiz: { correct, ...explanation === undefined ? {} : { explanation } } },
    ...closesAt === undefined ? {} : { closesAt: closesAt.getTime() }
  }
}

/** Sends what is told about a message, unless all would ignore it. The target is looked at first. */
async function change (core: NodeCore, words: string, text: string, make: (target: EntryId) => About, options: CallOptions & ChangeOptions): Promise<ChatMessage> {
  const session = await findChat(core, words)
  const { chat } = session
  const id = messageId(text)
  const { target, facts } = await targetOf(chat, id)
  const body = make(id)
  const fault = faultOf(target, facts, { seq: Number.MAX_SAFE_INTEGER, time: core.now(), from: chat.deps.me, body })
  if (fault !== undefined) throw errorOf(fault, body)
  requireTrust(core, session)
  const { id: sent } = await session.send(body, () => [])
  await reached(core, { session, id: sent }, options.wait ?? 'stored', options.signal)
  return await messageOf(session, text)
}

function errorOf (fault: Fault, { kind }: About): PetrelError {
  switch (fault) {
    case 'author': return new ForbiddenError(kind === 'edit' ? 'only who wrote a message can change it' : 'only who asked a poll can end it')
    case 'kind': return new BadInputError(kind === 'edit' ? 'this message has no text of yours that can be changed' : 'this message is no poll')
    case 'empty': return new BadInputError('an empty message says nothing: take it back instead')
    case 'many': return new ConflictError(`a message can be changed ${LIMITS.editsPerMessage} times: send a new one`)
    case 'options': return new BadInputError('the poll has no such option, or lets people choose only one')
    case 'closed': return new ConflictError('the poll is closed')
    case 'answered': return new ConflictError('a quiz is answered once')
    case 'before': return new BadInputError('the message is not in the chat\'s log yet')
  }
}

/** Whether a text is one emoji, as a person sees it. */
function isEmoji (text: string): boolean {
  // The length first: to cut some megabytes into characters takes seconds.
  return text.length <= EMOJI_BYTES && Buffer.byteLength(text) <= EMOJI_BYTES && [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length === 1 &&
    /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3/u.test(text)
}

// MESSAGE.md: the longest emoji of Unicode, two people of two skin tones who kiss, has 35.
const EMOJI_BYTES = 64
