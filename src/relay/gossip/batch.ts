/** A batch of entries as a gossip message: it proves itself to everybody who knows the log's home. Pure. GATEWAY.md (Gossip). */
import {
  base32Text, decodeLeaf, LIMITS, pb, ProofError, sameBytes, verifyAttested, verifyHead, verifyRun, BadInputError,
  type Digest, type LogId, type Statement, type StoredEntry, type VerifiedEntry
} from '../../protocol/wire/index.js'
import type { GossipRun, ReaderPlace } from './types.js'

/** The name of a log's gossip topic. */
export function topicName (topic: Uint8Array): string { return `petrel/1/${base32Text(topic)}` }

/** A batch whose entries hang together, end in what the home signed, and follow `prev`. */
export interface GossipBatch {
  readonly prev: Digest
  readonly first: number
  readonly last: number
  readonly entries: readonly StoredEntry[]
  readonly verified: readonly VerifiedEntry[]
  readonly head: Uint8Array
  readonly statement: Statement
}

/** A batch's bytes. */
export function encodeBatch (log: LogId, prev: Digest, entries: pb.WireEntry[], head: Uint8Array): Uint8Array {
  return pb.EntriesPush.encode({ log, prev, entries, head })
}

/**
 * Reads a batch and checks it from its own first entry on: numbers, payloads and hashes up to the statement of the home
 * for the last one. Where the reader stands is another question ({@link follow}).
 *
 * @throws BadInputError for malformed bytes, ProofError when it is another log's or not the home's of that term, or does not hold
 */
export function openBatch (bytes: Uint8Array, log: LogId, { home, term }: Pick<ReaderPlace, 'home' | 'term'>): GossipBatch {
  const push = decode(bytes)
  const { prev, head } = push
  const entries = push.entries.map(({ leaf, payload }): StoredEntry => ({ leaf, payload: payload ?? null }))
  const [begin] = entries
  if (begin === undefined || prev?.length !== 32) throw new BadInputError('a gossip batch has entries and the hash before them')
  if (!sameBytes(push.log, log)) throw new ProofError('a gossip batch of another log came on this one\'s topic')
  const first = decodeLeaf(begin.leaf).seq
  // The signature first would cost more than the hashes; a batch that does not hang together is refused before it.
  const run = verifyRun({ seq: first - 1, hash: prev }, entries)
  const claimed = verifyAttested(head).statement.term
  if (claimed !== term) throw new ProofError(`a gossip batch is of term ${claimed}, the reader is in term ${term}`, { details: { term: true } })
  const { statement } = verifyHead(head, { log, home, term, at: run.to })
  if (statement.seq !== run.to.seq) throw new ProofError('what the home signed is not the batch\'s last entry')
  return { prev, first, last: run.to.seq, entries, verified: run.entries, head, statement }
}

function decode (bytes: Uint8Array): pb.EntriesPush {
  try {
    return pb.EntriesPush.decode(bytes, { limits: { entries: LIMITS.readItems } })
  } catch (cause) {
    throw new BadInputError('a gossip message is no batch of entries', { cause })
  }
}

/** What a batch is to a reader: the entries that follow its place, or that it is behind, has it all, or stands on another chain. */
export function follow (batch: GossipBatch, place: Pick<ReaderPlace, 'seq' | 'hash'>): GossipRun | 'behind' | 'known' | 'forked' {
  if (batch.last <= place.seq) return 'known'
  if (batch.first > place.seq + 1) return 'behind'
  const known = place.seq + 1 - batch.first
  const before = known === 0 ? batch.prev : batch.verified[known - 1]?.hash
  if (before === undefined || !sameBytes(before, place.hash)) return 'forked'
  return { entries: batch.entries.slice(known), head: batch.head, to: { seq: batch.last, hash: batch.statement.hash } }
}
