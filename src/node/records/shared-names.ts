/**
 * Which records go with the account to all of its devices, and which stay on this one. A record of an own device's
 * doing (its letters on their way, its copies of chats, the manifest as it knows it) stays.
 */

/** Names, and with a slash at the end beginnings of names, that all devices share. */
const SHARED = [
  'account', 'relays', 'eraser', 'media-secret', 'recovery', 'settings',
  'key-package/', 'invite/', 'contact/', 'met/', 'group-link/', 'join/', 'joining/', 'draft/', 'request/', 'coming/',
  'read/', 'mute/', 'chat-key/', 'commit/', 'device/'
] as const

/** The same to look one up. @internal */
export const SHARED_NAMES: ReadonlySet<string> = new Set(SHARED)

/** Whether a record is of a chat's state: these are the large ones. */
export function isChatName (name: string): boolean { return name.startsWith('chat-key/') || name.startsWith('commit/') }

/** Whether all devices of the account have the record of this name. */
export function isSharedName (name: string): boolean {
  const slash = name.indexOf('/')
  return SHARED_NAMES.has(slash < 0 ? name : name.slice(0, slash + 1))
}
