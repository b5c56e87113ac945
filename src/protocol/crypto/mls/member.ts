/** Who sits in a leaf, and what a commit does to the members: as values without secrets. */
import type { Credential, GroupState, LeafNode, RatchetTree } from 'ts-mls'
import { BadInputError, ed25519Key, ForbiddenError, LIMITS, ProofError, type KeyBytes } from '../../wire/index.js'
import type { MlsExtension } from './extensions.js'

/** What a leaf claims: an identity (bytes of the layer above) and the key that signs for the leaf. */
export interface MlsCredential {
  readonly identity: Uint8Array
  readonly signatureKey: KeyBytes
}

/** A credential in its leaf. */
export interface MlsMember extends MlsCredential {
  readonly leaf: number
}

/** A member that a commit adds: with its key package's life, in Unix seconds. */
export interface AddedMember extends MlsMember {
  readonly notBefore: number
  readonly notAfter: number
}

/** What a commit does, fully authenticated, for a policy to judge. */
export interface CommitChange {
  /** The epoch it starts from. */
  readonly epoch: number
  /** Who committed, as of before the commit. */
  readonly sender: MlsMember
  readonly aad: Uint8Array
  readonly added: readonly AddedMember[]
  readonly removed: readonly MlsMember[]
  /** The committer's renewed leaf: its credential may have changed. Missing when the commit carries no path. */
  readonly updated?: { readonly before: MlsMember, readonly after: MlsMember }
  /** The group's extensions, when the commit changes them. */
  readonly extensions?: { readonly before: readonly MlsExtension[], readonly after: readonly MlsExtension[] }
  /** Whether this account is removed by it. */
  readonly removedSelf: boolean
}

/** The identity and key of a leaf. @throws ProofError for a credential that is not a basic one, or an over-long identity */
export function credentialOf (credential: Credential, signatureKey: Uint8Array): MlsCredential {
  if (credential.credentialType !== 'basic') throw new ProofError('a leaf has a credential of a kind that Petrel does not use')
  if (credential.identity.length > LIMITS.mlsIdentityBytes) throw new ProofError(`a leaf's identity is over ${LIMITS.mlsIdentityBytes} bytes`)
  if (signatureKey.length !== 32) throw new ProofError("a leaf's signature key is no Ed25519 key")
  return { identity: credential.identity.slice(), signatureKey: ed25519Key(signatureKey) }
}

/** The member a leaf node makes at an index. @throws ProofError as {@link credentialOf} */
export function memberOf (node: LeafNode, leaf: number): MlsMember {
  return { leaf, ...credentialOf(node.credential, node.signaturePublicKey) }
}

/** The member at a leaf, if any. */
export function memberAt (tree: RatchetTree, leaf: number): MlsMember | undefined {
  const node = tree[leaf * 2]
  return node?.nodeType === 'leaf' ? memberOf(node.leaf, leaf) : undefined
}

/** All members, by leaf. */
export function membersOf (group: GroupState): MlsMember[] {
  return group.ratchetTree.flatMap((node, i) => node?.nodeType === 'leaf' ? [memberOf(node.leaf, i / 2)] : [])
}

/** Judges a credential before a leaf that carries it is accepted. `false` refuses it. */
export type ValidateCredential = (credential: MlsCredential) => boolean | Promise<boolean>

/** Judges a commit before its state is given out: throws (a ForbiddenError, say) to refuse it. */
export type CommitPolicy = (change: CommitChange) => void | Promise<void>

/** Puts a credential before the judge. @throws ForbiddenError when it is refused */
export async function requireCredential (validate: ValidateCredential, credential: MlsCredential): Promise<void> {
  if (!await validate(credential)) throw new ForbiddenError('a leaf carries a credential that is not vouched for')
}

/** Refuses an identity that no leaf may carry. @throws BadInputError for an identity of no or too many bytes */
export function requireIdentity (identity: Uint8Array): void {
  if (identity.length === 0 || identity.length > LIMITS.mlsIdentityBytes) throw new BadInputError(`a leaf's identity must be 1 to ${LIMITS.mlsIdentityBytes} bytes`)
}
