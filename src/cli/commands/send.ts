/** `petrel send`. */
import { randomUUID } from 'node:crypto'
import { LIMITS, type ChatMessage, type Petrel, type SendOptions } from '../../protocol/api/index.js'
import { EXIT } from '../exit-codes.js'
import { badInput, codeOf } from '../failure.js'
import { interruptionOf } from '../interrupted.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import { stateMark } from '../terminal/people.js'
import { messageIdOf } from './message-id.js'

type Wait = NonNullable<SendOptions['wait']>

/**
 * How long to look for the relay's answer when nobody asked to wait, ms. The message is on the disk long before; a
 * relay that can be reached answers well within this, and one that cannot must not make the person wait.
 */
const LOOK_MS = 2000

/** When a wait that was asked for says that it waits, ms. */
const SAY_MS = 1500

/** How long to ask what became of a message whose wait ran out, ms: the daemon is on this machine. */
const OUTCOME_MS = 3000

const DONE: Readonly<Record<Wait, string>> = {
  queued: 'queued on this node: it goes by itself as soon as a relay takes it', stored: 'stored at the relay', delivered: 'delivered', read: 'read'
}

/** The text that was typed, or what stands on stdin, without its last line break. @throws BadInputError when it is no UTF-8 */
async function textOf ({ io }: Context, given: string): Promise<string> {
  if (given !== '-') return given
  // UTF-8 takes at most three bytes for a UTF-16 unit; one more shows that it is too long.
  const bytes = await io.readInput(LIMITS.textUnits * 3 + 2)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch {
    throw badInput('what came on stdin is not UTF-8 text')
  }
}

/** Sends a text: durable on this node in any case, and as far as --wait asks. */
export const send: Handler = async (context, input) => {
  const chat = input.argument('chat')
  const text = await textOf(context, input.argument('text'))
  if (text === '') throw badInput('there is no text to send')
  const wait = input.text('wait') as Wait | undefined
  const replyTo = input.text('reply')
  // A key of our own makes the outcome knowable when the wait runs out.
  const idempotencyKey = input.text('idempotency-key') ?? `cli-${randomUUID()}`
  return await context.withPetrel(async petrel => {
    const options: SendOptions = {
      wait: wait ?? 'stored', idempotencyKey, silent: input.flag('silent'), ...(replyTo === undefined ? {} : { replyTo: await messageIdOf(petrel, chat, replyTo, context) })
    }
    const give = async (signal: AbortSignal): Promise<ChatMessage> => await sendOrLook(petrel, chat, text, options, signal)
    if (wait !== undefined) return await show(context, await saying(context, wait, give), wait)
    const message = await give(AbortSignal.any([context.signal, AbortSignal.timeout(LOOK_MS)]))
    return await show(context, message, 'queued')
  })
}

/**
 * Sends, and says how far it got when the signal ends the wait: the same key gives the message back without
 * sending another.
 *
 * @throws the first error when nobody can say
 */
async function sendOrLook (petrel: Petrel, chat: string, text: string, options: SendOptions, signal: AbortSignal): Promise<ChatMessage> {
  try {
    return await petrel.send(chat, text, { ...options, signal })
  } catch (error) {
    if (!signal.aborted || codeOf(error) !== 'ERR_ABORTED') throw error
    try {
      return await petrel.send(chat, text, { ...options, wait: 'queued', signal: AbortSignal.timeout(OUTCOME_MS) })
    } catch {
      throw error
    }
  }
}

/** Waits, and tells a person who waits long what for. */
async function saying ({ out, signal }: Context, wait: Wait, give: (signal: AbortSignal) => Promise<ChatMessage>): Promise<ChatMessage> {
  const timer = setTimeout(() => {
    out.note(`The message is kept on this node; waiting until it is ${wait}. Ctrl-C ends the wait, not the message.`).catch(() => undefined)
  }, SAY_MS)
  try {
    return await give(signal)
  } finally {
    clearTimeout(timer)
  }
}

const ORDER = ['queued', 'stored', 'delivered', 'read'] as const

/** Says how far it got. The exit code is 0 when that is as far as was asked. */
async function show ({ out, signal }: Context, message: ChatMessage, wait: Wait): Promise<number> {
  const at = ORDER.indexOf(message.state as Wait)
  const reached = at >= ORDER.indexOf(wait)
  await out.result({ message, wait, reached }, () => [`${message.id}  ${stateMark(message.state)}`])
  if (message.state === 'failed') {
    await out.note(`failed: ${message.error?.message ?? 'the relay refused it'}`)
    return EXIT.failure
  }
  await out.note(reached ? DONE[ORDER[at] ?? wait] : `Not ${wait} yet. It is kept on this node and goes on by itself.`)
  return interruptionOf(signal.reason)?.exit ?? (reached ? EXIT.ok : EXIT.unavailable)
}
