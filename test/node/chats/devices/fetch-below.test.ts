import assert from 'node:assert/strict'
import { chainNext, encodeLeaf, ENTRY_KIND, leafFor, ProofError, UnavailableError, type Digest, type StoredEntry } from '../../../../src/protocol/wire/index.js'
import { fetchBelow } from '../../../../src/node/chats/past/fetch-below.js'
import type { LogPage, RelayLink } from '../../../../src/node/gateway/index.js'
import { fill } from '../../../protocol/wire/kit.js'

const LOG = fill(34, 3)
const COUNT = 20
const hashes: Digest[] = [fill(32)]
const entries: StoredEntry[] = Array.from({ length: COUNT }, (_, i) => {
  const payload = fill(10, i + 1)
  const leaf = encodeLeaf(leafFor({ id: fill(16, i + 1), kind: ENTRY_KIND.data, payload }, i + 1, 1))
  hashes.push(chainNext(hashes[i]!, leaf))
  return { leaf, payload }
})

/** A chat whose relay answers so. `most`: entries that fit a reply. */
function chat (change: (page: LogPage, after: number) => LogPage = page => page, most = COUNT): Parameters<typeof fetchBelow>[0] {
  const read = (_log: Uint8Array, after: number, limit: number): Promise<LogPage> =>
    Promise.resolve(change({ entries: entries.slice(after, after + Math.min(limit, most)), head: new Uint8Array(), prev: hashes[after]! }, after))
  return { log: LOG, link: { read } as unknown as RelayLink }
}

const place = (seq: number): { seq: number, hash: Digest } => ({ seq, hash: hashes[seq]! })
const { signal } = new AbortController()

describe('a log that is read backwards', () => {
  it('is had in pages that each lead to a place that is known, down to its first entry', async () => {
    for (const most of [COUNT, 7, 3, 1]) {
      let to = place(COUNT)
      const seen: number[] = []
      while (to.seq > 0) {
        const { first, before, entries: page } = await fetchBelow(chat(undefined, most), to, 8, signal)
        seen.unshift(...page.map(({ verified }) => verified.leaf.seq))
        to = { seq: first - 1, hash: before }
      }
      assert.deepEqual(seen, Array.from({ length: COUNT }, (_, i) => i + 1))
      assert.deepEqual(to.hash, hashes[0])
    }
  })

  it('takes nothing that does not lead to the place that is known', async () => {
    const refused = async (change: (page: LogPage, after: number) => LogPage): Promise<void> => { await assert.rejects(fetchBelow(chat(change), place(12), 5, signal), ProofError) }
    const other = (entry: StoredEntry): StoredEntry => ({ ...entry, payload: fill(10, 99) })
    await refused(page => ({ ...page, prev: fill(32, 8) }))
    await refused(page => ({ ...page, entries: page.entries.map((entry, i) => i === 2 ? other(entry) : entry) }))
    // Another message with a leaf that fits it.
    await refused(page => ({ ...page, entries: page.entries.map((entry, i) => i === 2 ? { payload: fill(10, 99), leaf: encodeLeaf(leafFor({ id: fill(16, 1), kind: ENTRY_KIND.data, payload: fill(10, 99) }, 10, 1)) } : entry) }))
    await refused(page => ({ ...page, entries: [...page.entries.slice(0, 2), ...page.entries.slice(3), entries[12]!] }))
    await refused(page => ({ ...page, entries: entries.slice(6, 13) }))
    await assert.rejects(fetchBelow(chat(page => ({ entries: page.entries, head: page.head })), place(12), 5, signal), UnavailableError)
    await assert.rejects(fetchBelow(chat(page => ({ ...page, entries: [] })), place(12), 5, signal), UnavailableError)
  })
})
