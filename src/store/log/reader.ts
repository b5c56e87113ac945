/** Reads a run of entries and checks that nothing is missing from it. */
import { sameBytes } from '../../protocol/wire/index.js'
import type { Abortable, LogEntry } from '../contract.js'
import type { Core } from '../core/index.js'
import { decodeEntry, RecordedEntry } from './codec.js'
import type { LogState } from './states.js'
import type { Tails } from './tails.js'

/** What to read: entries after a number, at most so many and so many bytes of leaf and payload, but at least one. */
export interface Window { readonly after: number, readonly limit: number, readonly maxBytes: number }

const MAX_STEP = 1024 * 1024

/** The entries of a window up to a log's durable head, if they are in memory; of each its record alone, unless told otherwise. */
export function recentEntries (tails: Tails<LogState>, state: LogState, window: Window, entryOf = recorded): LogEntry[] | undefined {
  const head = state.durable
  const from = Math.max(window.after + 1, head.first)
  const to = Math.min(head.seq, from + window.limit - 1)
  return to < from ? [] : tails.read(state, { from, to, maxBytes: window.maxBytes }, entryOf)
}

function recorded (record: Uint8Array): LogEntry { return new RecordedEntry(record) }

/**
 * The entries of a window up to a log's durable head; undefined when one is missing, out of order, or not linked to
 * the one before by its hash.
 */
export async function readEntries (core: Core, tails: Tails<LogState>, state: LogState, window: Window, options: Abortable): Promise<LogEntry[] | undefined> {
  const recent = recentEntries(tails, state, window, decodeEntry)
  if (recent !== undefined) return recent
  const head = state.durable
  const from = Math.max(window.after + 1, head.first)
  const to = Math.min(head.seq, from + window.limit - 1)
  const entries: LogEntry[] = []
  let bytes = 0
  const range = { ...state.keys.entries(from, to), limit: to - from + 1 }
  for await (const pairs of core.scan(range, { ...options, bytes: Math.min(MAX_STEP, Math.max(window.maxBytes, 1)) })) {
    for (const [, value] of pairs) {
      const entry = decodeEntry(value)
      const before = entries.at(-1)
      if (entry.seq !== from + entries.length || (before !== undefined && !sameBytes(entry.prevHash, before.hash))) return undefined
      bytes += entry.leaf.length + entry.payload.length
      if (bytes > window.maxBytes && entries.length > 0) return entries
      entries.push(entry)
    }
  }
  return entries.length === to - from + 1 ? entries : undefined
}
