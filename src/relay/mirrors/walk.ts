/**
 * What the entries of a copy say of its log: the keys in force, and where it lives. Pure. A mirror follows commits, voids
 * and terms as the home did; who appended an entry it cannot see, and need not: the home has signed for it.
 */
import { decodeCaps, ENTRY_KIND, NotFoundError, openOwnerAction, ownerAfter, PetrelError, ProofError, sameBytes, type Caps, type Digest, type LogId, type VerifiedEntry } from '../../protocol/wire/index.js'
import { withCaps, type Elsewhere, type LogMeta } from '../logs/meta.js'

/** A copy's place in the log. */
export interface Place {
  readonly log: LogId
  readonly meta: LogMeta
  /** The term that the chain has come to. */
  readonly term: number
  readonly hash: Digest
  readonly lastCommit: number
}

/** The place after an entry, and whether that installed keys. */
export interface Step extends Place { readonly isCommit: boolean }

/** Where a mirror follows its log. */
export type Target = Extract<Elsewhere, { at: 'mirror' }>

/** The target of a mirrored log. @throws NotFoundError for a log that is none */
export function targetOf ({ elsewhere }: LogMeta): Target {
  if (elsewhere?.at !== 'mirror') throw new NotFoundError('the log is not mirrored here any more')
  return elsewhere
}

/** The place after a verified entry. @throws ProofError, BadInputError for one that no home can have taken */
export function walk (at: Place, { leaf, hash, payload }: VerifiedEntry): Step {
  const plain = { ...at, hash, isCommit: false }
  if (leaf.kind === ENTRY_KIND.commit) {
    if (leaf.caps === null || leaf.base === null) throw new ProofError(`the commit ${leaf.seq} names no keys`)
    const caps = decodeCaps(leaf.caps)
    return installed(plain, { ...caps, owner: ownerAfter(at.log, caps, at.meta.owner) }, leaf.seq)
  }
  if (leaf.kind !== ENTRY_KIND.control) return plain
  if (payload === null) throw new ProofError(`the control entry ${leaf.seq} was erased: the log cannot be followed past it`)
  return ordered(plain, at.hash, leaf.seq, payload)
}

function ordered (at: Step, before: Digest, seq: number, payload: Uint8Array): Step {
  const { action, signer } = openOwnerAction(payload)
  if (!sameBytes(signer, at.meta.owner) || !sameBytes(action.log, at.log)) throw new ProofError(`the order in entry ${seq} is not of this log's owner`)
  if (action.op === 'void') return installed(at, action.caps, seq)
  if (action.op !== 'term') return at
  if (action.term <= at.term || action.seq !== seq - 1 || !sameBytes(action.hash, before)) throw new ProofError(`the order in entry ${seq} does not fit the log there`)
  const target = targetOf(at.meta)
  if (action.term < target.term) return { ...at, term: action.term }
  const isNew = action.term > target.term || !sameBytes(action.home, target.home)
  // The next home counts its own erasures.
  const next: Target = isNew ? { ...target, home: action.home, addrs: action.addrs, term: action.term, erasures: 0, order: payload } : { ...target, order: target.order ?? payload }
  return { ...at, term: action.term, meta: { ...at.meta, elsewhere: next } }
}

function installed (at: Step, caps: Caps, seq: number): Step {
  const meta = withCaps(at.meta, caps, seq)
  return { ...at, isCommit: true, lastCommit: seq, meta: knowsKeys(at.meta) ? meta : { ...meta, oldReads: [], oldMirrors: [] } }
}

/** Whether the keys in force are known: until the first commit the owner's key stands for those that are not. */
function knowsKeys (meta: LogMeta): boolean { return !sameBytes(meta.append, meta.owner) }

/** Whether an error says that the other side lies or is broken, and not that it is away. */
export function isLie (error: unknown): boolean {
  return error instanceof PetrelError && ['ERR_PROOF', 'ERR_BAD_INPUT', 'ERR_TOO_LARGE'].includes(error.code)
}
