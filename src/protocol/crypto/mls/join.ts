/** Coming into a group: by making it, or by a Welcome. */
import { createGroup as create, emptyPskIndex, joinGroup } from 'ts-mls'
import { BadInputError, ForbiddenError, ProofError, sameBytes, type Digest } from '../../wire/index.js'
import { pqSecretHash } from '../pq.js'
import { readTree, readWelcome, writeWelcome } from './codec.js'
import { clientConfig } from './config.js'
import { algorithms, type EngineContext } from './context.js'
import { onForeign, onOwn } from './errors.js'
import { extensionData, MLS_EXTENSIONS, toLibrary, type MlsExtension } from './extensions.js'
import { readPrivate } from './key-package.js'
import { requireSuite } from './library.js'
import { requireSound, requireUsableKeys } from './sound.js'
import { wrapState, type MlsState } from './state.js'

/** What a new group starts with. */
export interface CreateGroupOptions {
  /** 1 to 64 bytes, never used for two groups. */
  readonly groupId: Uint8Array
  /** The creator's private key package. */
  readonly keyPackage: Uint8Array
  /** G_pq: its hash goes into the group context. */
  readonly gpq?: Uint8Array
  readonly extensions?: readonly MlsExtension[]
}

/** A group of one, at epoch 0. @throws BadInputError for a group id, extensions or key package that cannot be */
export async function makeGroup (context: EngineContext, options: CreateGroupOptions): Promise<MlsState> {
  if (options.groupId.length === 0 || options.groupId.length > 64) throw new BadInputError('a group id must be 1 to 64 bytes')
  const { keyPackage, secrets } = readPrivate(context.suite, options.keyPackage)
  const extensions = toLibrary([
    ...options.gpq === undefined ? [] : [{ type: MLS_EXTENSIONS.pqHash, data: pqSecretHash(options.gpq) }],
    ...options.extensions ?? []
  ])
  const impl = await algorithms(context)
  const group = await onOwn('the group cannot be made', async () =>
    await create(options.groupId.slice(), keyPackage, secrets, extensions, impl, clientConfig(context)))
  return wrapState(context.suite, group)
}

/** A Welcome and what opens it. */
export interface JoinOptions {
  readonly welcome: Uint8Array
  /** The private key package that the Welcome was sealed to. */
  readonly keyPackage: Uint8Array
  /** The ratchet tree, when the Welcome came without it. */
  readonly tree?: Uint8Array
  /** G_pq as it came beside the Welcome. Needed exactly when the group has its hash. */
  readonly gpq?: Uint8Array
  /** The group one expects to join. */
  readonly groupId?: Uint8Array
}

/**
 * The state of a newcomer: every member's credential, signature and place in the tree checked.
 *
 * @throws BadInputError, TooLargeError, UnsupportedError for what is no Welcome for this key package
 * @throws ProofError when the Welcome, the tree or G_pq does not hold
 * @throws ForbiddenError for a member whose credential is refused, or another group than expected
 */
export async function joinByWelcome (context: EngineContext, options: JoinOptions): Promise<MlsState> {
  const welcome = readWelcome(options.welcome)
  requireSuite(welcome.cipherSuite, context.suite, 'the Welcome')
  const { keyPackage, secrets } = readPrivate(context.suite, options.keyPackage)
  const tree = options.tree === undefined ? undefined : readTree(options.tree)
  const impl = await algorithms(context)
  const group = await onForeign('the Welcome', async () =>
    await joinGroup(welcome, keyPackage, secrets, emptyPskIndex, impl, tree, undefined, clientConfig(context)))
  if (options.groupId !== undefined && !sameBytes(options.groupId, group.groupContext.groupId)) throw new ForbiddenError('the Welcome leads into another group than the one expected')
  if (group.groupContext.epoch > BigInt(Number.MAX_SAFE_INTEGER)) throw new ProofError('the Welcome names an epoch beyond all bounds')
  requireSound(group)
  await requireUsableKeys(impl, [], group.ratchetTree)
  requirePq(extensionData(group.groupContext.extensions, MLS_EXTENSIONS.pqHash), options.gpq)
  return wrapState(context.suite, group)
}

function requirePq (hash: Uint8Array | undefined, gpq: Uint8Array | undefined): void {
  if (hash === undefined && gpq === undefined) return
  if (hash === undefined || gpq === undefined) throw new ProofError('the group and the Welcome disagree on whether there is a G_pq')
  if (!sameBytes(hash, pqSecretHash(gpq))) throw new ProofError('the G_pq beside the Welcome is not the one that the group has')
}

/** See {@link MlsEngine.welcomeFor}. */
export function welcomeFor (bytes: Uint8Array, ref: Digest): Uint8Array {
  const welcome = readWelcome(bytes)
  const secrets = welcome.secrets.filter(({ newMember }) => sameBytes(newMember, ref))
  if (secrets.length === 0) throw new BadInputError('the Welcome is for another key package')
  return writeWelcome({ ...welcome, secrets })
}
