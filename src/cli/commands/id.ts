/** `petrel id`. */
import type { Handler } from '../command.js'
import { qrLines } from '../terminal/qr.js'
import { facts } from '../terminal/table.js'

/** Shows who this node is. */
export const id: Handler = async ({ out, settings, signal, withPetrel }, input) => {
  const identity = await withPetrel(async petrel => await petrel.identity({ signal }))
  await out.result({ identity }, async () => [
    ...facts([['name', identity.name], ['account', identity.account], ['device', identity.device], ['link', identity.link]]),
    ...(input.flag('qr') ? await qrLines(identity.link, settings.color, settings.columns) : [])
  ])
  return undefined
}
