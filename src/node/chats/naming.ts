/** What a member of a chat is called here. */
import { foldedName } from '../../protocol/message/index.js'
import { peerIdText, type KeyBytes } from '../../protocol/wire/index.js'
import type { ChatDeps } from './chat-deps.js'
import type { ChatMember, ChatRecord } from './chat-record.js'
import type { ChatNames } from './names.js'

/** What stands between a name that is not enough and the end of its account's id. */
const APART = '~'
const ID_END = 8

/** What is known of the chat. */
interface NamingPlace { readonly deps: Pick<ChatDeps, 'nameOf' | 'people'>, readonly record: Pick<ChatRecord, 'direct' | 'members'>, readonly names: ChatNames }

const ends = new WeakMap<readonly ChatMember[], Set<string>>()

/**
 * A contact is called as this person calls it. Another member goes by the name that it gives itself, with the end of its
 * id when that name is another's as well: of a contact, of this person, or of somebody else who was in the chat.
 */
export function nameIn ({ deps, record, names }: NamingPlace, account: KeyBytes): string {
  const plain = deps.nameOf(account)
  if (record.direct || deps.people === undefined) return plain
  const known = deps.people.known(account)
  if (known === 'by-alias') return plain
  const end = peerIdText(account).slice(-ID_END)
  const name = known === undefined ? names.get(account) ?? plain : plain
  const folded = foldedName(name)
  if (name === end || folded === '') return end
  // A contact gives way to no stranger, only to another contact.
  const isOnlyOne = known === 'by-name' ? deps.people.bearers(folded) <= 1 : !name.includes(APART) && names.bearers(folded) <= 1 && deps.people.bearers(folded) === 0 && !endsOf(record.members).has(folded)
  return isOnlyOne ? name : `${name}${APART}${end}`
}

/** The ends of the members' ids: who has no name goes by one. */
function endsOf (members: readonly ChatMember[]): Set<string> {
  const known = ends.get(members) ?? new Set(members.map(({ account }) => foldedName(peerIdText(account).slice(-ID_END))))
  ends.set(members, known)
  return known
}
