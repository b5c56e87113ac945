/** `petrel invite …`. */
import type { Invite } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import { qrLines } from '../terminal/qr.js'
import { oneLine } from '../terminal/safe-text.js'
import { table } from '../terminal/table.js'
import { relative, shortTime } from '../terminal/time.js'

const ending = (invite: Invite, now: Date): string => invite.expiresAt === null ? 'never' : relative(invite.expiresAt, now)

/** Makes an invite. */
export const create: Handler = async ({ io, out, propose, settings, signal, withPetrel }, input) => {
  const expiresInMs = input.number('expires')
  const invite = await withPetrel(async petrel => await petrel.createInvite({ signal, ...(expiresInMs === undefined ? {} : { expiresInMs }) }))
  await out.result({ invite }, async () => [
    oneLine(invite.link),
    ...(input.flag('qr') ? await qrLines(invite.link, settings.color, settings.columns) : [])
  ])
  await out.note(`Whoever has this link can write to you; they type: petrel contacts add 'LINK' (in quotes). It ends: ${ending(invite, io.now())}; sooner with: ${propose(`invite revoke ${invite.id}`)}`)
  return undefined
}

/** Lists the invites that are still good. */
export const list: Handler = async ({ io, out, propose, settings, signal, withPetrel }) => {
  const invites = await withPetrel(async petrel => await petrel.listInvites({ signal }))
  const columns = [{ title: 'ID', whole: true }, { title: 'MADE' }, { title: 'ENDS' }, { title: 'LINK', whole: true }]
  await out.result({ invites }, () => invites.length === 0 ? [] : table(columns, invites.map(i => [i.id, shortTime(i.createdAt, io.now()), ending(i, io.now()), i.link]), settings.columns))
  if (invites.length === 0) await out.note(`No invites. Make one with: ${propose('invite')}`)
  return undefined
}

/** Ends an invite. */
export const revoke: Handler = async ({ out, signal, withPetrel }, input) => {
  const invite = input.argument('id')
  await withPetrel(async petrel => { await petrel.revokeInvite(invite, { signal }) })
  await out.result({ revoked: invite }, () => [])
  await out.note('Revoked: the link is good no more.')
  return undefined
}
