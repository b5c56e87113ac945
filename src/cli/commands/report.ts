/** `petrel report`. */
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import { messageIdOf } from './message-id.js'

/** Discloses one message to the operator of the chat's home. */
export const report: Handler = async ({ out, signal, withPetrel }, input) => {
  const note = input.text('note')
  if (note === undefined || note === '') throw badInput('say what is wrong with it: --note TEXT')
  const chat = input.argument('chat')
  const message = await withPetrel(async petrel => {
    const id = await messageIdOf(petrel, chat, input.argument('message'), { signal })
    await petrel.report(chat, id, note, { signal })
    return id
  })
  await out.result({ reported: { chat, message } }, () => ['reported: the operator of the chat\'s relay can read this one message and your note'])
  return undefined
}
