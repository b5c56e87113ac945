/** `petrel edit`, `react`, `pin`, `unpin`, `pins`. */
import type { TextFormat } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import type { Input } from '../input.js'
import { safeLines } from '../terminal/safe-text.js'
import { shortTime } from '../terminal/time.js'
import { change, shown } from './changing.js'
import { messageIdOf } from './message-id.js'
import { typedText } from './typed-text.js'

/** Gives a message another text, or prints those it had. */
export const edit: Handler = async (context, input) => {
  const given = input.maybe('text')
  const format = input.text('format') as TextFormat | undefined
  if (input.flag('history')) {
    if (given !== undefined || format !== undefined) throw badInput('--history changes nothing: leave the text out')
    await history(context, input)
    return undefined
  }
  if (given === undefined) throw badInput('say what the message is to say: petrel edit CHAT MESSAGE TEXT')
  const text = await typedText(context, given)
  return await change(context, input, async ({ petrel, chat, id }, options) => await petrel.editMessage(chat, id, text, { ...options, ...format === undefined ? {} : { format } }))
}

async function history ({ io, out, signal, withPetrel }: Context, input: Input): Promise<void> {
  const chat = input.argument('chat')
  const versions = await withPetrel(async petrel => await petrel.messageHistory(chat, await messageIdOf(petrel, chat, input.argument('message'), { signal }), { signal }))
  await out.result({ versions }, () => versions.flatMap(({ at, text }) => [shortTime(at, io.now()), ...safeLines(text).map(line => `  ${line}`)]))
}

/** Sets the own reactions to a message. */
export const react: Handler = async (context, input) => {
  const emoji = input.rest('emoji')
  if (input.flag('none') === (emoji.length > 0)) throw badInput('give the emoji, or --none to take yours back')
  return await change(context, input, async ({ petrel, chat, id }, options) => await petrel.react(chat, id, [...emoji], options))
}

/** Pins a message. */
export const pin: Handler = async (context, input) => await change(context, input, async ({ petrel, chat, id }, options) => await petrel.pinMessage(chat, id, { ...options, silent: input.flag('silent') }))

/** Takes a pin away. */
export const unpin: Handler = async (context, input) => await change(context, input, async ({ petrel, chat, id }, options) => await petrel.pinMessage(chat, id, { ...options, unpin: true }))

/** Shows the pinned messages. */
export const pins: Handler = async (context, input) => {
  const { out, signal, withPetrel } = context
  const messages = await withPetrel(async petrel => await petrel.listPinned(input.argument('chat'), { signal }))
  await out.result({ messages }, () => messages.flatMap(message => shown(context, message)))
  if (messages.length === 0) await out.note('Nothing is pinned in this chat.')
  return undefined
}
