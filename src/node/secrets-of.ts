/** Secret chats of a node, on what the rest of it knows of contacts and reaches relays by. */
import { lists, type KeyBytes, type ManifestRelay } from '../protocol/wire/index.js'
import type { Store } from '../store/index.js'
import type { Account } from './account/index.js'
import { manifestOf, type ContactBook } from './contacts/index.js'
import type { RelayLink, RelayPool } from './gateway/index.js'
import type { NodeLog } from './log.js'
import type { RecordKeys, Vault } from './records/index.js'
import { secretParts, type SecretParts } from './secret/index.js'
import type { UpdateLog } from './updates/index.js'

/** What they stand on. */
export interface SecretsBase { readonly vault: Vault, readonly keys: RecordKeys, readonly store: Store, readonly updates: UpdateLog, readonly account: Account, readonly now: () => number, readonly log: NodeLog }
/** What they need beside that; */
export interface SecretsNeeds { readonly contacts: ContactBook, readonly pool: RelayPool, readonly homes: () => RelayLink[], readonly secretKeyPackages?: number | undefined }

/** Puts them together. @throws CorruptError, BadInputError for what does not decode */
export async function secretsOf ({ vault: { kv }, keys, store, updates, account, now, log }: SecretsBase, { contacts, pool, homes, secretKeyPackages }: SecretsNeeds): Promise<SecretParts> {
  return await secretParts({
    kv, keys, store, updates, pool, device: account.device, now, log, manifest: () => account.manifest, ownHomes: homes, secretKeyPackages,
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
    homesOf: key => relaysOf(contacts, key)
  })
}

/** The home relays of a contact, as its newest manifest says; none of anybody else. */
export function relaysOf (contacts: ContactBook, account: KeyBytes): ManifestRelay[] {
  const contact = contacts.get(account)
  return contact === undefined ? [] : manifestOf(contact).manifest.relays
}

/** Why nothing is said to a device. */
function doubtOf (contacts: ContactBook, account: KeyBytes, device: KeyBytes): string | null {
  const contact = contacts.get(account)
  if (contact === undefined) return 'the other person is no contact any more'
  if (contact.blocked) return 'the contact is blocked'
  if (contact.alarm !== null) return contact.alarm
  return lists(manifestOf(contact).manifest, device) ? null : 'the contact has revoked the device that this chat is with: close it, and start another one'
}
