/** What a home can attest of what its store holds. */
import { decodeLeaf, type Head, type Leaf, type LogId, type Receipt, type pb } from '../../protocol/wire/index.js'
import type { LogEntry, LogHead } from '../../store/index.js'

/**
 * An entry's receipt, in the log's term of now: what was adopted is this home's word from then on. `fresh` is what the
 * leaf says of an entry that was built by this home just now, so that it need not be decoded.
 */
export function receiptOf (log: LogId, record: LogEntry, term: number, fresh?: Pick<Leaf, 'entry' | 'time'>): Receipt {
  const { seq, prevHash: prev, hash } = record
  const { entry, time } = fresh ?? decodeLeaf(record.leaf)
  return { type: 'receipt', log, term, seq, prev, hash, entry, time }
}

/** "The log ends here now." */
export function headOf (log: LogId, head: LogHead, now: number): Head {
  return { type: 'head', log, term: head.term, seq: head.seq, hash: head.hash, time: now }
}

/** An entry as it travels: without its payload once it was erased. */
export function wireEntry (record: LogEntry): pb.WireEntry {
  return record.erased ? { leaf: record.leaf } : { leaf: record.leaf, payload: record.payload }
}
