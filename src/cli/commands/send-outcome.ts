/** A message on its way: how far it got, and how that is said. */
import { UnavailableError, type ChatMessage, type Petrel, type SendOptions } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import { codeOf } from '../failure.js'
import { interruptionOf } from '../interrupted.js'
import { stateMark } from '../terminal/people.js'

/** How far a message is to get before the command returns. */
export type Wait = NonNullable<SendOptions['wait']>

/**
 * How long to look for the relay's answer when nobody asked to wait, ms. The message is on the disk long before; a
 * relay that can be reached answers well within this, and one that cannot must not make the person wait.
 */
export const LOOK_MS = 2000

/** How long to ask what became of a message whose wait ran out, ms: the daemon is on this machine. */
const OUTCOME_MS = 3000

const DONE: Readonly<Record<Wait, string>> = {
  queued: 'queued on this node: it goes by itself as soon as a relay takes it', stored: 'stored at the relay', delivered: 'delivered', read: 'read'
}

/**
 * Sends, and says how far it got when the signal ends the wait: the same key gives the message back without
 * sending another.
 *
 * @throws the first error when nobody can say
 */
export async function sendOrLook (petrel: Petrel, chat: string, text: string, options: SendOptions, signal: AbortSignal): Promise<ChatMessage> {
  try {
    return await petrel.send(chat, text, { ...options, signal })
  } catch (error) {
    // It was on its way to the daemon's disk, and only the daemon knows whether it got there.
    if (codeOf(error) === 'ERR_UNAVAILABLE' && error instanceof Error) {
      throw new UnavailableError(`${error.message}; the message may be queued all the same: look with petrel chats show before you send it again`, { cause: error })
    }
    if (!signal.aborted || codeOf(error) !== 'ERR_ABORTED') throw error
    try {
      return await petrel.send(chat, text, { ...options, wait: 'queued', signal: AbortSignal.timeout(OUTCOME_MS) })
    } catch {
      throw error
    }
  }
}

const ORDER = ['queued', 'stored', 'delivered', 'read'] as const

/** Says how far it got. The exit code is 0 when that is as far as was asked. */
export async function show ({ out, signal }: Context, message: ChatMessage, wait: Wait): Promise<number> {
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
