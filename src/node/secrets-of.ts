/** Secret chats of a node, on what the rest of it knows of contacts and reaches relays by. */
import { mediaLayout } from '../protocol/crypto/index.js'
import { lists, signerFromSeed, type KeyBytes, type ManifestRelay } from '../protocol/wire/index.js'
import type { Store } from '../store/index.js'
import type { Account } from './account/index.js'
import { manifestOf, type ContactBook } from './contacts/index.js'
import type { InboxKey, RelayLink, RelayPool } from './gateway/index.js'
import type { NodeLog } from './log.js'
import { linkHolder, SecretFiles, type BlockHolder, type SecretFilesParts, type Wanted } from './media/index.js'
import type { RecordKeys, Vault } from './records/index.js'
import { secretParts, type SecretParts } from './secret/index.js'
import type { UpdateLog } from './updates/index.js'

/** What they stand on. */
export interface SecretsBase { readonly vault: Vault, readonly keys: RecordKeys, readonly store: Store, readonly updates: UpdateLog, readonly account: Account, readonly now: () => number, readonly log: NodeLog }
/** What they need beside that. */
export interface SecretsNeeds { readonly contacts: ContactBook, readonly pool: RelayPool, readonly homes: () => RelayLink[], readonly secretKeyPackages?: number | undefined, readonly files: Omit<SecretFilesParts, 'kv' | 'keys' | 'holders' | 'now' | 'log'> }

/** Puts them together. @throws CorruptError, BadInputError for what does not decode */
export async function secretsOf ({ vault: { kv }, keys, store, updates, account, now, log }: SecretsBase, { contacts, pool, homes, secretKeyPackages, files }: SecretsNeeds): Promise<SecretParts> {
  return await secretParts({
    kv, keys, store, updates, pool, device: account.device, now, log, manifest: () => account.manifest, ownHomes: homes, secretKeyPackages,
    files: await SecretFiles.open({ ...files, kv, keys, now, log, holders: wanted => whoHasSecret({ account, contacts, pool }, wanted) }),
    inboxes: () => account.inboxKeys(now()),
    isKnown: async (manifest, device) => {
      const known = contacts.get(manifest.manifest.account)
      if (known === undefined || known.blocked) return false
      // It may say of a device that is new.
      const met = contacts.meetManifest(known, manifest)
      if (met !== null) await updates.write(met.ops, met.events)
      return doubtOf(contacts, known.account, device) === null
    },
    doubt: (key, device) => doubtOf(contacts, key, device),
    isUndecided: key => (contacts.get(key)?.alarm ?? null) !== null,
    homesOf: key => relaysOf(contacts, key),
    inboxKeyOf: key => inboxKeyOf(contacts, key)
  })
}

/** The home relays of a contact, as its newest manifest says; none of anybody else. */
export function relaysOf (contacts: ContactBook, account: KeyBytes): ManifestRelay[] {
  const contact = contacts.get(account)
  return contact === undefined ? [] : manifestOf(contact).manifest.relays
}

/** The key to its inbox that a contact has given to this account. */
function inboxKeyOf (contacts: ContactBook, account: KeyBytes): InboxKey | undefined {
  const contact = contacts.get(account)
  const inbox = contact === undefined ? null : manifestOf(contact).manifest.inbox
  return inbox === null || contact?.theirGrant == null ? undefined : { log: inbox.log, key: signerFromSeed(contact.theirGrant) }
}

/** A file of the own account is at its homes, one of another at that one's, and no relay but these is asked: none hears from this device which blob belongs to a secret chat. */
function whoHasSecret ({ account, contacts, pool }: Pick<SecretsBase, 'account'> & Pick<SecretsNeeds, 'contacts' | 'pool'>, { file: { root, size }, members }: Wanted): BlockHolder[] {
  if (pool.isClosed) return []
  const own = account.relays.filter(({ peer }) => !account.isOwn(peer)).map(({ peer, address }) => ({ peer, addrs: [address] }))
  const relays = members.length === 0 ? own : members.flatMap(member => relaysOf(contacts, member))
  return relays.map(({ peer, addrs }) => {
    const link = pool.link(peer, addrs)
    return linkHolder({ link, blobs: link.blobs, rank: 0, root, size: mediaLayout(size).sealedBytes, sources: null })
  })
}

/** Why nothing is said to a device. */
function doubtOf (contacts: ContactBook, account: KeyBytes, device: KeyBytes): string | null {
  const contact = contacts.get(account)
  if (contact === undefined) return 'the other person is no contact any more'
  if (contact.blocked) return 'the contact is blocked'
  if (contact.alarm !== null) return contact.alarm
  return lists(manifestOf(contact).manifest, device) ? null : 'the contact has revoked the device that this chat is with: close it, and start another one'
}
