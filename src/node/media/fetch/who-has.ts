/** Who may have the blocks of a file, in the order of trust and cost. DESIGN section 6: a node asks its own relays and who is near. */
import { mediaLayout } from '../../../protocol/crypto/index.js'
import type { Holder } from '../../../protocol/message/index.js'
import { peerIdText, sameBytes, type Cid, type KeyBytes } from '../../../protocol/wire/index.js'
import type { Account } from '../../account/index.js'
import { manifestOf, type ContactBook } from '../../contacts/index.js'
import type { RelayLink, RelayPool } from '../../gateway/index.js'
import type { Wanted } from './fetcher.js'
import type { BlockHolder } from './holder.js'
import { linkHolder, type LinkBlobs } from './link-holder.js'

/** What it is found out from. */
export interface WhoHasParts {
  readonly account: Account
  readonly pool: RelayPool
  readonly contacts: ContactBook
  /** How blocks are asked for over a link. */
  readonly blobsOf: (link: RelayLink) => LinkBlobs
  /** Told of a file that an own relay keeps for this account now. */
  readonly onHeld: (root: Cid) => void
}

/**
 * The own relays and the members' nodes that are connected share the work. The relays that the message names are asked
 * when none of these gives it; with an own relay only those that this node knows anyway, since it is the own relay that
 * visits others, and a message must not make a node dial whomever its author names.
 */
export function whoHas ({ account, pool, contacts, blobsOf, onHeld }: WhoHasParts, { file, members }: Wanted): BlockHolder[] {
  // A device that is out asks nobody: what is on its disk it shows still.
  if (pool.isClosed) return []
  const size = mediaLayout(file.size).sealedBytes
  const holders = new Map<string, BlockHolder>()
  const add = (link: RelayLink, rank: number, sources: readonly Holder[] | null): void => {
    const name = peerIdText(link.peer)
    if (!holders.has(name)) holders.set(name, linkHolder({ link, blobs: blobsOf(link), rank, root: file.root, size, sources, onHeld: () => { onHeld(file.root) } }))
  }
  const relays = account.relays.filter(({ peer }) => !account.isOwn(peer))
  for (const { peer, address } of relays) add(pool.link(peer, [address]), 0, file.at)
  const known = pool.links()
  for (const link of known) if (link.state === 'connected' && isNodeOf(contacts, members, link.peer)) add(link, 0, null)
  for (const { peer, addrs } of file.at) {
    if (account.isOwn(peer)) continue
    const link = known.find(one => sameBytes(one.peer, peer)) ?? (relays.length === 0 ? pool.link(peer, addrs) : undefined)
    if (link !== undefined) add(link, relays.length === 0 ? 0 : 1, null)
  }
  return [...holders.values()]
}

/** Whether the peer is a device of one of these accounts. */
function isNodeOf (contacts: ContactBook, members: readonly KeyBytes[], peer: KeyBytes): boolean {
  return members.some(account => {
    const contact = contacts.get(account)
    return contact !== undefined && manifestOf(contact).manifest.devices.some(({ key }) => sameBytes(key, peer))
  })
}
