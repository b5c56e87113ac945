/** Making commits: what a member wants to change, as bytes for the log and a state to adopt when they win. */
import { createCommit, encodeMlsMessage, type ClientState, type Proposal } from 'ts-mls'
import { BadInputError, InternalError, LIMITS, sameBytes, sha256, TooLargeError, type Digest } from '../../wire/index.js'
import { writeTree, writeWelcome } from './codec.js'
import { clientConfig } from './config.js'
import { algorithms, type EngineContext } from './context.js'
import { onOwn } from './errors.js'
import { extensionData, MLS_EXTENSIONS, toLibrary, type MlsExtension } from './extensions.js'
import { checkKeyPackage } from './key-package.js'
import { requireIdentity } from './member.js'
import { requireSound } from './sound.js'
import { clientOf, wrapState, type MlsState } from './state.js'

/** What a commit is to do. Nothing at all renews the own leaf. */
export interface CommitOptions {
  /** Published key packages of those to add. */
  readonly add?: readonly Uint8Array[]
  /** Leaves to remove. The own one cannot be: another member must. */
  readonly remove?: readonly number[]
  /**
   * Renews the own leaf's keys (a path) even when only adding: heals what a thief of the old keys could read.
   * With an identity, the leaf carries it from then on.
   */
  readonly update?: boolean | { readonly identity: Uint8Array }
  /** Replaces the group's extensions. The hash of G_pq must stay. */
  readonly extensions?: readonly MlsExtension[]
  /** Authenticated, not encrypted by MLS. */
  readonly aad?: Uint8Array
  /** false leaves the ratchet tree out of the Welcome: the newcomer then needs {@link PendingCommit.tree}. */
  readonly treeInWelcome?: boolean
}

/** A commit that has been made and not yet won. */
export interface PendingCommit {
  /** The state after it: adopt it when the log has the commit, else throw it away. Persist it first: it holds the only private keys. */
  readonly state: MlsState
  readonly commit: Uint8Array
  /** SHA-256 of `commit`: the name under which the pending state is kept. */
  readonly commitHash: Digest
  /** For all who were added, to send after the commit has won. */
  readonly welcome?: Uint8Array
  /** The ratchet tree after the commit, when the Welcome goes without it. */
  readonly tree?: Uint8Array
}

/** Makes a commit on top of a state, which stays as it is. @throws BadInputError for what cannot be committed; TooLargeError when it would not fit an entry; ProofError, ForbiddenError for a key package that does not hold */
export async function makeCommit (context: EngineContext, state: MlsState, options: CommitOptions): Promise<PendingCommit> {
  const impl = await algorithms(context)
  const client = withIdentity(clientOf(state, clientConfig(context)), options.update)
  const aad = options.aad ?? new Uint8Array()
  if (aad.length > LIMITS.mlsAadBytes) throw new TooLargeError(`a commit's authenticated data may have ${LIMITS.mlsAadBytes} bytes`)
  const proposals = await proposalsOf(context, client, options)
  const treeInWelcome = options.treeInWelcome ?? true
  const made = await onOwn('the commit cannot be made', async () => await createCommit(
    { state: client, cipherSuite: impl },
    { wireAsPublicMessage: true, extraProposals: proposals, ratchetTreeExtension: treeInWelcome, authenticatedData: aad }
  ))
  requireSound(made.newState)
  const commit = encodeMlsMessage(made.commit)
  if (commit.length > LIMITS.mlsCommitBytes) throw new TooLargeError(`the commit takes ${commit.length} bytes, over the limit of ${LIMITS.mlsCommitBytes}`)
  if (made.welcome === undefined && proposals.some(p => p.proposalType === 'add')) throw new InternalError('an add made no Welcome')
  return {
    state: wrapState(state.suite, made.newState),
    commit,
    commitHash: sha256(commit),
    ...made.welcome === undefined ? {} : { welcome: welcomeBytes(writeWelcome(made.welcome)) },
    ...made.welcome === undefined || treeInWelcome ? {} : { tree: writeTree(made.newState.ratchetTree) }
  }
}

function welcomeBytes (welcome: Uint8Array): Uint8Array {
  if (welcome.length > LIMITS.mlsWelcomeBytes) {
    throw new TooLargeError(`the Welcome takes ${welcome.length} bytes, over the limit of ${LIMITS.mlsWelcomeBytes}: leave the tree out (treeInWelcome: false) and send it beside`)
  }
  return welcome
}

/** The path's new leaf copies the old one's credential: so the new identity goes into the old leaf of this copy of the tree. */
function withIdentity (client: ClientState, update: CommitOptions['update']): ClientState {
  if (typeof update !== 'object') return client
  requireIdentity(update.identity)
  const index = client.privatePath.leafIndex * 2
  const own = client.ratchetTree[index]
  if (own?.nodeType !== 'leaf') throw new InternalError('the MLS state has no leaf of its own')
  const ratchetTree = client.ratchetTree.slice()
  ratchetTree[index] = { nodeType: 'leaf', leaf: { ...own.leaf, credential: { credentialType: 'basic', identity: update.identity.slice() } } }
  return { ...client, ratchetTree }
}

async function proposalsOf (context: EngineContext, client: ClientState, options: CommitOptions): Promise<Proposal[]> {
  const impl = await algorithms(context)
  const removes = (options.remove ?? []).map((removed): Proposal => {
    if (client.ratchetTree[removed * 2]?.nodeType !== 'leaf') throw new BadInputError(`leaf ${removed} has no member to remove`)
    if (removed === client.privatePath.leafIndex) throw new BadInputError('a member cannot remove its own leaf: another member must')
    return { proposalType: 'remove', remove: { removed } }
  })
  const adds: Proposal[] = []
  for (const bytes of options.add ?? []) {
    const { keyPackage } = await checkKeyPackage(context.suite, impl, bytes, context.now())
    adds.push({ proposalType: 'add', add: { keyPackage } })
  }
  const members = client.ratchetTree.filter(node => node?.nodeType === 'leaf').length - removes.length + adds.length
  if (members > LIMITS.mlsMembers) throw new TooLargeError(`a group has at most ${LIMITS.mlsMembers} members`)
  return [...removes, ...adds, ...extensionProposals(client, options, removes.length === 0 && adds.length > 0)]
}

/** Extensions to set. An add carries no path of its own: to get one with it, the extensions are set to what they are. */
function extensionProposals (client: ClientState, options: CommitOptions, addsOnly: boolean): Proposal[] {
  const current = client.groupContext.extensions
  const forPath = addsOnly && options.update !== undefined && options.update !== false
  if (options.extensions === undefined) {
    if (!forPath) return []
    if (current.length === 0) throw new BadInputError('a group without extensions cannot add and update in one commit: make two')
    return [{ proposalType: 'group_context_extensions', groupContextExtensions: { extensions: current } }]
  }
  const extensions = toLibrary(options.extensions)
  if (extensions.length === 0) throw new BadInputError('extensions cannot all be removed: leave one')
  if (!samePq(extensionData(current, MLS_EXTENSIONS.pqHash), extensionData(extensions, MLS_EXTENSIONS.pqHash))) {
    throw new BadInputError('the hash of G_pq must stay as it is')
  }
  return [{ proposalType: 'group_context_extensions', groupContextExtensions: { extensions } }]
}

/** Whether two hashes of G_pq are the same, or both missing. */
export function samePq (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameBytes(a, b)
}
