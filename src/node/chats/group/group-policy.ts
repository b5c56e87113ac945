/** A group's policy in its MLS context, and the judgement of commits by it. No I/O. */
import { MLS_EXTENSIONS, type CommitChange, type MlsEngine, type MlsExtension, type MlsState } from '../../../protocol/crypto/index.js'
import { decodePolicy, encodePolicy, judgeGroupChange, cachedPolicy, type GroupPolicy } from '../../../protocol/message/index.js'
import { ForbiddenError, ProofError, sameBytes, type KeyBytes } from '../../../protocol/wire/index.js'
import type { ChatRecord } from '../chat-record.js'

/** The policy's bytes in a group's extensions; undefined for a group that has none. */
function policyIn (extensions: readonly MlsExtension[]): Uint8Array | undefined { return extensions.find(({ type }) => type === MLS_EXTENSIONS.roles)?.data }

/** The policy's bytes at a state. */
export function policyAt (engine: MlsEngine, state: MlsState): Uint8Array | undefined { return policyIn(engine.extensions(state)) }

/** The policy that a batch has come to; undefined in a direct chat. */
export function draftPolicy ({ record: { policy } }: { readonly record: Pick<ChatRecord, 'policy'> }): GroupPolicy | undefined { return policy === undefined ? undefined : cachedPolicy(policy) }

/** The extension that carries a policy. @throws BadInputError for one that cannot be */
export function policyExtension (policy: GroupPolicy): MlsExtension { return { type: MLS_EXTENSIONS.roles, data: encodePolicy(policy) } }

/** A group's extensions with another policy in them. */
export function withPolicy (extensions: readonly MlsExtension[], policy: GroupPolicy): MlsExtension[] {
  return [...extensions.filter(({ type }) => type !== MLS_EXTENSIONS.roles), policyExtension(policy)]
}

/** What a commit is judged by. */
export interface JudgeContext {
  /** The policy's bytes before it. */
  readonly policy: Uint8Array | undefined
  readonly members: readonly KeyBytes[]
  /** The commit's time in the log, ms. */
  readonly at: number
  /** The account of a leaf. @throws ProofError when nothing vouches for it */
  readonly accountOf: (leaf: CommitChange['sender'] | CommitChange['added'][number]) => KeyBytes
}

/** Judges a commit in a group. @throws ForbiddenError when the policy does not allow it; BadInputError for a policy that is none */
export function judgeCommit (change: CommitChange, { policy, members, at, accountOf }: JudgeContext): void {
  if (policy === undefined) throw new ProofError('the group has no policy, so nobody may change it')
  const after = change.extensions === undefined ? undefined : policyIn(change.extensions.after)
  if (change.extensions !== undefined) requireOnlyPolicy(change.extensions)
  const before = decodePolicy(policy)
  const actor = accountOf(change.sender)
  const added = change.added.map(accountOf)
  const removed = change.removed.map(accountOf)
  const isIn = (account: KeyBytes): boolean => members.some(one => sameBytes(one, account))
  if (added.some((account, i) => isIn(account) || added.findIndex(one => sameBytes(one, account)) !== i)) throw new ForbiddenError('the commit adds an account that is in the group')
  judgeGroupChange({ policy: before, members, at }, { actor, added, removed, ...after === undefined || sameBytes(after, policy) ? {} : { policy: decodePolicy(after) } })
}

/** Whether a commit bans somebody who was not banned by the policy (its bytes) before it. */
export function bans ({ extensions }: CommitChange, policy: Uint8Array | undefined, account: KeyBytes): boolean {
  const after = extensions === undefined ? undefined : policyIn(extensions.after)
  const isBanned = (bytes: Uint8Array): boolean => decodePolicy(bytes).banned.some(ban => sameBytes(ban.account, account))
  return policy !== undefined && after !== undefined && isBanned(after) && !isBanned(policy)
}

function requireOnlyPolicy ({ before, after }: NonNullable<CommitChange['extensions']>): void {
  if (policyIn(after) === undefined) throw new ForbiddenError('the commit takes away the group\'s policy')
  const rest = (list: readonly MlsExtension[]): MlsExtension[] => list.filter(({ type }) => type !== MLS_EXTENSIONS.roles)
  const [one, other] = [rest(before), rest(after)]
  if (one.length !== other.length || one.some(({ type, data }) => !other.some(o => o.type === type && sameBytes(o.data, data)))) throw new ForbiddenError('the commit changes more of the group than its policy')
}
