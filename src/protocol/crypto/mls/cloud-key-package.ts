/**
 * The key package of cloud chats: an MLS key package and the X-Wing key to which G_pq is sealed.
 * The MLS key package holds the X-Wing key's hash under its signature, so the two cannot be parted.
 */
import { BadInputError, decodeCbor, encodeCbor, LIMITS, ProofError, sameBytes, shape, sha256, UnsupportedError, type Digest, type KeyBytes } from '../../wire/index.js'
import { newXwingKey, XWING_PRIVATE_BYTES, XWING_PUBLIC_BYTES } from '../pq.js'
import { systemRandom, type RandomBytes } from '../random.js'
import type { MlsEngine } from './engine.js'
import { MLS_EXTENSIONS } from './extensions.js'
import type { KeyPackageInfo, KeyPackageOptions } from './key-package.js'

/** A cloud key package and what its owner keeps; both dag-cbor. */
export interface CloudKeyPackage {
  /** To publish: [version, MLS key package, X-Wing public key]. */
  readonly public: Uint8Array
  /** To keep sealed: [version, MLS private key package, X-Wing private key]. */
  readonly private: Uint8Array
  readonly signatureKey: KeyBytes
  /** The KeyPackageRef by which a Welcome names it. */
  readonly ref: Digest
}

/** A published cloud key package, checked. */
export interface CloudKeyPackageInfo extends KeyPackageInfo {
  /** The MLS key package, to add to a group. */
  readonly mls: Uint8Array
  /** The X-Wing public key, to seal G_pq to. */
  readonly xwing: Uint8Array
}

const VERSION = 1
const publicShape = shape.tuple(shape.uint(), shape.bytes({ max: LIMITS.keyPackageBytes }), shape.bytes(XWING_PUBLIC_BYTES))
const privateShape = shape.tuple(shape.uint(), shape.bytes({ max: 2 * LIMITS.keyPackageBytes }), shape.bytes(XWING_PRIVATE_BYTES))

function requireVersion (version: number): void {
  if (version !== VERSION) throw new UnsupportedError(`the key package has format ${version}; this version of Petrel reads format ${VERSION}: update it`)
}

/** A cloud key package with fresh keys. @throws BadInputError for an identity or life out of bounds */
export async function createCloudKeyPackage (engine: MlsEngine, options: Omit<KeyPackageOptions, 'extensions'>, random: RandomBytes = systemRandom): Promise<CloudKeyPackage> {
  const xwing = await newXwingKey(random)
  const mls = await engine.createKeyPackage({ ...options, extensions: [{ type: MLS_EXTENSIONS.xwingHash, data: sha256(xwing.public) }] })
  return {
    public: encodeCbor([VERSION, mls.public, xwing.public]),
    private: encodeCbor([VERSION, mls.private, xwing.private]),
    signatureKey: mls.signatureKey,
    ref: mls.ref
  }
}

/**
 * What a published cloud key package holds. Whether its identity is vouched for is the caller's to check.
 *
 * @throws BadInputError, TooLargeError, UnsupportedError for other bytes; ProofError when a signature, its life or the X-Wing key's hash does not hold
 */
export async function readCloudKeyPackage (engine: MlsEngine, bytes: Uint8Array): Promise<CloudKeyPackageInfo> {
  const [version, mls, xwing] = publicShape(decodeCbor(bytes, LIMITS.keyPackageBytes), 'cloud key package')
  requireVersion(version)
  const info = await engine.readKeyPackage(mls)
  const hash = info.extensions.find(({ type }) => type === MLS_EXTENSIONS.xwingHash)?.data
  if (hash === undefined || !sameBytes(hash, sha256(xwing))) throw new ProofError('the X-Wing key is not the one that the key package vouches for')
  return { ...info, mls, xwing }
}

/** The private parts: for `join` and for `openPq`. @throws BadInputError, TooLargeError, UnsupportedError for other bytes */
export function readCloudKeyPackagePrivate (bytes: Uint8Array): { readonly mls: Uint8Array, readonly xwing: Uint8Array } {
  const value = decodeCbor(bytes, 4 * LIMITS.keyPackageBytes)
  if (!Array.isArray(value)) throw new BadInputError('private cloud key package: expected an array')
  const [version, mls, xwing] = privateShape(value, 'private cloud key package')
  requireVersion(version)
  return { mls, xwing }
}
