/** `petrel relays …`. */
import type { RelayInfo } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { oneLine } from '../terminal/safe-text.js'
import { table, type Column, type Room } from '../terminal/table.js'
import { bytesText } from '../terminal/time.js'
import { wrap } from '../terminal/width.js'

const COLUMNS: readonly Column[] = [{ title: 'STATE' }, { title: 'USED' }, { title: 'ADDRESS', whole: true }]

/** Relays as a table, and under it why those that do not answer do not. */
export function relayLines (relays: readonly RelayInfo[], room: Room): string[] {
  const severalHomes = relays.filter(relay => relay.home).length > 1
  const rows = relays.map(relay => [
    [relay.state, ...(relay.home ? ['home'] : []), ...(relay.inbox && severalHomes ? ['inbox'] : []), ...(relay.role === null ? [] : [relay.role])].join(', '),
    relay.usage === null ? '' : `${bytesText(relay.usage.bytes)} of ${bytesText(relay.usage.quota)}`,
    relay.own ? `this node, ${relay.address}` : relay.address
  ])
  const troubles = relays.flatMap(({ state, error, behind }) => {
    if (error !== null) return wrap(`! ${state}: ${oneLine(error.message)}`, room ?? Infinity)
    return behind === null ? [] : wrap(`! behind: ${oneLine(behind.message)}`, room ?? Infinity)
  })
  return [...table(COLUMNS, rows, room), ...troubles]
}

/** The address that was typed. What is copied out of a terminal often has a space or a line's end on it. */
function addressIn (input: Input): string { return input.argument('address').trim() }

/** Makes a relay a home. */
export const add: Handler = async ({ out, signal, withPetrel }, input) => {
  const token = input.text('token')
  const { relay, before } = await withPetrel(async petrel => {
    const homes = (await petrel.listRelays({ signal })).filter(one => one.home)
    const added = await petrel.addRelay(addressIn(input), { signal, ...(token === undefined ? {} : { token }) })
    return { relay: added, before: homes.find(({ peer }) => peer === added.peer) }
  })
  const word = before === undefined ? 'added' : before.address === relay.address ? 'is a home already:' : `now reached there instead of at ${oneLine(before.address)}:`
  await out.result({ relay, added: before === undefined }, () => [`${word} ${oneLine(relay.address)}: ${relay.state}`])
  return undefined
}

/** Lists the relays in use. */
export const list: Handler = async ({ out, propose, settings, signal, withPetrel }) => {
  const relays = await withPetrel(async petrel => await petrel.listRelays({ signal }))
  await out.result({ relays }, () => relays.length === 0 ? [] : relayLines(relays, settings.columns))
  if (relays.length === 0) await out.note(`No relays: messages cannot leave this node. Add one with: ${propose('relays add ADDRESS')}, or do without in one network: ${propose('daemon start --lan')}`)
  return undefined
}

/** Stops using a relay. Chats stay where they are, so the person is told of them. */
export const remove: Handler = async ({ out, propose, signal, withPetrel }, input) => {
  const address = addressIn(input)
  const chats = await withPetrel(async petrel => {
    const peer = (await petrel.listRelays({ signal })).find(relay => relay.address === address || relay.peer === address)?.peer
    await petrel.removeRelay(address, { signal })
    return (await petrel.listChats({ signal })).filter(chat => chat.home === peer).length
  })
  await out.result({ removed: address, chats }, () => [`removed ${oneLine(address)}`])
  if (chats > 0) await out.note(`${chats === 1 ? 'One chat lives' : `${chats} chats live`} at this relay, and ${chats === 1 ? 'goes' : 'go'} on there. To move one: ${propose('chats move CHAT')} (with --lost if the relay is gone for good)`)
  return undefined
}

/** Moves the inbox. */
export const moveInbox: Handler = async ({ out, signal, withPetrel }, input) => {
  const relay = await withPetrel(async petrel => await petrel.moveInbox(addressIn(input), { signal }))
  await out.result({ relay }, () => [`the inbox lives at ${oneLine(relay.address)} now`])
  return undefined
}
