/** Sending: durable here first, then as far as the caller wants to wait. */
import type { ChatMessage, MessageState, SendOptions } from '../../protocol/api/index.js'
import type { ReplyTo, TextBody } from '../../protocol/message/index.js'
import { AbortedError, BadInputError, base32Text, errorFromCode, LIMITS, NotFoundError, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { coveredQuote, saidIn, viewOf, type Chat, type ChatSession } from '../chats/index.js'
import { requireTrusted } from '../contacts/index.js'
import type { NodeCore } from '../core.js'
import { findChat, messageBy, messageId } from './chats.js'
import type { Made } from './made.js'
import { checkedTime, schedule, scheduledMessage } from './scheduled.js'
import { spoken } from './words.js'

type Wait = NonNullable<SendOptions['wait']>
const ORDER: Record<Wait, number> = { queued: 0, stored: 1, delivered: 2, read: 3 }

/** A message and the chat that it is in. */
export interface Sent { session: ChatSession, id: EntryId }

/** Sends text, files, or both; at once, or when it is due. */
export async function send (core: NodeCore, words: string, text: string, options: SendOptions): Promise<ChatMessage> {
  requireSomething(text, options)
  const wait = checkedWait(options.wait)
  const key = checkedKey(options.idempotencyKey)
  const at = options.at === undefined ? undefined : checkedTime(options.at, core.now())
  if (at !== undefined && options.wait !== undefined && options.wait !== 'queued') throw new BadInputError('a message that waits for its time is not waited for: leave `wait` out')
  const session = await findChat(core, words, { ...options, make: true })
  requireTrust(core, session)
  const said = await textBody(core, session, text, options)
  const { media = [] } = options
  const compose = async (): Promise<Made> => media.length === 0 ? { body: said, ops: [] } : await core.media.compose(media, said)
  const take: Take = at === undefined ? sendNow : async (to, made, extra) => ({ session: to, id: await schedule(core, to, made, at, extra) })
  const sent = key === undefined ? await take(session, await compose()) : await sendOnce(core, session, compose, key, take)
  const scheduled = core.scheduled.get(sent.id)
  if (scheduled !== undefined) return await scheduledMessage(core, scheduled)
  return await reached(core, sent, wait, options.signal)
}

/** How far a message must get; `stored` unless told. @throws BadInputError */
export function checkedWait (wait: Wait = 'stored'): Wait {
  if (!Object.hasOwn(ORDER, wait)) throw new BadInputError(`wait is queued, stored, delivered or read, not "${wait.slice(0, 40)}"`)
  return wait
}

/** An idempotency key that fits. @throws BadInputError */
export function checkedKey (key: string | undefined): string | undefined {
  if (key !== undefined && (key === '' || Buffer.byteLength(key) > LIMITS.idempotencyKeyBytes)) throw new BadInputError(`an idempotency key has 1 to ${LIMITS.idempotencyKeyBytes} bytes`)
  return key
}

/** What can be refused before a chat is looked for, or made. */
function requireSomething (text: string, { media = [], replyTo, quote }: SendOptions): void {
  if (text === '' && media.length === 0) throw new BadInputError('an empty message says nothing: give it some text')
  if (!text.isWellFormed()) throw new BadInputError('the text is not well-formed Unicode')
  if (quote !== undefined && replyTo === undefined) throw new BadInputError('a quote is of a message that is answered: say which')
}

async function textBody (core: NodeCore, { chat }: ChatSession, typed: string, options: SendOptions): Promise<TextBody> {
  const { text, entities } = spoken(core, chat, typed, options)
  if (text === '' && (options.media ?? []).length === 0) throw new BadInputError('an empty message says nothing: give it some text')
  const { replyTo, quote } = options
  const reply = replyTo === undefined ? undefined : await answered(chat, messageId(replyTo), quote)
  return { kind: 'text', text, ...entities.length === 0 ? {} : { entities }, ...options.silent === true ? { silent: true } : {}, ...reply === undefined ? {} : { reply } }
}

/** What a message answers. @throws NotFoundError, BadInputError for what nobody said, and a quote that is not of it */
export async function answered (chat: Chat, id: EntryId, quote?: string): Promise<ReplyTo> {
  const { body } = await saidIn(chat, id)
  if (quote === undefined) return { id }
  const said = body.kind === 'unknown' || body.kind === 'poll' ? '' : body.text ?? ''
  const shown = await viewOf(chat, id)
  if (quote === '' || quote.length > LIMITS.textUnits || !(said.includes(quote) || shown?.text.includes(quote) === true)) throw new BadInputError('the quote is not a part of the message that is answered')
  const first = body.kind === 'unknown' || body.kind === 'poll' ? [] : body.entities ?? []
  return { id, quote: coveredQuote(shown === undefined ? quote : coveredQuote(quote, shown), { text: said, entities: first }) }
}

/** The person decides first when a contact's keys are in doubt. @throws ProofError */
export function requireTrust (core: NodeCore, { chat }: ChatSession): void { requireTrusted(core.contacts, chat.peer) }

/** Takes a message, with other changes in its batch. */
export type Take = (session: ChatSession, made: Made, extra?: (id: EntryId) => KeyValueOp[]) => Promise<Sent>

/** Sends. */
export async function sendNow (session: ChatSession, { body, ops }: Made, extra: (id: EntryId) => KeyValueOp[] = () => []): Promise<Sent> {
  return { session, id: (await session.send(body, id => [...extra(id), ...ops])).id }
}

/**
 * Sends unless it was sent under this key before. When both made a chat at once there are two, and the key may have been
 * used before it was settled which one is taken.
 */
export async function sendOnce (core: NodeCore, session: ChatSession, compose: () => Promise<Made>, key: string, take: Take = sendNow): Promise<Sent> {
  const { idempotency, chats } = core
  const { log, peer } = session.chat
  return await idempotency.exclusive(peer ?? log, key, async () => {
    for (const one of peer === undefined ? [session] : chats.directsWith(peer)) {
      const id = await idempotency.find(one.chat.log, key)
      // A failed write may have left the key and the message on the disk; the message is taken back with the next write, so it counts as not sent.
      if (id !== undefined && (core.scheduled.get(id) !== undefined || one.chat.outbox.get(id) !== undefined || one.chat.back.get(id) !== undefined || await one.chat.timeline.find(id) !== undefined)) return { session: one, id }
    }
    return await take(session, await compose(), id => [idempotency.op(log, key, id)])
  })
}

/** Waits until a message has got as far as wanted. @returns how it stands then @throws the reason when it failed for good; AbortedError by signal, UnavailableError when the node stops: the message is still on its way then */
export async function reached (core: NodeCore, { session, id }: Sent, wait: Wait, signal: AbortSignal | undefined): Promise<ChatMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const check = (state: MessageState): void => { if (state === 'failed' || (state !== 'scheduled' && ORDER[state] >= ORDER[wait])) resolve(undefined) }
  // Watch first, then look: a state that comes between the two is not missed.
  const unwatch = session.chat.watch(id, check)
  const abort = (): void => { reject(new AbortedError('the wait was ended; the message is durable here and goes on', { details: { id: base32Text(id) } })) }
  const stop = (): void => { reject(core.ending.signal.reason) }
  signal?.addEventListener('abort', abort, { once: true })
  core.ending.signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted === true) abort()
    if (core.ending.signal.aborted) stop()
    const now = session.chat.outbox.stateOf(id) ?? (await messageBy(session, id)).state
    if (now !== null) check(now)
    await promise
  } finally {
    unwatch()
    signal?.removeEventListener('abort', abort)
    core.ending.signal.removeEventListener('abort', stop)
  }
  const message = await messageBy(session, id).catch((thrown: unknown) => {
    if (thrown instanceof NotFoundError) throw new AbortedError('the message was taken back before its files were at a relay: it was not sent', { details: { id: base32Text(id) } })
    throw thrown
  })
  if (message.error !== null) throw errorFromCode(message.error.code, message.error.message)
  return message
}
