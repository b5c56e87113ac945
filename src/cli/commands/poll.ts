/** `petrel poll …`. */
import { randomUUID } from 'node:crypto'
import { LIMITS, type ChatMessage, type Petrel, type PollDraft, type PollOptions } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import { badInput, codeOf } from '../failure.js'
import { change, shown } from './changing.js'
import { messageIdOf } from './message-id.js'

/** How long to wait for the relay, ms: as `petrel send` does. */
const LOOK_MS = 2000

/** Asks a poll. */
export const create: Handler = async (context, input) => {
  const { io, out, signal, withPetrel } = context
  const [correct, endsIn, explanation, reply] = [input.number('correct'), input.number('ends-in'), input.text('explanation'), input.text('reply')]
  const options = input.rest('option')
  if (correct !== undefined && (correct < 1 || correct > options.length)) throw badInput(`--correct is 1 to ${options.length}, not ${correct}`)
  const poll: PollDraft = {
    question: input.argument('question'), options: [...options], multiple: input.flag('multiple'), ...correct === undefined ? {} : { correct: correct - 1 }, ...explanation === undefined ? {} : { explanation },
    ...endsIn === undefined ? {} : { closesAt: new Date(io.now().getTime() + endsIn) }
  }
  const chat = input.argument('chat')
  const message = await withPetrel(async petrel => {
    const replyTo = reply === undefined ? {} : { replyTo: await messageIdOf(petrel, chat, reply, { signal }) }
    return await sendOrLook(petrel, chat, poll, { idempotencyKey: `cli-${randomUUID()}`, silent: input.flag('silent'), ...replyTo }, signal)
  })
  await out.result({ message }, () => shown(context, message))
  if (message.state === 'queued') await out.note('Queued on this node: it is sent as soon as the relay can be reached.')
  return undefined
}

/** Sends, and says how far it got when the relay is slow: the same key gives the poll back. */
async function sendOrLook (petrel: Petrel, chat: string, poll: PollDraft, options: PollOptions, signal: AbortSignal): Promise<ChatMessage> {
  const look = AbortSignal.timeout(LOOK_MS)
  try {
    return await petrel.sendPoll(chat, poll, { ...options, signal: AbortSignal.any([signal, look]) })
  } catch (error) {
    if (codeOf(error) !== 'ERR_ABORTED' || !look.aborted) throw error
    return await petrel.sendPoll(chat, poll, { ...options, wait: 'queued', signal })
  }
}

/** Votes. */
export const vote: Handler = async (context, input) => {
  const words = input.rest('option')
  if (input.flag('none') === (words.length > 0)) throw badInput('give the numbers of answers, or --none to take your vote back')
  const wrong = words.find(word => !/^[1-9]\d?$/.test(word) || Number(word) > LIMITS.pollOptions)
  if (wrong !== undefined) throw badInput(`an answer is named by its number, counted from 1, not by "${wrong.slice(0, 40)}"`)
  return await change(context, input, async ({ petrel, chat, id }, options) => await petrel.vote(chat, id, words.map(word => Number(word) - 1), options))
}

/** Shows how a poll stands. */
export const show: Handler = async (context, input) => {
  const { out, signal, withPetrel } = context
  const chat = input.argument('chat')
  const message = await withPetrel(async petrel => await petrel.getMessage(chat, await messageIdOf(petrel, chat, input.argument('message'), { signal }), { signal }))
  if (message.poll === null) throw badInput('that message is no poll')
  await out.result({ message }, () => shown(context, message))
  return undefined
}

/** Ends an own poll. */
export const close: Handler = async (context, input) => await change(context, input, async ({ petrel, chat, id }, options) => await petrel.closePoll(chat, id, options))
