/** The MLS engine: RFC 9420 groups as pure functions from state to state. */
import { mlsExporter } from 'ts-mls'
import { BadInputError, type Digest } from '../../wire/index.js'
import { makeCommit, type CommitOptions, type PendingCommit } from './commit.js'
import { algorithms, type EngineContext } from './context.js'
import { onOwn } from './errors.js'
import { fromLibrary, type MlsExtension } from './extensions.js'
import { makeGroup, joinByWelcome, welcomeFor, type CreateGroupOptions, type JoinOptions } from './join.js'
import { checkKeyPackage, makeKeyPackage, type KeyPackageInfo, type KeyPackageOptions, type MlsKeyPackage } from './key-package.js'
import { assertPatchedMls, type MlsSuite } from './library.js'
import { membersOf, type CommitPolicy, type MlsMember, type ValidateCredential } from './member.js'
import { processCommit, type ProcessedCommit } from './process.js'
import { decodeState, encodeState, groupOf, type MlsState } from './state.js'
import { openAsMember, sealToMember, type MemberSealing } from './to-member.js'

/** What an engine is made with. */
export interface MlsEngineOptions {
  /** 'cloud' unless told. */
  readonly suite?: MlsSuite
  /** Vouches for the credential of every leaf before it is accepted: own adds, others' commits, the whole tree on join. */
  readonly validateCredential: ValidateCredential
  /** Unix milliseconds; asked when members are added. */
  readonly now: () => number
}

/**
 * MLS for keys. States are immutable values; nothing here waits, stores or sends. Rejections: BadInputError,
 * TooLargeError and UnsupportedError for bytes that cannot be, ProofError for what does not hold,
 * ForbiddenError for what is not allowed.
 */
export interface MlsEngine {
  readonly suite: MlsSuite
  /** A key package with fresh keys. @throws BadInputError for an identity or life out of bounds */
  createKeyPackage: (options: KeyPackageOptions) => Promise<MlsKeyPackage>
  /** What a published key package says, its signatures and life checked at `now`. Not whether its identity is vouched for. @throws ProofError when it does not hold */
  readKeyPackage: (keyPackage: Uint8Array) => Promise<KeyPackageInfo>
  /** A group of one, at epoch 0. */
  createGroup: (options: CreateGroupOptions) => Promise<MlsState>
  /** Makes a commit; the given state stays. With no options it renews the own leaf. */
  commit: (state: MlsState, options?: CommitOptions) => Promise<PendingCommit>
  /**
   * Takes another's commit; the given state stays.
   *
   * @throws ConflictError for another epoch; NotFoundError for the own leaf's commit (`details.commitHash`);
   * ForbiddenError or whatever `policy` throws for a change that is refused
   */
  process: (state: MlsState, commit: Uint8Array, policy: CommitPolicy) => Promise<ProcessedCommit>
  /** A Welcome of several, as one of them needs it: without what is sealed to the others. @throws BadInputError when nothing in it is for this key package */
  welcomeFor: (welcome: Uint8Array, ref: Digest) => Uint8Array
  /** Joins by a Welcome. @throws ProofError when it, the tree or G_pq does not hold; ForbiddenError for a refused credential */
  join: (options: JoinOptions) => Promise<MlsState>
  /** MLS-Exporter (RFC 9420 section 8.5). */
  exportSecret: (state: MlsState, label: string, context: Uint8Array, length: number) => Promise<Uint8Array>
  /** Bytes for one member alone, under its leaf's key at this state. @throws BadInputError for a leaf without a member */
  sealToMember: (state: MlsState, leaf: number, plaintext: Uint8Array, sealing: MemberSealing) => Promise<Uint8Array>
  /** What another sealed to the own leaf as it is at this state. @throws DecryptError when it does not open */
  openAsMember: (state: MlsState, sealed: Uint8Array, sealing: MemberSealing) => Promise<Uint8Array>
  /** All members, by leaf. */
  members: (state: MlsState) => MlsMember[]
  /** The group's extensions. */
  extensions: (state: MlsState) => MlsExtension[]
  /** The epoch authenticator (RFC 9420 section 8.7): equal exactly for members who are in one group at one epoch. */
  epochAuthenticator: (state: MlsState) => Digest
  /** The state's bytes, which hold secrets. */
  encodeState: (state: MlsState) => Uint8Array
  /** @throws UnsupportedError for a later format or another suite; BadInputError, TooLargeError for other bytes */
  decodeState: (bytes: Uint8Array) => MlsState
}

/** Makes an engine: {@link createMlsEngine}, or a stand-in of a simulation. */
export type MakeMlsEngine = (options: MlsEngineOptions) => MlsEngine

/**
 * Makes an engine.
 *
 * @throws InternalError when ts-mls was installed without Petrel's patch
 */
export function createMlsEngine (options: MlsEngineOptions): MlsEngine {
  assertPatchedMls()
  const context: EngineContext = { suite: options.suite ?? 'cloud', validateCredential: options.validateCredential, now: options.now }
  return {
    suite: context.suite,
    createKeyPackage: async keyPackage => await makeKeyPackage(context.suite, await algorithms(context), keyPackage),
    readKeyPackage: async bytes => {
      const { keyPackage: _, ...info } = await checkKeyPackage(context.suite, await algorithms(context), bytes, context.now())
      return info
    },
    createGroup: async group => await makeGroup(context, group),
    commit: async (state, commit = {}) => await makeCommit(context, requireSame(context, state), commit),
    process: async (state, commit, policy) => await processCommit(context, requireSame(context, state), commit, policy),
    welcomeFor,
    join: async join => await joinByWelcome(context, join),
    exportSecret: async (state, label, secretContext, length) => await onOwn('the secret cannot be exported', async () =>
      await mlsExporter(groupOf(state).keySchedule.exporterSecret, label, secretContext, length, await algorithms(context))),
    sealToMember: async (state, leaf, plaintext, sealing) => await sealToMember(context, requireSame(context, state), leaf, plaintext, sealing),
    openAsMember: async (state, sealed, sealing) => await openAsMember(context, requireSame(context, state), sealed, sealing),
    members: state => membersOf(groupOf(state)),
    extensions: state => fromLibrary(groupOf(state).groupContext.extensions),
    epochAuthenticator: state => groupOf(state).keySchedule.epochAuthenticator.slice(),
    encodeState,
    decodeState: bytes => decodeState(bytes, context.suite)
  }
}

function requireSame (context: EngineContext, state: MlsState): MlsState {
  if (state.suite !== context.suite) throw new BadInputError(`this engine is for ${context.suite} chats, and the state is of a ${state.suite} chat`)
  return state
}
