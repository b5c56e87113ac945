/** A log that moves between homes, as its owner moves it. */
import { chainStart, ENTRY_KIND, LIMITS, verifyRun, type Append, type Digest, type KeyBytes, type Signer, type Statement, type pb } from '../../../src/protocol/wire/index.js'
import { data, type Client } from './client.js'
import type { TestLog } from './people.js'

/** An owner's whole copy of a log. */
export interface Copy { readonly entries: pb.WireEntry[], readonly hashes: Digest[] }

/** Reads a log to its end at one of its homes, and checks the chain from the first home's start. */
export async function copyOf (client: Client, log: TestLog, firstHome: KeyBytes): Promise<Copy> {
  const entries: pb.WireEntry[] = []
  for (;;) {
    const page = await client.read(log.id, entries.length)
    if (page.entries.length === 0) break
    entries.push(...page.entries)
  }
  return copyFrom(log, firstHome, entries)
}

/** A copy from entries. */
export function copyFrom (log: TestLog, firstHome: KeyBytes, entries: pb.WireEntry[]): Copy {
  const start = chainStart(log.id, firstHome)
  const run = verifyRun({ seq: 0, hash: start }, entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })))
  return { entries, hashes: [start, ...run.entries.map(({ hash }) => hash)] }
}

/** The first `seq` entries of a copy. */
export const upTo = ({ entries, hashes }: Copy, seq: number): Copy => ({ entries: entries.slice(0, seq), hashes: hashes.slice(0, seq + 1) })

/** The owner's order that keeps all of a copy. */
export function termOrder (log: TestLog, { hashes }: Copy, home: KeyBytes, term: number, by: 'agreement' | 'takeover', signer: Signer = log.owner): Uint8Array {
  const seq = hashes.length - 1
  return log.order({ op: 'term', log: log.id, term, home, addrs: ['/dns4/there.example/tcp/1'], seq, hash: hashes[seq]!, by }, signer)
}

export const control = (payload: Uint8Array, change: Partial<Append> = {}): Append => data('', { kind: ENTRY_KIND.control, payload, ...change })

/** Brings entries in pages, from where the relay says. The last answer. */
export async function bring (client: Client, log: TestLog, action: Uint8Array, entries: readonly pb.WireEntry[], options: { page?: number, open?: Uint8Array, done?: boolean } = {}): Promise<{ seq: number, head?: Statement }> {
  const { page = LIMITS.readItems, open = log.open(), done = true } = options
  const first = { genesis: log.genesisBytes, action, open }
  let { seq, head } = await client.adopt(first)
  while (head === undefined) {
    const isLast = done && seq + page >= entries.length
    const answer = await client.adopt({ ...first, after: seq, entries: entries.slice(seq, seq + page), done: isLast })
    if (!isLast && answer.seq >= entries.length) return answer
    ;({ seq, head } = answer)
  }
  return { seq, head }
}
