/** `petrel send`. */
import { randomUUID } from 'node:crypto'
import { LIMITS, type ChatMessage, type Petrel, type SendOptions } from '../../protocol/api/index.js'
import { EXIT } from '../exit-codes.js'
import { badInput, codeOf } from '../failure.js'
import { interruptionOf } from '../interrupted.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import { stateMark } from '../terminal/people.js'

type Wait = NonNullable<SendOptions['wait']>

/** How long to ask what became of a message whose wait ran out, ms: the daemon is on this machine. */
const OUTCOME_MS = 3000

const DONE: Readonly<Record<Wait, string>> = { queued: 'queued on this node', stored: 'stored at the relay', delivered: 'delivered', read: 'read' }

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

/** Sends a text and waits as far as was asked. */
export const send: Handler = async (context, input) => {
  const { out, signal } = context
  const chat = input.argument('chat')
  const text = await textOf(context, input.argument('text'))
  if (text === '') throw badInput('there is no text to send')
  const wait = (input.text('wait') ?? 'stored') as Wait
  const replyTo = input.text('reply')
  // A key of our own makes the outcome knowable when the wait runs out.
  const idempotencyKey = input.text('idempotency-key') ?? `cli-${randomUUID()}`
  const options: SendOptions = { wait, idempotencyKey, silent: input.flag('silent'), ...(replyTo === undefined ? {} : { replyTo }) }
  return await context.withPetrel(async petrel => {
    try {
      const message = await petrel.send(chat, text, { ...options, signal })
      await show(context, message, wait)
      return message.state === 'failed' ? EXIT.failure : EXIT.ok
    } catch (error) {
      if (!signal.aborted || codeOf(error) !== 'ERR_ABORTED') throw error
      const message = await outcome(petrel, chat, text, options)
      if (message === undefined) throw error
      await out.result({ message, wait, reached: false }, () => [line(message)])
      await out.note(`Not ${wait} yet. It is kept on this node and goes on by itself.`)
      return interruptionOf(signal.reason)?.exit ?? EXIT.unavailable
    }
  })
}

async function show ({ out }: Context, message: ChatMessage, wait: Wait): Promise<void> {
  const reached = message.state !== 'failed'
  await out.result({ message, wait, reached }, () => [line(message)])
  if (reached) await out.note(DONE[wait])
  else await out.note(`failed: ${message.error?.message ?? 'the relay refused it'}`)
}

function line (message: ChatMessage): string { return `${message.id}  ${stateMark(message.state)}` }

/** What became of the message: the same key gives it back without sending another. Undefined when nobody can say. */
async function outcome (petrel: Petrel, chat: string, text: string, options: SendOptions): Promise<ChatMessage | undefined> {
  try {
    return await petrel.send(chat, text, { ...options, wait: 'queued', signal: AbortSignal.timeout(OUTCOME_MS) })
  } catch {
    return undefined
  }
}
