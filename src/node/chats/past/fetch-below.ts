/** Fetches entries of a chat's log backwards from its relay: what ends at a place that is known by its hash. */
import { ProofError, sameBytes, UnavailableError, verifyRun, type Digest, type LogPosition, type StoredEntry, type VerifiedEntry } from '../../../protocol/wire/index.js'
import type { Chat } from '../chat.js'

/** Consecutive entries that end at a known place, as they came and as they were checked, and the place before them. */
export interface Below { readonly first: number, readonly entries: ReadonlyArray<{ readonly stored: StoredEntry, readonly verified: VerifiedEntry }>, readonly before: Digest }

/**
 * The entries that end at `to`: at most `limit`, and fewer where they do not fit a reply.
 *
 * @throws ProofError when they do not lead there; UnavailableError when the relay does not say what they follow
 */
export async function fetchBelow ({ link, log }: Pick<Chat, 'link' | 'log'>, to: LogPosition, limit: number, signal: AbortSignal): Promise<Below> {
  let count = Math.min(limit, to.seq)
  for (;;) {
    const after = to.seq - count
    const { entries, prev } = await link.read(log, after, count, { signal })
    if (entries.length === count) {
      if (prev === undefined) throw new UnavailableError('the relay does not say which entry others follow')
      const run = verifyRun({ seq: after, hash: prev }, entries)
      if (!sameBytes(run.to.hash, to.hash)) throw new ProofError(`the relay's entries up to ${to.seq} do not lead to what was verified there`, { details: { seq: to.seq } })
      return { first: after + 1, before: prev, entries: run.entries.flatMap((verified, i) => { const stored = entries[i]; return stored === undefined ? [] : [{ stored, verified }] }) }
    }
    if (entries.length > count) throw new ProofError('the relay sent more entries than it was asked for')
    if (count === 1 || entries.length === 0) throw new UnavailableError(`the relay does not have the entries up to ${to.seq}`)
    // They end below the place. Half as many fit in the end: one always does.
    count = Math.max(1, Math.min(entries.length, count >> 1))
  }
}
