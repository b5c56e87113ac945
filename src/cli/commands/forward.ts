/** `petrel forward`. */
import { randomUUID } from 'node:crypto'
import type { ChatMessage, ForwardOptions, Petrel, SendOptions } from '../../protocol/api/index.js'
import { EXIT } from '../exit-codes.js'
import { badInput, codeOf } from '../failure.js'
import { interruptionOf } from '../interrupted.js'
import type { Handler } from '../command.js'
import { stateMark } from '../terminal/people.js'
import { messageIdOf } from './message-id.js'

type Wait = NonNullable<SendOptions['wait']>
const ORDER: readonly Wait[] = ['queued', 'stored', 'delivered', 'read']

/** How long to look for the relay's answer when nobody asked to wait, ms: as `petrel send` does. */
const LOOK_MS = 2000

/** How long to ask what became of messages whose wait ran out, ms: the daemon is on this machine. */
const OUTCOME_MS = 3000

/** Sends messages of a chat on to another one. */
export const forward: Handler = async ({ out, signal, withPetrel }, input) => {
  const chat = input.argument('chat')
  const to = input.text('to')
  if (to === undefined) throw badInput('say who gets it: --to CHAT')
  const asked = input.text('wait') as Wait | undefined
  const wait = asked ?? 'queued'
  const until = asked === undefined ? AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]) : signal
  const messages = await withPetrel(async petrel => {
    const ids: string[] = []
    for (const words of input.rest('message')) ids.push(await messageIdOf(petrel, chat, words, { signal }))
    // A key of our own makes the outcome knowable when the wait runs out.
    const options: ForwardOptions = { wait: asked ?? 'stored', idempotencyKey: `cli-${randomUUID()}`, hideOrigin: input.flag('hide-origin'), silent: input.flag('silent') }
    return await forwardOrLook(petrel, [chat, ids, to], options, until)
  })
  const reached = messages.every(({ state }) => ORDER.indexOf(state as Wait) >= ORDER.indexOf(wait))
  await out.result({ messages, wait, reached }, () => messages.map(({ id, state }) => `${id}  ${stateMark(state)}`))
  const failed = messages.find(({ state }) => state === 'failed')
  if (failed !== undefined) {
    await out.note(`failed: ${failed.error?.message ?? 'the relay refused it'}`)
    return EXIT.failure
  }
  if (!reached) await out.note(`Not ${wait} yet. What was forwarded is kept on this node and goes on by itself.`)
  return interruptionOf(signal.reason)?.exit ?? (reached ? EXIT.ok : EXIT.unavailable)
}

/** Forwards, and says how far it got when the signal ends the wait: the same key gives the messages back. @throws the first error when nobody can say */
async function forwardOrLook (petrel: Petrel, [chat, ids, to]: [string, string[], string], options: ForwardOptions, signal: AbortSignal): Promise<ChatMessage[]> {
  try {
    return await petrel.forwardMessages(chat, ids, to, { ...options, signal })
  } catch (error) {
    if (!signal.aborted || codeOf(error) !== 'ERR_ABORTED') throw error
    try {
      return await petrel.forwardMessages(chat, ids, to, { ...options, wait: 'queued', signal: AbortSignal.timeout(OUTCOME_MS) })
    } catch {
      throw error
    }
  }
}
