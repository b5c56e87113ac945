/** How a command that changes something about a message runs: it waits a little for the relay, and says how far it got. */
import type { ChangeOptions, ChatMessage, Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import { codeOf } from '../failure.js'
import type { Input } from '../input.js'
import { interruptionOf } from '../interrupted.js'
import { messageLines } from '../terminal/message.js'
import { messageIdOf } from './message-id.js'

/** How long to wait for the relay's word: the change itself is on this node's disk long before, ms. */
const LOOK_MS = 2000

/** The message that `<chat>` and `<message>` name. */
export interface Named { readonly petrel: Petrel, readonly chat: string, readonly id: string }

/** Changes something about a message, and prints it as it is then. */
export async function change (context: Context, input: Input, work: (named: Named, options: ChangeOptions) => Promise<ChatMessage>): Promise<number> {
  const { out, signal, withPetrel } = context
  const look = AbortSignal.timeout(LOOK_MS)
  const { message, stored } = await withPetrel(async petrel => {
    const chat = input.argument('chat')
    const id = await messageIdOf(petrel, chat, input.argument('message'), { signal })
    try {
      return { message: await work({ petrel, chat, id }, { signal: AbortSignal.any([signal, look]) }), stored: true }
    } catch (error) {
      if (codeOf(error) !== 'ERR_ABORTED' || !look.aborted) throw error
      return { message: await petrel.getMessage(chat, id, { signal }), stored: false }
    }
  })
  await out.result({ message, stored }, () => shown(context, message))
  if (!stored) await out.note('Queued on this node: all see it as soon as the relay can be reached.')
  return interruptionOf(signal.reason)?.exit ?? EXIT.ok
}

/** A message's lines. */
export function shown ({ io, settings }: Pick<Context, 'io' | 'settings'>, message: ChatMessage): string[] { return messageLines(message, { columns: settings.columns, now: io.now() }) }
