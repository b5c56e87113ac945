/**
 * When the vault is given a chat anew: before anything is done in it that another device could not come after, then now
 * and then as its log goes on, so that a device that comes later begins near its end.
 */
import { encodeCbor, LIMITS, QuotaError, sha256, sameBytes, TooLargeError, type Digest } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import type { Vault, VaultView } from '../../records/index.js'
import type { Chat } from '../chat.js'
import type { ChatRecord } from '../chat-record.js'
import { chatKeyName, decodeChatKey, encodeChatKey, type ChatKey } from './chat-key.js'
import { ownCommitsBefore } from './own-commit.js'

type Place = Pick<Chat, 'deps' | 'log'>

/** What is looked at of the record that the vault has. */
export interface KeptKey { readonly term: number, readonly seq: number, readonly epoch: number, readonly bytes: number, readonly beside: Digest }

// Decoded once for each version of a record, and small: the records themselves hold MLS states.
const views = new WeakMap<Vault, VaultView<KeptKey>>()

/** The changes that give the vault the chat as it is. */
export function checkpointOps ({ deps: { vault }, log }: Place, key: ChatKey): KeyValueOp[] {
  return [vault.put(chatKeyName(log), encodeChatKey(key)), ...ownCommitsBefore(vault, log, key.record.epoch).map(name => vault.del(name))]
}

/** The same, when it is time for it. `isBehind`: more of the log is on its way, so that it would be made many times in a row. */
export function dueCheckpoint (place: Place, key: ChatKey, isBehind = false): KeyValueOp[] {
  const { deps: { vault }, log } = place
  const view = views.get(vault) ?? vault.view(keptOf)
  views.set(vault, view)
  if (!isDue(view.get(chatKeyName(log)), key, isBehind ? LIMITS.checkpointBehindEntries : LIMITS.checkpointEntries)) return []
  try {
    return checkpointOps(place, key)
  } catch (error) {
    // Where the vault is full, the one that it has stays: a device that comes later follows the log from further back.
    if (error instanceof QuotaError || error instanceof TooLargeError) return []
    throw error
  }
}

function keptOf (data: unknown): KeptKey {
  const { record, cursor: { term, seq } } = decodeChatKey(data)
  return { term, seq, epoch: record.epoch, bytes: encodeCbor(data).length, beside: besideOf(record) }
}

/** Whether the vault is to have a chat as it is now. Pure. @internal */
function isDue (known: KeptKey | undefined, { record, cursor }: ChatKey, entries: number): boolean {
  if (known === undefined) return record.stage === 'ready'
  if (cursor.term < known.term || (cursor.term === known.term && cursor.seq < known.seq)) return false
  // A device that comes can then ask where the log ends, and has no commit to make up for.
  if (record.epoch !== known.epoch && known.bytes <= LIMITS.checkpointSmallBytes) return true
  if (record.epoch - known.epoch >= LIMITS.checkpointEpochs || !sameBytes(besideOf(record), known.beside)) return true
  return cursor.seq - known.seq >= Math.max(entries, Math.floor(known.bytes / LIMITS.checkpointEntryBytes))
}

// It is looked at with each batch of entries, and the record is seldom another.
const besides = new WeakMap<ChatRecord, Digest>()

/** What of a chat stands beside the checkpoint: the log alone does not say it, or not at once. */
function besideOf (record: ChatRecord): Digest {
  const known = besides.get(record)
  if (known !== undefined) return known
  const { stage, title, addrs, home, ownerSeed, holders = [], joined } = record
  const beside = sha256(encodeCbor([stage, title, addrs, home?.action ?? null, ownerSeed, holders, joined?.seq ?? null, joined?.isGone ?? false]))
  besides.set(record, beside)
  return beside
}
