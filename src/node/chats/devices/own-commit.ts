/**
 * The private part of an own commit, as the vault keeps it from before it is handed to the home: nobody can process a
 * commit of their own leaf, so the account's other devices take from here what it led to, when it has won. RECORDS.md.
 */
import { base32Text, DIGEST_LENGTH, LIMITS, LOG_ID_LENGTH, sameBytes, shape, type Digest, type LogId, type VerifiedEntry } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import type { Vault } from '../../records/index.js'
import type { PendingCommit } from '../chat-record.js'

/** What a commit led to. */
export interface OwnCommit {
  readonly log: LogId
  /** The epoch that it ends. */
  readonly epoch: number
  /** The MLS state after it. */
  readonly mls: Uint8Array
  /** Seed of the log's owner key after it, where it gives the log another one. */
  readonly ownerSeed?: Uint8Array
}

const commitShape = shape.struct({ v: shape.literal(1), log: shape.bytes(LOG_ID_LENGTH), epoch: shape.uint(), mls: shape.bytes({ max: LIMITS.mlsStateBytes }), ownerSeed: shape.optional(shape.bytes(32)) })

/** Where names of own commits begin. */
const OWN_COMMITS = 'commit/'

/** The vault name of a commit by the SHA-256 of its MLS message. */
function ownCommitName (inner: Digest): string { return ownCommitNamed(base32Text(inner)) }
/** The same, by the hash as text. */
export function ownCommitNamed (inner: string): string { return `${OWN_COMMITS}${inner}` }

/** Its vault data. @internal */
export function encodeOwnCommit (commit: OwnCommit): unknown { return { v: 1, ...commit } }

/** A commit from its vault data. @throws BadInputError @internal */
export function decodeOwnCommit (data: unknown): OwnCommit {
  const { log, epoch, mls, ownerSeed } = commitShape(data, 'own commit')
  return { log, epoch, mls, ...ownerSeed === undefined ? {} : { ownerSeed } }
}

/** The own commit of a chat that another device made, as an entry of the log has it; undefined when the vault does not know it. */
export function ownCommitAt (vault: Pick<Vault, 'get'>, log: LogId, epoch: number, inner: Digest, { leaf, payload }: VerifiedEntry): PendingCommit | undefined {
  const data = inner.length === DIGEST_LENGTH ? vault.get(ownCommitName(inner)) : undefined
  if (data === undefined || payload === null || leaf.base === null || leaf.caps === null) return undefined
  const known = decodeOwnCommit(data)
  if (!sameBytes(known.log, log) || known.epoch !== epoch) return undefined
  return { id: leaf.id, base: leaf.base, payload, caps: leaf.caps, mls: known.mls, welcome: null, added: [], ...known.ownerSeed === undefined ? {} : { ownerSeed: known.ownerSeed } }
}

/** The names of a chat's own commits that ended an epoch before `epoch`: whoever begins at a later one needs them no more. */
export function ownCommitsBefore (vault: Pick<Vault, 'list'>, log: LogId, epoch: number): string[] {
  return [...vault.list(OWN_COMMITS)].flatMap(([name, data]) => {
    const known = decodeOwnCommit(data)
    return sameBytes(known.log, log) && known.epoch < epoch ? [name] : []
  })
}

/** The change that gives the vault an own commit of a chat, before it is handed to the home. */
export function ownCommitOps (vault: Pick<Vault, 'put'>, { log, epoch }: Pick<OwnCommit, 'log' | 'epoch'>, { inner, mls, ownerSeed }: Pick<PendingCommit, 'inner' | 'mls' | 'ownerSeed'>): KeyValueOp[] {
  return inner === undefined ? [] : [vault.put(ownCommitName(inner), encodeOwnCommit({ log, epoch, mls, ...ownerSeed === undefined ? {} : { ownerSeed } }))]
}

/** The change that drops one that has not won. */
export function lostCommitOps (vault: Pick<Vault, 'del'>, { inner }: Pick<PendingCommit, 'inner'>): KeyValueOp[] { return inner === undefined ? [] : [vault.del(ownCommitName(inner))] }

/** The names of what is to stand in the vault before a commit is handed to the home. */
export function ownCommitNames (commit: PendingCommit | null): string[] { return commit?.inner === undefined ? [] : [ownCommitName(commit.inner)] }
