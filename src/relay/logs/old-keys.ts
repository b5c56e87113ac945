/** Until where a read key that was replaced may read: from the log's own commits, for who was away for long. */
import { decodeCaps, decodeLeaf, ENTRY_KIND, LIMITS, openOwnerAction, sameBytes, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { LogEntry, LogHead, LogStore } from '../../store/index.js'

/** What a search found: the number of the commit that replaced the key, if any, and how many commits it read. */
export interface Replaced { readonly through: number | undefined, readonly steps: number }

/**
 * The number of the commit that replaced `key`, found by walking back from commit to commit; undefined when none of
 * the last LIMITS.oldEpochs commits installed it, or they are trimmed. (The first epoch's key, which no commit
 * installed, stays in the log's meta.)
 */
export async function replacedAt (logs: LogStore, log: LogId, head: LogHead, key: KeyBytes): Promise<Replaced> {
  let at = head.lastCommit
  let replaced: number | undefined
  let steps = 0
  for (; steps < LIMITS.oldEpochs && at >= head.first && at > 0; steps++) {
    const entry = await entryAt(logs, log, at)
    const installed = entry === undefined ? undefined : installedBy(entry)
    if (installed === undefined) break
    if (replaced !== undefined && sameBytes(installed.read, key)) return { through: replaced, steps }
    replaced = at
    if (installed.before >= at) break
    at = installed.before
  }
  return { through: undefined, steps }
}

/** The read key that a commit or a void installed, and the number of the one before it. */
function installedBy (entry: LogEntry): { read: KeyBytes, before: number } | undefined {
  const { kind, base, caps } = decodeLeaf(entry.leaf)
  if (kind === ENTRY_KIND.commit && caps !== null && base !== null) return { read: decodeCaps(caps).read, before: base }
  if (kind !== ENTRY_KIND.control || entry.erased) return undefined
  const { action } = openOwnerAction(entry.payload)
  return action.op === 'void' ? { read: action.caps.read, before: action.seq } : undefined
}

/** One entry by its number. */
export async function entryAt (logs: LogStore, log: LogId, seq: number): Promise<LogEntry | undefined> {
  const { entries: [entry] } = await logs.read(log, seq - 1, 1, LIMITS.readBytes)
  return entry?.seq === seq ? entry : undefined
}
