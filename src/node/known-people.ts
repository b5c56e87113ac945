/** Whom this person knows, as chats tell others from them. */
import { cleanName, foldedName } from '../protocol/message/index.js'
import { sameBytes } from '../protocol/wire/index.js'
import type { Account } from './account/index.js'
import type { ChatDeps } from './chats/index.js'
import type { ContactBook } from './contacts/index.js'

/** See the file's head. */
export function peopleOf (account: Account, contacts: ContactBook): NonNullable<ChatDeps['people']> {
  return {
    own: () => {
      const name = cleanName(account.name)
      return name === undefined ? undefined : { name, isNew: account.isRenamed }
    },
    known: key => {
      const contact = contacts.get(key)
      return sameBytes(key, account.key) || contact?.alias != null ? 'by-alias' : contact === undefined ? undefined : 'by-name'
    },
    bearers: folded => Number(foldedName(account.name) === folded) + contacts.called(folded),
    heard: (key, name, at) => contacts.heardName(key, name, at) ?? undefined
  }
}
