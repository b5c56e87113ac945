/** What a home can attest of what its store holds. */
import { decodeLeaf, type Digest, type Head, type LogId, type Receipt, type pb } from '../../protocol/wire/index.js'
import type { LogEntry, LogHead } from '../../store/index.js'

/** An entry's receipt. It says the same whenever it is made. `entry` is the payload's hash when the caller knows it already. */
export function receiptOf (log: LogId, record: LogEntry, entry: Digest = decodeLeaf(record.leaf).entry): Receipt {
  return { type: 'receipt', log, term: record.term, seq: record.seq, prev: record.prevHash, hash: record.hash, entry, time: record.time }
}

/** "The log ends here now." */
export function headOf (log: LogId, head: LogHead, now: number): Head {
  return { type: 'head', log, term: head.term, seq: head.seq, hash: head.hash, time: now }
}

/** An entry as it travels: without its payload once it was erased. */
export function wireEntry (record: LogEntry): pb.WireEntry {
  return record.erased ? { leaf: record.leaf } : { leaf: record.leaf, payload: record.payload }
}
