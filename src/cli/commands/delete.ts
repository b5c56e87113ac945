/** `petrel delete`. */
import { codeOf } from '../failure.js'
import { EXIT } from '../exit-codes.js'
import { interruptionOf } from '../interrupted.js'
import type { Handler } from '../command.js'
import { messageIdOf } from './message-id.js'

/** How long to wait for the relay's word: the order itself is on this node's disk long before, ms. */
const LOOK_MS = 2000

/** Takes a message back for all. */
export const remove: Handler = async ({ out, signal, withPetrel }, input) => {
  const chat = input.argument('chat')
  const look = AbortSignal.timeout(LOOK_MS)
  const { message, stored } = await withPetrel(async petrel => {
    const id = await messageIdOf(petrel, chat, input.argument('message'), { signal })
    try {
      await petrel.deleteMessages(chat, [id], { signal: AbortSignal.any([signal, look]) })
      return { message: id, stored: true }
    } catch (error) {
      if (codeOf(error) !== 'ERR_ABORTED' || !look.aborted) throw error
      return { message: id, stored: false }
    }
  })
  await out.result({ deleted: { chat, message }, stored }, () => [message])
  await out.note(stored ? 'Taken back for all: nobody is shown it any more, and its bytes go at the relay.' : 'Queued on this node: it is taken back as soon as the relay can be reached.')
  return interruptionOf(signal.reason)?.exit ?? EXIT.ok
}
