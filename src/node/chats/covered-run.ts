/**
 * Entries that came by a mirror, until the home's own word covers them: a mirror's page may end before the head it comes
 * with, and what lies between is only the mirror's word until then. Nothing is taken on that.
 */
import { LIMITS, verifyAttested, type StoredEntry } from '../../protocol/wire/index.js'

/** Entries, and the attested bytes that speak of the last of them (or, without entries, of any place). */
export interface Covered { readonly entries: readonly StoredEntry[], readonly head: Uint8Array }

// Newer ones come with each page; the log is covered from one to the next.
const HEADS_KEPT = 64

/** See the file's head. */
export class CoveredRun {
  #entries: StoredEntry[] = []
  #bytes = 0
  #heads: Array<{ seq: number, bytes: Uint8Array }> = []

  /** What waits, in order after the last verified entry. */
  get waiting (): readonly StoredEntry[] { return this.#entries }

  /** Begins anew: what waits is forgotten, and comes again. */
  clear (): void {
    this.#entries = []
    this.#bytes = 0
    this.#heads = []
  }

  /**
   * Takes what came; `after` is the number of the last verified entry.
   *
   * @returns what is covered now; undefined: nothing yet; `full`: more waits than this node holds unproved
   * @throws ProofError, BadInputError when the head is no signed statement
   */
  take (after: number, entries: readonly StoredEntry[], head: Uint8Array): Covered | 'full' | undefined {
    const { seq } = verifyAttested(head).statement
    if (entries.length === 0 && this.#entries.length === 0) return { entries, head }
    for (const entry of entries) this.#bytes += sizeOf(entry)
    this.#entries.push(...entries)
    this.#heads = [...this.#heads.slice(-HEADS_KEPT), { seq, bytes: head }]
    const end = after + this.#entries.length
    const reached = this.#heads.filter(one => one.seq > after && one.seq <= end).reduce<{ seq: number, bytes: Uint8Array } | undefined>((best, one) => one.seq >= (best?.seq ?? 0) ? one : best, undefined)
    if (reached === undefined) return this.#entries.length > LIMITS.unprovedEntries || this.#bytes > LIMITS.unprovedBytes ? 'full' : undefined
    const covered = this.#entries.splice(0, reached.seq - after)
    for (const entry of covered) this.#bytes -= sizeOf(entry)
    this.#heads = this.#heads.filter(one => one.seq > reached.seq)
    return { entries: covered, head: reached.bytes }
  }
}

function sizeOf ({ leaf, payload }: StoredEntry): number { return leaf.length + (payload?.length ?? 0) }
