/**
 * Where this account came into a chat: a place of its log, up to which all was before it. A takeover may leave that place
 * behind; the commit that let this account in then comes again at another number, and is known by its id. Pure.
 */
import { decodeCaps, ENTRY_KIND, sameBytes, type VerifiedEntry } from '../../protocol/wire/index.js'
import { memberCapsOf, type ChatKeys } from './chat-keys.js'
import type { ChatRecord } from './chat-record.js'
import type { Cursor } from './cursor.js'

type Joined = NonNullable<ChatRecord['joined']>

/** The number up to which all was before this account: 0 for who made the chat, and Infinity while that is not known. */
export function arrivedAt ({ joined }: Pick<ChatRecord, 'joined'>): number { return joined === null ? 0 : joined.isGone === true ? Infinity : joined.seq }

/** Whether the log is read up to where this account came in. */
export function hasArrived ({ record, cursor }: { readonly record: Pick<ChatRecord, 'joined'>, readonly cursor: Pick<Cursor, 'seq'> }): boolean { return cursor.seq >= arrivedAt(record) }

/**
 * Whether an entry is the commit that let this account in. `keys`: those of the epoch that it came into. A letter of an
 * earlier version does not say the commit's id: then it is the one that installs the keys of that epoch.
 */
export function isArrival ({ seq, isGone, id }: Joined, { leaf }: VerifiedEntry, keys: ChatKeys): boolean {
  if (isGone !== true) return leaf.seq === seq
  if (leaf.kind !== ENTRY_KIND.commit || leaf.caps === null) return false
  if (id !== undefined) return sameBytes(leaf.id, id)
  const [is, was] = [decodeCaps(leaf.caps), memberCapsOf(keys)]
  return sameBytes(is.append, was.append) && sameBytes(is.read, was.read)
}

/** The record after a takeover that keeps the log up to `kept` only: what this account was told of its place may hold no more. */
export function withoutPlace<R extends Pick<ChatRecord, 'joined'>> (record: R, kept: number): R {
  const { joined } = record
  return joined === null || joined.isGone === true || joined.seq <= kept ? record : { ...record, joined: { ...joined, isGone: true } }
}
