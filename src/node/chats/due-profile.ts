/** When this account says in a chat what it is called. */
import { encodeBody, type ProfileBody } from '../../protocol/message/index.js'
import { LIMITS } from '../../protocol/wire/index.js'
import { hasArrived } from './arrival.js'
import type { Chat } from './chat.js'

/** What the others are to be told, as it is sent: in a group once its name, in a direct chat a new one. Undefined when they know, or are told already. */
export function dueProfile (chat: Chat): Uint8Array | undefined {
  const { record, deps, outbox, names, isBlocked } = chat
  const own = deps.people?.own()
  if (own === undefined || record.stage !== 'ready' || chat.isStopped || isBlocked || outbox.size >= LIMITS.outboxItems) return undefined
  if (record.direct ? !own.isNew : record.members.length < 2) return undefined
  const body: ProfileBody = { kind: 'profile', name: own.name }
  return (outbox.profile ?? names.get(deps.me)) === own.name ? undefined : encodeBody(body)
}

/** As {@link dueProfile}, where nothing else is said with it: what was said before is known once the log was read. */
export function dueProfileAlone (chat: Chat): Uint8Array | undefined { return hasArrived(chat) ? dueProfile(chat) : undefined }
