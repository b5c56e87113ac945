/** `petrel relays …`. */
import type { RelayInfo } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import { oneLine } from '../terminal/safe-text.js'
import { table, type Column } from '../terminal/table.js'
import { bytesText } from '../terminal/time.js'

/** The columns of {@link relayRow}. */
export const RELAY_COLUMNS: readonly Column[] = [{ title: 'STATE', flexible: true }, { title: 'USED', flexible: true }, { title: 'ADDRESS', flexible: true }]

/** A relay as a row. */
export function relayRow (relay: RelayInfo): string[] {
  const state = `${relay.state}${relay.home ? ', home' : ''}${relay.role === null ? '' : `, ${relay.role}`}${relay.error === null ? '' : `: ${relay.error.message}`}`
  return [state, relay.usage === null ? '' : `${bytesText(relay.usage.bytes)} of ${bytesText(relay.usage.quota)}`, relay.address]
}

/** Makes a relay a home. */
export const add: Handler = async ({ out, signal, withPetrel }, input) => {
  const token = input.text('token')
  const relay = await withPetrel(async petrel => await petrel.addRelay(input.argument('address'), { signal, ...(token === undefined ? {} : { token }) }))
  await out.result({ relay }, () => [`added ${oneLine(relay.address)}: ${relay.state}`])
  return undefined
}

/** Lists the relays in use. */
export const list: Handler = async ({ out, settings, signal, withPetrel }) => {
  const relays = await withPetrel(async petrel => await petrel.listRelays({ signal }))
  await out.result({ relays }, () => relays.length === 0 ? [] : table(RELAY_COLUMNS, relays.map(relayRow), settings.columns))
  if (relays.length === 0) await out.note('No relays: messages cannot leave this node. Add one with: petrel relays add ADDRESS')
  return undefined
}

/** Stops using a relay. */
export const remove: Handler = async ({ out, signal, withPetrel }, input) => {
  const address = input.argument('address')
  await withPetrel(async petrel => { await petrel.removeRelay(address, { signal }) })
  await out.result({ removed: address }, () => [`removed ${oneLine(address)}`])
  return undefined
}
