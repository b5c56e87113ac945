/** Taking a commit from the log: on a copy, and only if it holds, is allowed and is for this state. */
import { emptyPskIndex, processPublicMessage, type CiphersuiteImpl, type ClientState, type Proposal } from 'ts-mls'
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js'
import { base32Text, BadInputError, ConflictError, ForbiddenError, LIMITS, NotFoundError, ProofError, sameBytes, sha256 } from '../../wire/index.js'
import { readCommit, type CommitMessage } from './codec.js'
import { samePq } from './commit.js'
import { clientConfig } from './config.js'
import { algorithms, type EngineContext } from './context.js'
import { onForeign } from './errors.js'
import { extensionData, fromLibrary, MLS_EXTENSIONS } from './extensions.js'
import { lifeOf } from './key-package.js'
import { credentialOf, memberAt, memberOf, type AddedMember, type CommitChange, type CommitPolicy, type MlsCredential, type MlsMember } from './member.js'
import { requireExtensions, requireSound, requireUsableKeys } from './sound.js'
import { clientOf, wrapState, type MlsState } from './state.js'

/** A commit that was accepted. After the own removal there is no further state. */
export type ProcessedCommit = CommitChange & (
  { readonly removedSelf: false, readonly state: MlsState } |
  { readonly removedSelf: true, readonly state: undefined }
)

/**
 * Takes a commit, if it holds and the policy allows it. The given state stays as it is.
 *
 * @throws BadInputError, TooLargeError, ProofError for a commit that does not hold
 * @throws ConflictError for a commit of another epoch
 * @throws ForbiddenError for a credential or change that is refused
 * @throws NotFoundError for the own leaf's commit: adopt the pending state kept under `details.commitHash`
 */
export async function processCommit (context: EngineContext, state: MlsState, bytes: Uint8Array, policy: CommitPolicy): Promise<ProcessedCommit> {
  const taken = readCommit(bytes)
  requirePlace(state, taken)
  const proposals = inlineProposals(taken)
  const before = clientOf(state, clientConfig(context))
  const impl = await algorithms(context)
  if (taken.senderLeaf === state.ownLeaf && taken.commit.path !== undefined) throw await ownCommit(before, taken, impl, bytes)
  const { newState: after } = await onForeign('the commit', async () =>
    await processPublicMessage(before, taken.message, emptyPskIndex, impl, () => 'accept'))
  const removedSelf = after.groupActiveState.kind === 'removedFromGroup'
  const change = await onForeign('the commit', async () => describe(taken, proposals, before, after, removedSelf))
  requireSound(after)
  await requireUsableKeys(impl, before.ratchetTree, after.ratchetTree)
  if (!samePq(extensionData(before.groupContext.extensions, MLS_EXTENSIONS.pqHash), extensionData(after.groupContext.extensions, MLS_EXTENSIONS.pqHash))) {
    throw new ForbiddenError('the commit changes the hash of G_pq, which nobody may')
  }
  await policy(change)
  return removedSelf
    ? { ...change, removedSelf, state: undefined }
    : { ...change, removedSelf, state: wrapState(state.suite, after) }
}

function requirePlace (state: MlsState, taken: CommitMessage): void {
  if (!sameBytes(taken.content.groupId, state.groupId)) throw new BadInputError('the commit is for another group')
  if (taken.epoch !== state.epoch) {
    throw new ConflictError(`the commit starts from epoch ${taken.epoch}, and the group is at epoch ${state.epoch}`, { details: { epoch: state.epoch } })
  }
}

/**
 * Only a commit that the own leaf really signed is worth looking for: one that merely says so is refused like any
 * other forgery, by this device as by all others.
 */
async function ownCommit (before: ClientState, { message }: CommitMessage, impl: CiphersuiteImpl, bytes: Uint8Array): Promise<NotFoundError> {
  await onForeign('the commit', async () => await unprotectPublicMessage(before.keySchedule.membershipKey, before.groupContext, before.ratchetTree, message, impl))
  return new NotFoundError("this is the own leaf's commit, whose private part only its maker has: adopt the pending state kept under its hash", { details: { commitHash: base32Text(sha256(bytes)) } })
}

type Allowed = Extract<Proposal, { proposalType: 'add' | 'remove' | 'group_context_extensions' }>

