/** What a person is told who wants to say something in a chat that its account is out of. */
import type { ChatRecord } from '../chat-record.js'

/** Nobody is removed from a direct chat: there somebody has been faster with the account's own leaf. */
export function outWords ({ direct }: Pick<ChatRecord, 'direct'>): string {
  return direct ? 'somebody has used this account\'s place in this chat with the keys of one of its devices: revoke the device that is not yours any more (petrel devices list, petrel devices revoke), then the other lets this account in again by itself' : 'this account is not a member of this group any more'
}
