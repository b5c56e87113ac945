/** `petrel status` and `petrel peers`. */
import type { NodeStatus } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import { forHome, homeFlags } from '../home.js'
import { oneLine } from '../terminal/safe-text.js'
import { secretsWaiting } from '../terminal/secret-news.js'
import { facts, table } from '../terminal/table.js'
import { relative } from '../terminal/time.js'
import { relayLines } from './relays.js'

function summary (status: NodeStatus, now: Date, propose: Context['propose']): string[] {
  const { identity } = status
  return facts([
    ['name', identity.name],
    ['account', identity.account],
    ['node', `${status.version}, started ${relative(status.since, now)}${status.pid === null ? '' : `, process ${status.pid}`}`],
    ['home', status.home],
    ['store', status.store],
    ...(status.lan ? [['network', 'others find and reach this node in its local network (--lan)'] as const] : []),
    ['contacts', `${status.contacts}${status.requests === 0 ? '' : `, ${status.requests} waiting: ${propose('requests')}`}`],
    ['chats', String(status.chats)],
    ...status.secretsAsked + status.secretsUnread === 0 ? [] : [['secret', `${secretsWaiting(status.secretsAsked, status.secretsUnread)}: ${propose('secret')}`] as const],
    ['queued', status.queued === 0 ? 'nothing' : `${status.queued} not yet at a relay`]
  ])
}

/** Shows the node at a glance. */
export const status: Handler = async ({ io, out, propose, settings, signal, withPetrel }) => {
  const node = await withPetrel(async petrel => await petrel.status({ signal }))
  await out.result({ status: node }, () => [
    ...summary(node, io.now(), propose),
    // Where there is none, a warning says what that means, and what helps.
    ...(node.relays.length === 0 ? [] : ['', ...relayLines(node.relays, settings.columns)]),
    ...node.warnings.map(warning => `! ${oneLine(forHome(warning, homeFlags(settings)))}`)
  ])
  return undefined
}

/** Lists the peers it is connected with. */
export const peers: Handler = async ({ io, out, settings, signal, withPetrel }) => {
  const found = await withPetrel(async petrel => await petrel.peers({ signal }))
  const columns = [{ title: 'PEER', flexible: true }, { title: 'ADDRESS', flexible: true }, { title: 'HOW' }, { title: 'SINCE' }]
  const rows = found.map(p => [p.peer, p.address, `${p.direction}${p.relay ? ', relay' : ''}`, relative(p.since, io.now())])
  await out.result({ peers: found }, () => rows.length === 0 ? [] : table(columns, rows, settings.columns))
  if (found.length === 0) await out.note('No peers.')
  return undefined
}
