/** `petrel account`. */
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'

/** Gives the account another name. */
export const rename: Handler = async ({ out, signal, withPetrel }, input) => {
  const identity = await withPetrel(async petrel => await petrel.renameAccount(input.argument('name'), { signal }))
  await out.result({ identity }, () => [`now called ${identity.name}`])
  return undefined
}

/** Deletes the account, once its whole id was given. */
export const remove: Handler = async ({ out, signal, withPetrel }, input) => {
  const confirm = input.text('confirm')
  const account = await withPetrel(async petrel => {
    const own = (await petrel.identity({ signal })).account
    if (confirm === undefined) {
      throw badInput(`this deletes the account ${own} at its relays, and every message and key in this home; there is no way back. If you mean it: petrel account delete --confirm ${own}`)
    }
    await petrel.deleteAccount(confirm, { signal })
    return own
  })
  await out.result({ deleted: account }, () => [`deleted ${account}`])
  return undefined
}
