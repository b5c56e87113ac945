/** Entries of a follow that have come while those before them are being taken: what comes together costs less. */
import { LIMITS, type StoredEntry } from '../../protocol/wire/index.js'

/** Consecutive entries, and what the relay said with the last of them. */
export class WaitingRun {
  readonly entries: StoredEntry[]
  head: Uint8Array
  #bytes: number

  constructor (entries: StoredEntry[], head: Uint8Array) {
    this.entries = entries
    this.head = head
    this.#bytes = bytesOf(entries)
  }

  /** Adds what has come behind them. False, and nothing is added, for a head alone, which is a word of its own, and beyond what is taken at once. */
  add (entries: readonly StoredEntry[], head: Uint8Array): boolean {
    const bytes = this.#bytes + bytesOf(entries)
    if (entries.length === 0 || this.entries.length === 0 || this.entries.length + entries.length > LIMITS.runEntries || bytes > LIMITS.readBytes) return false
    this.entries.push(...entries)
    this.#bytes = bytes
    this.head = head
    return true
  }
}

function bytesOf (entries: readonly StoredEntry[]): number { return entries.reduce((sum, { leaf, payload }) => sum + leaf.length + (payload?.length ?? 0), 0) }
