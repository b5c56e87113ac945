/** A contact's published key package: from the first of its relays that gives one. */
import { UnavailableError } from '../../protocol/wire/index.js'
import { atRelay, type RelayPool } from '../gateway/index.js'
import { manifestOf, type ContactRecord } from './contact-record.js'

/** The record of a key package for cloud chats. @throws what the first relay that failed said */
export async function keyPackageOf (pool: RelayPool, contact: ContactRecord, options: { signal?: AbortSignal }): Promise<Uint8Array> {
  let failure: unknown = new UnavailableError('the contact has no relay yet: ask it to add one')
  for (const [i, relay] of manifestOf(contact).manifest.relays.entries()) {
    const link = pool.link(relay.peer, relay.addrs.length > 0 ? relay.addrs : contact.addrs)
    try {
      return (await atRelay(link, options, async own => await link.getKeyPackage(contact.account, 'cloud', own))).record
    } catch (error) {
      if (i === 0) failure = error
    }
  }
  throw failure
}
