/** Sending: durable here first, then as far as the caller wants to wait. */
import type { ChatMessage, MessageState, SendOptions } from '../../protocol/api/index.js'
import type { Body, TextBody } from '../../protocol/message/index.js'
import { AbortedError, BadInputError, base32Text, ENTRY_ID_LENGTH, errorFromCode, fromBase32Text, LIMITS, NotFoundError, ProofError, TooLargeError, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { ChatSession } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { findChat, messageOf } from './chats.js'

type Wait = NonNullable<SendOptions['wait']>
const ORDER: Record<Wait, number> = { queued: 0, stored: 1, delivered: 2, read: 3 }

/** A message and the chat that it is in. */
export interface Sent { session: ChatSession, id: EntryId }

/** Sends text, files, or both. */
export async function send (core: NodeCore, words: string, text: string, options: SendOptions): Promise<ChatMessage> {
  const said = textBody(text, options)
  const wait = checkedWait(options.wait)
  const key = checkedKey(options.idempotencyKey)
  const session = await findChat(core, words, { ...options, make: true })
  requireTrust(core, session)
  const { media = [] } = options
  const compose = async (): Promise<Made> => media.length === 0 ? { body: said, ops: [] } : await core.media.compose(media, said)
  const sent: Sent = key === undefined ? await sendNow(session, await compose()) : await sendOnce(core, session, compose, key)
  await reached(core, sent, wait, options.signal)
  return await messageOf(sent.session, base32Text(sent.id))
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

function textBody (text: string, options: SendOptions): TextBody {
  if (text === '' && (options.media ?? []).length === 0) throw new BadInputError('an empty message says nothing: give it some text')
  if (!text.isWellFormed()) throw new BadInputError('the text is not well-formed Unicode')
  if (text.length > LIMITS.textUnits) {
    throw new TooLargeError(`a message has at most ${LIMITS.textUnits} UTF-16 units of text, this one has ${text.length}: split it`, { details: { units: text.length, limit: LIMITS.textUnits } })
  }
  return {
    kind: 'text',
    text,
    ...(options.entities === undefined || options.entities.length === 0 ? {} : { entities: options.entities }),
    ...(options.silent === true ? { silent: true } : {}),
    ...(options.replyTo === undefined ? {} : { reply: { id: fromBase32Text(options.replyTo, ENTRY_ID_LENGTH) } })
  }
}

/** The person decides first when a contact's keys are in doubt. @throws ProofError */
export function requireTrust (core: NodeCore, { chat }: ChatSession): void {
  const alarm = chat.peer === undefined ? null : core.contacts.get(chat.peer)?.alarm ?? null
  if (alarm !== null) throw new ProofError(`sending to this contact has stopped: ${alarm}. Compare the safety number (petrel verify), then go on`)
}

/** A message's body, and the changes that go into the batch that takes it. */
export interface Made { readonly body: Body, readonly ops: readonly KeyValueOp[] }

/** Sends. */
export async function sendNow (session: ChatSession, { body, ops }: Made, extra: (id: EntryId) => KeyValueOp[] = () => []): Promise<Sent> {
  return { session, id: (await session.send(body, id => [...extra(id), ...ops])).id }
}

/**
 * Sends unless it was sent under this key before. When both made a chat at once there are two, and the key may have been
 * used before it was settled which one is taken.
 */
export async function sendOnce (core: NodeCore, session: ChatSession, compose: () => Promise<Made>, key: string): Promise<Sent> {
  const { idempotency, chats } = core
  const { log, peer } = session.chat
  return await idempotency.exclusive(peer ?? log, key, async () => {
    for (const one of peer === undefined ? [session] : chats.directsWith(peer)) {
      const id = await idempotency.find(one.chat.log, key)
      // A failed write may have left the key and the message on the disk; the message is taken back with the next write, so it counts as not sent.
      if (id !== undefined && (one.chat.outbox.get(id) !== undefined || one.chat.back.get(id) !== undefined || await one.chat.timeline.find(id) !== undefined)) return { session: one, id }
    }
    return await sendNow(session, await compose(), id => [idempotency.op(log, key, id)])
  })
}

/** Waits until a message has got as far as wanted. @throws the reason when it failed for good; AbortedError by signal, UnavailableError when the node stops: the message is still on its way then */
export async function reached (core: NodeCore, { session, id }: Sent, wait: Wait, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const check = (state: MessageState): void => { if (state === 'failed' || ORDER[state] >= ORDER[wait]) resolve(undefined) }
  // Watch first, then look: a state that comes between the two is not missed.
  const unwatch = session.chat.watch(id, check)
  const abort = (): void => { reject(new AbortedError('the wait was ended; the message is durable here and goes on', { details: { id: base32Text(id) } })) }
  const stop = (): void => { reject(core.ending.signal.reason) }
  signal?.addEventListener('abort', abort, { once: true })
  core.ending.signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted === true) abort()
    if (core.ending.signal.aborted) stop()
    const now = await messageOf(session, base32Text(id))
    if (now.state !== null) check(now.state)
    await promise
  } finally {
    unwatch()
    signal?.removeEventListener('abort', abort)
    core.ending.signal.removeEventListener('abort', stop)
  }
  const { error } = await messageOf(session, base32Text(id)).catch((thrown: unknown) => {
    if (thrown instanceof NotFoundError) throw new AbortedError('the message was taken back before its files were at a relay: it was not sent', { details: { id: base32Text(id) } })
    throw thrown
  })
  if (error !== null) throw errorFromCode(error.code, error.message)
}
