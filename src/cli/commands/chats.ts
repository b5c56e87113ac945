/** `petrel chats …`. */
import { LIMITS, type ChatMessage, type Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import type { Input } from '../input.js'
import type { Handler } from '../command.js'
import { showProof } from './chat-proof.js'
import { messageIdOf } from './message-id.js'
import { pictureMaker } from './show-pictures.js'
import { textStyle } from './text-style.js'
import { messageLines, preview } from '../terminal/message.js'
import { stateMark } from '../terminal/people.js'
import { oneLine } from '../terminal/safe-text.js'
import { secretsWaiting } from '../terminal/secret-news.js'
import { standing, standingLines } from '../terminal/standing.js'
import { table } from '../terminal/table.js'
import { shortTime } from '../terminal/time.js'

const COLUMNS = [{ title: 'CHAT', flexible: true }, { title: 'NEW' }, { title: 'WHEN' }, { title: '' }, { title: 'LAST', flexible: true }]

/** When a move that takes long says that it waits, ms. */
const SAY_MS = 1500

/** Lists chats. */
export const list: Handler = async ({ io, out, propose, settings, signal, withPetrel }) => {
  const { chats, secrets } = await withPetrel(async petrel => ({ chats: await petrel.listChats({ signal }), secrets: await petrel.listSecrets({ signal }) }))
  const rows = chats.map(c => [
    c.title + standing(c), c.unread === 0 ? '' : `${c.unread}${c.unreadMentions === 0 ? '' : ` @${c.unreadMentions}`}`, c.last === null ? '' : shortTime(c.last.at, io.now()), stateMark(c.last?.state ?? null), preview(c.last)
  ])
  await out.result({ chats }, () => rows.length === 0 ? [] : table(COLUMNS, rows, settings.columns))
  if (chats.length === 0) await out.note(`No chats. Add a contact with: ${propose("contacts add 'LINK'")}`)
  for (const { name } of secrets.filter(({ state }) => state === 'asked')) await out.note(`${oneLine(name)} asks you for a secret chat: ${propose('secret')}`)
  const unread = secrets.reduce((sum, { unread }) => sum + unread, 0)
  if (unread > 0) await out.note(`In secret chats: ${secretsWaiting(0, unread)}: ${propose('secret')}`)
  return undefined
}

/** Shows a page of a chat. */
export const show: Handler = async (context, input) => {
  if (input.flag('proof')) return await showProof(context, input)
  if (input.text('output') !== undefined) throw badInput('--output is where the proof goes: give --proof too')
  const { io, out, propose, signal, withPetrel } = context
  const [limit, before] = [input.number('limit'), input.number('before')]
  if (limit !== undefined && (limit < 1 || limit > LIMITS.apiPageItems)) throw badInput(`--limit is 1 to ${LIMITS.apiPageItems}, not ${limit}`)
  const page = await withPetrel(async petrel => await petrel.showChat(input.argument('chat'), {
    signal, ...(limit === undefined ? {} : { limit }), ...(before === undefined ? {} : { before })
  }))
  await out.result({ page }, async () => await shown(context, input, page.messages))
  for (const line of standingLines(page.chat, io.now())) await out.note(`${oneLine(page.chat.title)}: ${line}`)
  if (page.messages.some(({ media, deleted }) => media.length > 0 && !deleted)) await out.note(`To have a file on the disk: ${propose('media get CHAT MESSAGE')}`)
  const oldest = page.messages.find(message => message.seq !== null)?.seq
  if (page.hasMore && oldest !== undefined && oldest !== null) await out.note(`There is more: --before ${oldest}`)
  return undefined
}

/** Messages with the pictures that they carry, where the terminal shows some. */
async function shown (context: Context, input: Input, messages: readonly ChatMessage[]): Promise<string[]> {
  const { settings, io } = context
  const maker = await pictureMaker(context, input)
  try {
    const lines: string[] = []
    for (const message of messages) lines.push(...messageLines(message, { columns: settings.columns, now: io.now(), pictures: await maker.linesOf(message), style: textStyle(context, input) }))
    return lines
  } finally {
    await maker.close()
  }
}

/** The number of a message. @throws BadInputError for one that is not in the log */
async function numberOf (petrel: Petrel, chat: string, words: string, signal: AbortSignal): Promise<number> {
  const { seq } = await petrel.getMessage(chat, await messageIdOf(petrel, chat, words, { signal }), { signal })
  if (seq === null) throw badInput('that message is not in the chat\'s log yet')
  return seq
}

/** Marks a chat as read. */
export const read: Handler = async ({ out, signal, withPetrel }, input) => {
  const [number, words] = [input.number('up-to'), input.text('to')]
  if (number !== undefined && words !== undefined) throw badInput('--up-to and --to both say where to stop: give one')
  const chat = await withPetrel(async petrel => {
    const name = input.argument('chat')
    const upTo = words === undefined ? number : await numberOf(petrel, name, words, signal)
    return await petrel.readChat(name, { signal, ...(upTo === undefined ? {} : { upTo }) })
  })
  await out.result({ chat }, () => [`${oneLine(chat.title)}: ${chat.unread === 0 ? 'all read' : `${chat.unread} unread`}`])
  return undefined
}

/** Moves a chat to another home. */
export const move: Handler = async ({ out, propose, signal, withPetrel }, input) => {
  const [to, lost] = [input.text('to'), input.flag('lost')]
  const timer = setTimeout(() => {
    out.note(`The move waits for a relay, and goes on by itself once it has begun: ${propose('relays')} tells which is away. Ctrl-C ends the wait, not the move.`).catch(() => undefined)
  }, SAY_MS)
  const chat = await withPetrel(async petrel => await petrel.moveChat(input.argument('chat'), { signal, ...(to === undefined ? {} : { to }), ...(lost ? { lost } : {}) }))
    .finally(() => { clearTimeout(timer) })
  await out.result({ chat }, () => [`${oneLine(chat.title)} is at ${chat.home} now`])
  return undefined
}
