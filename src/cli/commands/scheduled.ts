/** `petrel scheduled …`: messages that wait for their time. */
import type { ChatMessage } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Context } from '../context.js'
import { preview } from '../terminal/message.js'
import { shortId, stateMark } from '../terminal/people.js'
import { oneLine } from '../terminal/safe-text.js'
import { table } from '../terminal/table.js'
import { relative, shortTime } from '../terminal/time.js'

const COLUMNS = [{ title: 'MESSAGE' }, { title: 'CHAT', flexible: true }, { title: 'WHEN' }, { title: 'TEXT', flexible: true }]

/** Lists what waits. */
export const all: Handler = async context => await listed(context)
/** Lists what waits in one chat, or in all. */
export const list: Handler = async (context, input) => await listed(context, input.maybe('chat'))

async function listed ({ io, out, propose, settings, signal, withPetrel }: Context, chat?: string): Promise<undefined> {
  const { messages, titles } = await withPetrel(async petrel => {
    const waiting = await petrel.listScheduled({ signal, ...chat === undefined ? {} : { chat } })
    return { messages: waiting, titles: new Map((waiting.length === 0 ? [] : await petrel.listChats({ signal })).map(({ id, title }) => [id, title])) }
  })
  const rows = messages.map(message => [
    shortId(message.id, settings.columns), titles.get(message.chat) ?? shortId(message.chat, settings.columns), message.scheduledAt === null ? '' : shortTime(message.scheduledAt, io.now()), `${message.error === null ? '' : '! '}${preview({ ...message, own: false })}`
  ])
  await out.result({ messages }, () => rows.length === 0 ? [] : table(COLUMNS, rows, settings.columns))
  for (const { id, error } of messages) if (error !== null) await out.note(`${shortId(id, settings.columns)} was not sent: ${oneLine(error.message)}`)
  if (messages.length === 0) await out.note(`Nothing waits for its time. Write something for later: ${propose("send CHAT 'TEXT' --in 2h")}`)
  return undefined
}

/** Takes one back. */
export const cancel: Handler = async ({ out, signal, withPetrel }, input) => {
  const message = input.argument('message')
  await withPetrel(async petrel => { await petrel.cancelScheduled(message, { signal }) })
  await out.result({ cancelled: message }, () => [`${oneLine(message)} is taken back: nobody will get it`])
  return undefined
}

/** Sends one at once. */
export const now: Handler = async ({ out, signal, withPetrel }, input) => {
  const message = await withPetrel(async petrel => await petrel.sendScheduled(input.argument('message'), { signal }))
  await out.result({ message }, () => [`${message.id}  ${stateMark(message.state)}`])
  return undefined
}

/** Says when a message that was kept for later goes. */
export async function showScheduled ({ io, out, propose }: Pick<Context, 'io' | 'out' | 'propose'>, message: ChatMessage): Promise<number> {
  await out.result({ message, wait: 'queued', reached: true }, () => [`${message.id}  ${stateMark(message.state)}`])
  if (message.scheduledAt !== null) await out.note(`goes ${shortTime(message.scheduledAt, io.now())} (${relative(message.scheduledAt, io.now())}), when this node runs; ${propose('scheduled')} lists what waits`)
  return EXIT.ok
}
