/** What a receipt says of the item that it answers, or of all the items of a call that stand behind each other. Pure. */
import {
  chainNext, DIGEST_LENGTH, encodeLeaf, leafFor, ProofError, sameBytes, verifyAttested, type Append, type Attested, type LogId, type pb, type Receipt
} from '../../protocol/wire/index.js'
import type { Placed } from './placed.js'

/** The receipt in attested bytes, if it is for this log. @throws ProofError when they are something else, or for another; BadInputError for bytes that are none */
export function receiptIn (bytes: Uint8Array, log: LogId): Attested<Receipt> {
  const { statement, home } = verifyAttested(bytes)
  if (statement.type !== 'receipt') throw new ProofError('the relay answered an append with something else than a receipt')
  if (!sameBytes(statement.log, log)) throw new ProofError('the relay\'s receipt is for another log')
  return { statement, home, bytes }
}

/**
 * The places of a call's items, from the last one's receipt: the leaves are made here, of what was sent, and no other leaves
 * lead to the hash that the home signed.
 *
 * @throws ProofError when the chain from these items does not lead to what the receipt says; BadInputError for bytes that are none
 */
export function placesOfRun (log: LogId, items: readonly Append[], { receipt, prev, earlier }: pb.AppendRun): Placed[] {
  const said = receiptIn(receipt, log)
  const { statement: end, home } = said
  if (items.length !== earlier.length + 1) throw new ProofError(`the relay gave one answer to ${earlier.length + 1} appends, and there were ${items.length}`)
  // Evidence has room for a hash there: what is longer would lead to the receipt as well, and prove nothing to anybody.
  if (prev.length !== DIGEST_LENGTH) throw new ProofError('the relay\'s answer begins at something else than a hash of the chain')
  const leaves: Uint8Array[] = []
  const past = { hash: prev, leaves }
  const places: Placed[] = []
  let before = prev
  for (const [i, item] of items.entries()) {
    const [seq, time] = [end.seq - earlier.length + i, end.time - (earlier[i] ?? 0)]
    if (seq < 1 || time < 0) throw new ProofError('the relay\'s receipt stands before the log\'s beginning')
    const leaf = leafFor(item, seq, time)
    const bytes = encodeLeaf(leaf)
    const hash = chainNext(before, bytes)
    leaves.push(bytes)
    places.push({ statement: { type: 'receipt', log, term: end.term, seq, prev: before, hash, entry: leaf.entry, time }, home, said, past })
    before = hash
  }
  const last = places.at(-1)?.statement
  if (last === undefined || !isSame(last, end)) throw new ProofError('the relay\'s receipt is for other entries than were sent', { details: { seq: end.seq } })
  return places
}

/** An item's place by its own receipt. */
export function placedAlone (said: Attested<Receipt>): Placed { return { statement: said.statement, home: said.home, said } }

function isSame (a: Receipt, b: Receipt): boolean { return sameBytes(a.hash, b.hash) && sameBytes(a.prev, b.prev) && sameBytes(a.entry, b.entry) }
