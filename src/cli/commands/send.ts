/** `petrel send`. */
import { randomUUID } from 'node:crypto'
import type { ChatMessage, SendOptions, TextFormat } from '../../protocol/api/index.js'
import { badInput } from '../failure.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { filesOf, sendFiles } from './attach.js'
import { messageIdOf } from './message-id.js'
import { parseWhen } from '../when.js'
import { showScheduled } from './scheduled.js'
import { LOOK_MS, sendOrLook, show, type Wait } from './send-outcome.js'
import { typedText } from './typed-text.js'

/** When a wait that was asked for says that it waits, ms. */
const SAY_MS = 1500

/** What is said: the text, or the caption of files. @throws BadInputError for both, and for neither without files */
async function saidIn (context: Context, input: Input, withFiles: boolean): Promise<string> {
  const [given, caption] = [input.maybe('text'), input.text('caption')]
  if (!withFiles) {
    for (const flag of ['caption', 'as'] as const) if (input.text(flag) !== undefined) throw badInput(`--${flag} is for files: give --attach FILE too`)
    if (input.flag('keep-metadata')) throw badInput('--keep-metadata is for files: give --attach FILE too')
  }
  if (given !== undefined && caption !== undefined) throw badInput('TEXT is the caption of what is attached: give it, or --caption')
  const text = await typedText(context, caption ?? (withFiles ? given ?? '' : input.argument('text')))
  if (text === '' && !withFiles) throw badInput('there is no text to send')
  return text
}

/** Sends a text or files: durable on this node in any case, and as far as --wait asks. */
export const send: Handler = async (context, input) => {
  const chat = input.argument('chat')
  const files = filesOf(input)
  const text = await saidIn(context, input, files.paths.length > 0)
  const wait = input.text('wait') as Wait | undefined
  const replyTo = input.text('reply')
  const at = timeIn(context, input)
  // A key of our own makes the outcome knowable when the wait runs out.
  const idempotencyKey = input.text('idempotency-key') ?? `cli-${randomUUID()}`
  return await context.withPetrel(async petrel => {
    const options: SendOptions = {
      ...at === undefined ? { wait: wait ?? 'stored' } : { at }, idempotencyKey, silent: input.flag('silent'), ...wordsIn(input), ...(replyTo === undefined ? {} : { replyTo: await messageIdOf(petrel, chat, replyTo, context) })
    }
    if (files.paths.length > 0) return await sendFiles(context, petrel, { chat, text, wait, options, files })
    if (at !== undefined) return await showScheduled(context, await petrel.send(chat, text, { ...options, signal: context.signal }))
    const give = async (signal: AbortSignal): Promise<ChatMessage> => await sendOrLook(petrel, chat, text, options, signal)
    if (wait !== undefined) return await show(context, await saying(context, wait, give), wait)
    const message = await give(AbortSignal.any([context.signal, AbortSignal.timeout(LOOK_MS)]))
    return await show(context, message, 'queued')
  })
}

/** How the text is formatted, and what of the other message is quoted. @throws BadInputError for a quote of nothing */
function wordsIn (input: Input): Pick<SendOptions, 'format' | 'quote'> {
  const [format, quote] = [input.text('format') as TextFormat | undefined, input.text('quote')]
  if (quote !== undefined && input.text('reply') === undefined) throw badInput('--quote is a part of the message that is answered: give --reply MESSAGE too')
  return { ...format === undefined ? {} : { format }, ...quote === undefined ? {} : { quote } }
}

/** When it is to go, if not at once. @throws BadInputError */
function timeIn ({ io }: Context, input: Input): Date | undefined {
  const [at, later] = [input.text('at'), input.number('in')]
  if (at !== undefined && later !== undefined) throw badInput('give --at or --in, not both')
  if (at === undefined && later === undefined) return undefined
  if (input.text('wait') !== undefined) throw badInput('--wait is for what is sent at once: leave it out')
  return at === undefined ? new Date(io.now().getTime() + (later ?? 0)) : parseWhen(at, io.now(), '--at')
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
