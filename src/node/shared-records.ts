/**
 * Whether what another device of the account wrote into the vault is what its name says. What is not is as if it were not
 * there: else a thief's device, put out by now, would keep all others, and new ones, from what the account has.
 */
import { decodeCbor, LIMITS, PetrelError, sameBytes } from '../protocol/wire/index.js'
import { accountCodec } from './account/index.js'
import { decodeChatKey, decodeOwnCommit, decodeReadPlace } from './chats/index.js'
import { contactName, decodeContact, manifestOf } from './contacts/index.js'
import { decodeComing, decodeRequest } from './letters/index.js'
import { decodeGroupLink, decodeJoin, decodeJoining } from './links/index.js'
import { deviceRecord } from './vault/index.js'
import { decodeDraft } from './words/index.js'

type Check = (data: unknown, name: string) => unknown

/** By the name of a record, or its beginning up to the slash. Of the kinds that are not here their readers take what they find. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['account', accountCodec.account.decode], ['relays', accountCodec.relays.decode], ['key-package/', accountCodec.keyPackage.decode], ['invite/', accountCodec.invite.decode],
  ['contact/', isPerson('contact')], ['met/', isPerson('met')], ['group-link/', decodeGroupLink], ['join/', decodeJoin], ['joining/', decodeJoining], ['draft/', decodeDraft],
  ['request/', decodeRequest], ['coming/', (data, name) => decodeComing(name, data)], ['read/', decodeReadPlace], ['chat-key/', decodeChatKey], ['commit/', decodeOwnCommit], ['device/', deviceRecord.decode]
])

/** Somebody whose name is the record's, and whose manifest holds. */
function isPerson (kind: 'contact' | 'met'): Check {
  return (data, name) => {
    const person = decodeContact(data)
    return contactName(person.account, kind) === name && sameBytes(manifestOf(person).manifest.account, person.account)
  }
}

/** See the file's head. `data`: encoded; empty for one that was removed. */
export function isSharedRecord (name: string, data: Uint8Array): boolean {
  const slash = name.indexOf('/')
  try {
    return data.length === 0 || CHECKS.get(slash < 0 ? name : name.slice(0, slash + 1))?.(decodeCbor(data, LIMITS.vaultRecordBytes), name) !== false
  } catch (error) {
    if (error instanceof PetrelError) return false
    throw error
  }
}
