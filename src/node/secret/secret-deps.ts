/** What all secret chats of a device work with. */
import type { SecretMls } from '../../protocol/crypto/index.js'
import type { Digest, KeyBytes } from '../../protocol/wire/index.js'
import type { NodeLog } from '../log.js'
import type { UpdateLog } from '../updates/index.js'
import type { SecretRecord } from './record.js'
import type { SealedStart } from './starts.js'
import type { SecretStore } from './store.js'

/** See the file's head. */
export interface SecretDeps {
  readonly store: SecretStore
  readonly updates: UpdateLog
  readonly now: () => number
  /** See {@link steadyClock}: by it lines go. */
  readonly steady: () => number
  readonly log: NodeLog
  /** The engine that vouches for the other device by its account's manifest. */
  readonly mlsFor: (manifest: Uint8Array) => SecretMls
  /** Why nothing is said to or believed of a device, until the person decides; null while there is no reason. */
  readonly doubt: (account: KeyBytes, device: KeyBytes) => string | null
  /** Whether the person has yet to decide about an account whose keys changed: what its devices say waits at the homes until then. */
  readonly isUndecided: (account: KeyBytes) => boolean
  /** A word to a device that was asked, that it need not answer any more. */
  readonly over: (record: SecretRecord, keyPackage: Digest, k: 'taken' | 'withdrawn') => Promise<SealedStart>
  /** Called when keys were erased that must leave the disk. */
  readonly erased: () => void
  /** Called once something is to be sent, an address is to be listened at, or a line's time is known. */
  readonly changed: (chat: { readonly id: string }) => void
}
