/** What posting letters needs of the rest of a node. */
import type { ChatInvitation } from '../../protocol/message/index.js'
import type { Digest, KeyBytes } from '../../protocol/wire/index.js'
import type { Account, Publisher } from '../account/index.js'
import type { ChatHome } from '../chats/index.js'
import type { RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { Vault } from '../records/index.js'
import type { UpdateLog } from '../updates/index.js'
import type { Addressees } from './addressees.js'
import type { Rosters } from './rosters.js'

/** What a post works with. */
export interface PostDeps {
  readonly account: Account
  /** Who can be written to: contacts, and others who were met. */
  readonly people: Addressees
  readonly publisher: Publisher
  readonly pool: RelayPool
  readonly vault: Vault
  readonly updates: UpdateLog
  readonly now: () => number
  readonly log: NodeLog
  /** Whether the other of a chat is known to have come in: by a mark or a message of its own. */
  readonly hasArrived: (invitation: ChatInvitation, to: KeyBytes) => boolean
  /** Where the chat of an invitation lives now, when that is not where it began. */
  readonly homeOf: (invitation: ChatInvitation) => ChatHome | undefined
  /** Whether an own wish to join by a link still waits for its answer. */
  readonly isAsking: (link: Digest) => boolean
  /** The relay knows no such key as a link's: it has ended. */
  readonly linkRefused: (link: Digest) => Promise<void>
  readonly rosters: () => Rosters
}
