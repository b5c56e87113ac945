/** What a chat's link proves to the relay by which the log is used. */
import { RIGHT, signerFromSeed, type LogId } from '../../protocol/wire/index.js'
import type { RelayLink } from '../gateway/index.js'
import type { Chat } from './chat.js'

/** Lets the link prove the rights of the present epoch, and the owner's. */
export function showRights (chat: Chat): void { showRightsOf(chat) }

/** Lets a link prove the rights of an epoch. */
export function showRightsOf ({ link, log, keys, record }: Pick<Chat, 'link' | 'log' | 'keys' | 'record'>): void {
  link.setCapability(log, RIGHT.append, keys.append)
  link.setCapability(log, RIGHT.read, keys.read)
  if (record.ownerSeed === null) link.dropCapability(log, RIGHT.owner)
  else link.setCapability(log, RIGHT.owner, signerFromSeed(record.ownerSeed))
}

/** The link proves nothing of a log any more. */
export function hideRights (link: RelayLink, log: LogId): void {
  for (const right of [RIGHT.append, RIGHT.read, RIGHT.owner]) link.dropCapability(log, right)
}
