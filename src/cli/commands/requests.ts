/** `petrel requests …`. */
import type { Handler } from '../command.js'
import { shortAccount, shortId } from '../terminal/people.js'
import { table } from '../terminal/table.js'
import { shortTime } from '../terminal/time.js'
import { aliasOf, showContact } from './contacts.js'

/** Lists strangers who want to write. */
export const list: Handler = async ({ io, out, settings, signal, withPetrel }) => {
  const requests = await withPetrel(async petrel => await petrel.listRequests({ signal }))
  const columns = [{ title: 'ID', whole: true }, { title: 'CALLS THEMSELVES', flexible: true }, { title: 'ACCOUNT' }, { title: 'WHEN' }]
  const rows = requests.map(r => [shortId(r.id, settings.columns), r.name, shortAccount(r.account, settings.columns), shortTime(r.receivedAt, io.now())])
  await out.result({ requests }, () => rows.length === 0 ? [] : table(columns, rows, settings.columns))
  if (requests.length === 0) await out.note('No requests.')
  return undefined
}

/** Lets a stranger in. */
export const accept: Handler = async (context, input) => {
  const alias = aliasOf(input)
  const contact = await context.withPetrel(async petrel => await petrel.acceptRequest(input.argument('request'), { signal: context.signal, ...(alias === undefined ? {} : { alias }) }))
  return await showContact(context, contact, 'accepted')
}

/** Drops a request. */
export const decline: Handler = async ({ out, signal, withPetrel }, input) => {
  const request = input.argument('request')
  const block = input.flag('block')
  await withPetrel(async petrel => { await petrel.declineRequest(request, { signal, block }) })
  await out.result({ declined: request, blocked: block }, () => [`declined${block ? ' and blocked' : ''}`])
  return undefined
}
