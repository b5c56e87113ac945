/**
 * What RFC 9420 asks of a group and ts-mls does not check for those who are already in. Each is a way for one
 * member to lock out newcomers, to stop all later commits, or to change what no policy sees.
 */
import type { CiphersuiteImpl, Extension, GroupState, LeafNode, RatchetTree } from 'ts-mls'
import { LIMITS, ProofError, sameBytes } from '../../wire/index.js'
import { SUPPORTED_EXTENSIONS } from './extensions.js'
import { MLS_SUITES } from './library.js'

/**
 * Refuses a group that no honest member would make.
 *
 * @throws ProofError naming what is wrong
 */
export function requireSound ({ ratchetTree, groupContext }: Pick<GroupState, 'ratchetTree' | 'groupContext'>): void {
  requireUniqueKeys(ratchetTree)
  requireExtensions(groupContext.extensions)
  const leaves = ratchetTree.flatMap(node => node?.nodeType === 'leaf' ? [node.leaf] : [])
  if (leaves.length > LIMITS.mlsMembers) throw new ProofError(`a group has at most ${LIMITS.mlsMembers} members`)
  for (const leaf of leaves) requireLeaf(leaf, groupContext.extensions)
}

/**
 * A group's extensions are Petrel's, each once and within bounds: one of another kind would be out of the policy's sight.
 *
 * @throws ProofError
 */
export function requireExtensions (extensions: readonly Extension[]): void {
  const types = new Set<unknown>()
  for (const { extensionType, extensionData } of extensions) {
    if (typeof extensionType !== 'number' || !SUPPORTED_EXTENSIONS.includes(extensionType)) throw new ProofError(`the group has an extension of a kind that Petrel does not use (${extensionType})`)
    if (types.has(extensionType)) throw new ProofError(`the group has the extension ${extensionType} twice`)
    if (extensionData.length > LIMITS.mlsExtensionBytes) throw new ProofError(`the group's extension ${extensionType} is over ${LIMITS.mlsExtensionBytes} bytes`)
    types.add(extensionType)
  }
}

/**
 * A leaf must understand what the group uses (RFC 9420 section 7.3: the credential types of the others too, or their
 * next commits and all newcomers are refused), and be small: it stands in every Welcome.
 *
 * @throws ProofError
 */
export function requireLeaf ({ capabilities, extensions }: Pick<LeafNode, 'capabilities' | 'extensions'>, used: readonly Extension[] = []): void {
  const { versions, ciphersuites, credentials, proposals } = capabilities
  if (!credentials.includes('basic')) throw new ProofError('a leaf does not understand the credentials that Petrel uses')
  if (used.some(one => typeof one.extensionType === 'number' && !capabilities.extensions.includes(one.extensionType))) throw new ProofError('a leaf does not understand the extensions of its group')
  const named = versions.length + ciphersuites.length + credentials.length + proposals.length + capabilities.extensions.length
  const bytes = extensions.reduce((sum, one) => sum + 8 + one.extensionData.length, 4 * named)
  if (bytes > LIMITS.mlsLeafExtrasBytes) throw new ProofError(`a leaf's capabilities and extensions are over ${LIMITS.mlsLeafExtrasBytes} bytes`)
}

/**
 * RFC 9420 section 7.3 wants every encryption and signature key once in a tree. The library checks this
 * for joiners, but not for who is already in: they would accept a commit that locks all later joiners out.
 *
 * @throws ProofError when a key stands twice
 */
function requireUniqueKeys (tree: RatchetTree): void {
  const seen = new Set<string>()
  const once = (kind: string, key: Uint8Array): void => {
    const name = kind + Buffer.from(key).toString('latin1')
    if (seen.has(name)) throw new ProofError('one key stands in two places of the tree')
    seen.add(name)
  }
  for (const node of tree) {
    if (node?.nodeType === 'parent') once('e', node.parent.hpkePublicKey)
    else if (node !== undefined) {
      once('e', node.leaf.hpkePublicKey)
      once('s', node.leaf.signaturePublicKey)
    }
  }
}

/**
 * Tries the keys that `after` has and `before` had not. A key that nobody can encrypt to (a wrong length, a point of
 * small order) would make every later commit fail that has to reach it.
 *
 * @throws ProofError
 */
export async function requireUsableKeys (impl: CiphersuiteImpl, before: RatchetTree, after: RatchetTree): Promise<void> {
  for (const [i, node] of after.entries()) {
    const key = encryptionKey(node)
    const known = encryptionKey(before[i])
    if (key !== undefined && (known === undefined || !sameBytes(key, known))) await requireUsableKey(impl, key)
  }
}

/** See {@link requireUsableKeys}, for one key. @throws ProofError */
export async function requireUsableKey (impl: CiphersuiteImpl, key: Uint8Array): Promise<void> {
  const unusable = (cause?: unknown): ProofError => new ProofError('the tree has a key to which nothing can be encrypted', { cause })
  // A joiner looks at every key of a large tree, where trying them would take as long as all the rest.
  if (impl.name === MLS_SUITES.cloud) {
    if (isUnusable(key)) throw unusable()
    return
  }
  try {
    await impl.hpke.seal(await impl.hpke.importPublicKey(key), new Uint8Array(), new Uint8Array())
  } catch (cause) {
    throw unusable(cause)
  }
}

const P = 2n ** 255n - 19n
/** The u-coordinates of order 1, 2, 4 and 8 on Curve25519 and its twist: with them alone the shared secret is zero (RFC 7748 section 6.1). */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n, 1n, P - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n
])

/** Whether nothing can be agreed with an X25519 key: a point of small order, however it is spelt, or another length (RFC 9180 section 7.1.4). */
function isUnusable (key: Uint8Array): boolean {
  if (key.length !== 32) return true
  // The highest bit does not count.
  const number = BigInt(`0x${Buffer.from(key.toReversed()).toString('hex')}`) & (2n ** 255n - 1n)
  return SMALL_ORDER.has(number % P)
}

function encryptionKey (node: RatchetTree[number] | undefined): Uint8Array | undefined {
  if (node === undefined) return undefined
  return node.nodeType === 'parent' ? node.parent.hpkePublicKey : node.leaf.hpkePublicKey
}