/** Proposals by value and of the kinds that Petrel uses. @throws BadInputError for any other; ProofError for extensions that a group cannot have */
function inlineProposals (taken: CommitMessage): Allowed[] {
  // Each member can be removed and its slot filled once: more than that is there to waste time.
  if (taken.commit.proposals.length > 2 * LIMITS.mlsMembers) throw new BadInputError(`a commit has at most ${2 * LIMITS.mlsMembers} proposals`)
  return taken.commit.proposals.map(entry => {
    if (entry.proposalOrRefType !== 'proposal') throw new BadInputError('the commit refers to a proposal outside it, which Petrel does not use')
    const { proposal } = entry
    switch (proposal.proposalType) {
      case 'add':
      case 'remove':
        return proposal
      case 'group_context_extensions':
        // The library takes an empty list for no change at all, and the RFC for a removal of all.
        if (proposal.groupContextExtensions.extensions.length === 0) throw new ProofError('the commit removes all extensions of the group')
        requireExtensions(proposal.groupContextExtensions.extensions)
        return proposal
      default:
        throw new BadInputError(`the commit holds a proposal of a kind that Petrel does not use (${String(proposal.proposalType)})`)
    }
  })
}

function describe (taken: CommitMessage, proposals: Allowed[], before: ClientState, after: ClientState, removedSelf: boolean): CommitChange {
  const member = (leaf: number): MlsMember => {
    const found = memberAt(before.ratchetTree, leaf)
    if (found === undefined) throw new ProofError(`the commit names leaf ${leaf}, which is empty`)
    return found
  }
  const sender = member(taken.senderLeaf)
  const path = taken.commit.path
  const extensions = proposals.some(p => p.proposalType === 'group_context_extensions')
    ? { before: fromLibrary(before.groupContext.extensions), after: fromLibrary(extensionsOf(proposals)) }
    : undefined
  const changed = extensions !== undefined && !sameExtensions(extensions)
  return {
    epoch: taken.epoch,
    sender,
    aad: taken.content.authenticatedData.slice(),
    added: proposals.flatMap(p => p.proposalType === 'add' ? [addedMember(p, after)] : []),
    removed: proposals.flatMap(p => p.proposalType === 'remove' ? [member(p.remove.removed)] : []),
    ...path === undefined ? {} : { updated: { before: sender, after: memberOf(path.leafNode, sender.leaf) } },
    ...changed ? { extensions } : {},
    removedSelf
  }
}

function extensionsOf (proposals: Allowed[]): Extract<Allowed, { proposalType: 'group_context_extensions' }>['groupContextExtensions']['extensions'] {
  return proposals.flatMap(p => p.proposalType === 'group_context_extensions' ? p.groupContextExtensions.extensions : [])
}

/** A commit sets the extensions to what they are when all it wants is a path beside an add: that is no change. */
function sameExtensions ({ before, after }: NonNullable<CommitChange['extensions']>): boolean {
  return before.length === after.length && before.every((one, i) => {
    const other = after[i]
    return other !== undefined && one.type === other.type && sameBytes(one.data, other.data)
  })
}

function addedMember (proposal: Extract<Proposal, { proposalType: 'add' }>, after: ClientState): AddedMember {
  const { keyPackage } = proposal.add
  const { leafNode } = keyPackage
  // Signature keys are unique in a tree, so the key finds the leaf.
  const index = after.ratchetTree.findIndex(node => node?.nodeType === 'leaf' && sameBytes(node.leaf.signaturePublicKey, leafNode.signaturePublicKey))
  if (index < 0) throw new ProofError('the commit adds a member that is not in the tree')
  return { ...memberOf(leafNode, index / 2), ...lifeOf(keyPackage) }
}

/** What a commit says it does, read without the group's state: nothing of it is verified. */
export interface CommitClaim {
  readonly groupId: Uint8Array
  /** The epoch it starts from. */
  readonly epoch: number
  readonly senderLeaf: number
  readonly aad: Uint8Array
  readonly added: readonly MlsCredential[]
  /** Leaves it empties. */
  readonly removed: readonly number[]
  /** The committer's renewed credential, when the commit carries a path. */
  readonly updated?: MlsCredential
}

/**
 * Reads a commit for who holds an epoch's history but not its state. Trust it no further than the
 * signature around it.
 *
 * @throws BadInputError, TooLargeError, ProofError for what is no commit
 */
export function inspectCommit (bytes: Uint8Array): CommitClaim {
  const taken = readCommit(bytes)
  const proposals = inlineProposals(taken)
  const leaf = taken.commit.path?.leafNode
  return {
    groupId: taken.content.groupId.slice(),
    epoch: taken.epoch,
    senderLeaf: taken.senderLeaf,
    aad: taken.content.authenticatedData.slice(),
    added: proposals.flatMap(p => p.proposalType === 'add' ? [credentialOf(p.add.keyPackage.leafNode.credential, p.add.keyPackage.leafNode.signaturePublicKey)] : []),
    removed: proposals.flatMap(p => p.proposalType === 'remove' ? [p.remove.removed] : []),
    ...leaf === undefined ? {} : { updated: credentialOf(leaf.credential, leaf.signaturePublicKey) }
  }
}

