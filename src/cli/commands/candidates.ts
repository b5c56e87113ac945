/** `petrel __complete`: names for the completion scripts. */
import type { Petrel } from '../../protocol/api/index.js'
import type { Handler } from '../command.js'
import { oneLine } from '../terminal/safe-text.js'

async function namesOf (kind: string, petrel: Petrel, options: { signal: AbortSignal }): Promise<string[]> {
  switch (kind) {
    case 'chat': return (await petrel.listChats(options)).map(chat => chat.title)
    case 'contact': return (await petrel.listContacts(options)).map(contact => contact.name)
    case 'relay': return (await petrel.listRelays(options)).map(relay => relay.address)
    case 'request': return (await petrel.listRequests(options)).map(request => request.id)
    case 'invite': return (await petrel.listInvites(options)).map(invite => invite.id)
    default: return []
  }
}

/** Prints one candidate per line; nothing when the daemon is not there, since a shell must not be disturbed. */
export const candidates: Handler = async ({ io, signal, withPetrel }, input) => {
  try {
    const names = await withPetrel(async petrel => await namesOf(input.argument('kind'), petrel, { signal }))
    await io.write(names.map(name => `${oneLine(name)}\n`).join(''))
  } catch {
    // Nothing to offer.
  }
  return undefined
}
