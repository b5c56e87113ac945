/** New keys for what comes to the account from outside, once a device that knew the old ones is none of its any more. */
import type { Account, Publisher } from '../account/index.js'
import type { ContactBook } from '../contacts/index.js'
import type { Post } from '../letters/index.js'
import type { UpdateLog } from '../updates/index.js'

/** What it works with. */
export interface RenewInboxParts { readonly account: Account, readonly contacts: ContactBook, readonly post: Post, readonly publisher: Publisher, readonly updates: UpdateLog }

/**
 * Makes another key package, and another inbox at the home where the inbox lives, and puts a word about it to each contact
 * into the post. The old inbox is read on as after any move. @throws the home's errors; then it is to be done again
 */
export async function renewInbox ({ account, contacts, post, publisher, updates }: RenewInboxParts, options: { readonly signal: AbortSignal }): Promise<void> {
  if (account.home === undefined) return
  await publisher.freshKeyPackage()
  if (account.inbox === null) return
  await publisher.moveInbox([...account.relays], options)
  await updates.write(contacts.all().filter(c => !c.blocked).map(c => post.op(c.account, null)), [])
}
