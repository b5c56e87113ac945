/** `petrel readers`. */
import type { Handler } from '../command.js'
import { shortAccount } from '../terminal/people.js'
import { oneLine } from '../terminal/safe-text.js'
import { table } from '../terminal/table.js'
import { shortTime } from '../terminal/time.js'
import { messageIdOf } from './message-id.js'

const COLUMNS = [{ title: 'WHO', flexible: true }, { title: 'ACCOUNT' }, { title: 'STATE' }, { title: 'WHEN' }]

/** Lists who has received and read an own message. */
export const readers: Handler = async ({ io, out, settings, signal, withPetrel }, input) => {
  const chat = input.argument('chat')
  const { message, found } = await withPetrel(async petrel => {
    const id = await messageIdOf(petrel, chat, input.argument('message'), { signal })
    return { message: id, found: await petrel.listReaders(chat, id, { signal }) }
  })
  const rows = found.map(({ name, account, state, readAt, deliveredAt }) => {
    const at = state === 'read' ? readAt : deliveredAt
    return [oneLine(name), shortAccount(account, settings.columns), oneLine(state), at === null ? '' : shortTime(at, io.now())]
  })
  await out.result({ message, readers: found }, () => rows.length === 0 ? [] : table(COLUMNS, rows, settings.columns))
  if (found.length === 0) await out.note('Nobody has received it yet.')
  return undefined
}
