/**
 * Which entries a new home takes for a log that is brought to it. Pure. It follows the chain as the home before did: a
 * commit or a void installs keys, an order `term` begins a term. What nobody can see from the chain, such as who
 * appended an entry, is vouched for by the owner, who has signed the hash at the end.
 */
import {
  chainNext, decodeCaps, decodeLeaf, ENTRY_KIND, entryHash, openOwnerAction, ownerAfter, payloadLimit, ProofError, sameBytes, TooLargeError,
  type Caps, type Digest, type KeyBytes, type Leaf, type LogId, type OwnerAction
} from '../../protocol/wire/index.js'
import { withCaps, type LogMeta } from './meta.js'

/** The order by which a log comes. */
export type TermOrder = Extract<OwnerAction, { op: 'term' }>

/** How far a log has come. */
export interface Arriving {
  readonly log: LogId
  readonly meta: LogMeta
  readonly seq: number
  /** The chain's hash at `seq`. */
  readonly hash: Digest
  readonly lastCommit: number
}

/** The next entry, and what it does beside taking its place. */
export interface Arrived {
  readonly hash: Digest
  readonly isCommit: boolean
  /** The log's new keys. */
  readonly meta?: LogMeta
}

/** An entry as it was brought. */
export interface BroughtEntry {
  readonly leaf: Leaf
  /** The leaf's bytes, which the chain covers. */
  readonly bytes: Uint8Array
  /** Null when it was erased. */
  readonly payload: Uint8Array | null
}

/** An entry from its leaf and payload. @throws BadInputError when its leaf is none */
export function broughtEntry (bytes: Uint8Array, payload: Uint8Array | null): BroughtEntry { return { leaf: decodeLeaf(bytes), bytes, payload } }

/** Checks the next entry. @throws ProofError, BadInputError, TooLargeError for one that no home can have taken */
export function decideArrival (at: Arriving, entry: BroughtEntry, order: TermOrder): Arrived {
  const { leaf } = entry
  requireNext(at, entry)
  const isCommit = leaf.kind === ENTRY_KIND.commit
  if (isCommit !== (leaf.base !== null) || isCommit !== (leaf.caps !== null)) throw new ProofError(`entry ${leaf.seq} is of one kind and has another one's leaf`)
  const plain = { hash: chainNext(at.hash, entry.bytes), isCommit: false }
  if (leaf.caps !== null) {
    if (leaf.base !== at.lastCommit) throw new ProofError(`the commit ${leaf.seq} builds on entry ${String(leaf.base)}, and the last commit is ${at.lastCommit}`)
    const caps = decodeCaps(leaf.caps)
    return { ...plain, isCommit: true, meta: installed(at, { ...caps, owner: ownerAfter(at.log, caps, at.meta.owner) }) }
  }
  if (leaf.kind !== ENTRY_KIND.control) return plain
  const caps = capsOf(at, leaf.seq, entry.payload, order)
  return caps === undefined ? plain : { ...plain, isCommit: true, meta: installed(at, caps) }
}

/** Checks that an entry is whole and has the number that comes now. @throws ProofError, TooLargeError */
export function requireNext (at: Arriving, { leaf, payload }: BroughtEntry): void {
  if (leaf.seq !== at.seq + 1) throw new ProofError(`entry ${leaf.seq} was sent where ${at.seq + 1} belongs`, { details: { expected: at.seq + 1, got: leaf.seq } })
  const max = payloadLimit(leaf.kind)
  if (payload !== null && payload.length > max) throw new TooLargeError(`entry ${leaf.seq} is over the limit of ${max} bytes`, { details: { max } })
  if (payload !== null && !sameBytes(entryHash(payload), leaf.entry)) throw new ProofError(`entry ${leaf.seq} is not what its leaf says`, { details: { seq: leaf.seq } })
}

/** The keys that a control entry installs. */
function capsOf (at: Arriving, seq: number, payload: Uint8Array | null, order: TermOrder): Caps | undefined {
  if (payload === null) throw new ProofError(`the control entry ${seq} was erased: the log cannot be followed past it`)
  const { action, signer } = openOwnerAction(payload)
  if (!sameBytes(signer, at.meta.owner) || !sameBytes(action.log, at.log)) throw new ProofError(`the order in entry ${seq} is not of this log's owner`)
  if (action.op === 'void' && action.seq === at.lastCommit) return action.caps
  if (action.op === 'term' && action.term < order.term && action.seq === at.seq && sameBytes(action.hash, at.hash)) return undefined
  throw new ProofError(`the order in entry ${seq} does not fit the log there`)
}

/** The first keys of all come with the order `open`; who brings none has those of the first commit instead. */
function installed ({ meta, seq }: Arriving, caps: Caps): LogMeta {
  const { elsewhere } = meta
  if (elsewhere?.at !== 'coming' || elsewhere.keys) return withCaps(meta, caps, seq + 1)
  return { ...withCaps(meta, caps, seq + 1), oldReads: [], elsewhere: { ...elsewhere, keys: true } }
}

/** Checks that a log is here as its owner's order says, so that its term may begin. @throws ProofError */
export function requireWhole ({ meta, seq, hash }: Arriving, order: TermOrder, signer: KeyBytes): void {
  if (seq !== order.seq || !sameBytes(hash, order.hash)) throw new ProofError(`the chain that was brought is not the one of the owner's order at entry ${order.seq}`)
  if (!sameBytes(signer, meta.owner)) throw new ProofError('the order is not signed by the owner key in force at the end of the log')
  if (meta.elsewhere?.at !== 'coming' || !meta.elsewhere.keys) throw new ProofError('nobody can know the keys of this log: bring the order that opened it')
}
