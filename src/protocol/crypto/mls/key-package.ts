/** MLS key packages: made, read and checked. */
import { generateKeyPackageWithKey, type CiphersuiteImpl, type KeyPackage, type PrivateKeyPackage } from 'ts-mls'
import { makeKeyPackageRef, verifyKeyPackage } from 'ts-mls/keyPackage.js'
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js'
import { BadInputError, decodeCbor, encodeCbor, LIMITS, ProofError, randomSeed, rawEd25519, shape, signerFromSeed, UnsupportedError, type Digest, type KeyBytes } from '../../wire/index.js'
import { readKeyPackageMessage, writeKeyPackage } from './codec.js'
import { onForeign, onOwn } from './errors.js'
import { fromLibrary, SUPPORTED_EXTENSIONS, toLibrary, type MlsExtension } from './extensions.js'
import { MLS_SUITES, requireSuite, suiteNumber, type MlsSuite } from './library.js'
import { credentialOf, requireIdentity, type MlsCredential } from './member.js'
import { requireLeaf, requireUsableKey } from './sound.js'

/** A key package and what its owner keeps. */
export interface MlsKeyPackage {
  /** To publish: an MLSMessage with the key package. */
  readonly public: Uint8Array
  /** To keep sealed: opens Welcomes and signs for the leaf. */
  readonly private: Uint8Array
  readonly signatureKey: KeyBytes
  /** The KeyPackageRef by which a Welcome names it. */
  readonly ref: Digest
}

/** What a key package says, checked. */
export interface KeyPackageInfo extends MlsCredential {
  /** Its life in Unix seconds, both ends included. */
  readonly notBefore: number
  readonly notAfter: number
  /** The KeyPackageRef by which a Welcome names it. */
  readonly ref: Digest
  /** Its extensions, covered by its signature. */
  readonly extensions: readonly MlsExtension[]
}

/** What a new key package says. */
export interface KeyPackageOptions {
  /** The leaf's identity, or how to make it from the leaf's fresh signature key, when the identity vouches for that key. */
  readonly identity: Uint8Array | ((signatureKey: KeyBytes) => Uint8Array)
  /** Its life in Unix milliseconds: at most 90 days (LIMITS.keyPackageLifeMs). */
  readonly notBefore: number
  readonly notAfter: number
  /** Key package extensions, covered by its signature. */
  readonly extensions?: readonly MlsExtension[]
}

const VERSION = 1
const privateShape = shape.tuple(
  shape.uint(), shape.uint(0xffff), shape.bytes({ max: LIMITS.keyPackageBytes }),
  shape.bytes({ max: 256 }), shape.bytes({ max: 256 }), shape.bytes(32)
)

/**
 * A key package with fresh keys.
 *
 * @throws BadInputError for an identity or a life out of bounds
 */
export async function makeKeyPackage (suite: MlsSuite, impl: CiphersuiteImpl, options: KeyPackageOptions): Promise<MlsKeyPackage> {
  const notBefore = Math.floor(options.notBefore / 1000)
  const notAfter = Math.floor(options.notAfter / 1000)
  requireLife(notBefore, notAfter, message => new BadInputError(message))
  const seed = randomSeed()
  const signatureKey = signerFromSeed(seed).key
  const identity = typeof options.identity === 'function' ? options.identity(signatureKey) : options.identity
  requireIdentity(identity)
  const { publicPackage, privatePackage } = await onOwn('making a key package', async () => await generateKeyPackageWithKey(
    { credentialType: 'basic', identity: identity.slice() },
    { versions: ['mls10'], ciphersuites: [MLS_SUITES[suite]], extensions: [...SUPPORTED_EXTENSIONS], proposals: [], credentials: ['basic'] },
    { notBefore: BigInt(notBefore), notAfter: BigInt(notAfter) },
    toLibrary(options.extensions ?? []),
    { signKey: seed, publicKey: rawEd25519(signatureKey).slice() },
    impl
  ))
  const published = writeKeyPackage(publicPackage)
  return {
    public: published,
    private: encodeCbor([VERSION, suiteNumber(suite), published, privatePackage.initPrivateKey, privatePackage.hpkePrivateKey, seed]),
    signatureKey,
    ref: await makeKeyPackageRef(publicPackage, impl.hash)
  }
}

/** The parts of a private key package. @throws BadInputError, UnsupportedError, TooLargeError */
export function readPrivate (suite: MlsSuite, bytes: Uint8Array): { keyPackage: KeyPackage, secrets: PrivateKeyPackage } {
  const [version, number, published, init, encryption, seed] = privateShape(decodeCbor(bytes, LIMITS.keyPackageBytes * 2), 'private key package')
  if (version !== VERSION) throw new UnsupportedError(`the private key package has format ${version}; this version of Petrel reads format ${VERSION}: update it`)
  if (number !== suiteNumber(suite)) throw new UnsupportedError(`the private key package is for cipher suite ${number}, not ${MLS_SUITES[suite]}`)
  const keyPackage = readKeyPackageMessage(published)
  return { keyPackage, secrets: { initPrivateKey: init.slice(), hpkePrivateKey: encryption.slice(), signaturePrivateKey: seed.slice() } }
}

/** A published key package's own life in Unix seconds. @throws ProofError when it is longer than 90 days */
export function lifeOf (keyPackage: KeyPackage): { notBefore: number, notAfter: number } {
  const { notBefore, notAfter } = keyPackage.leafNode.lifetime
  requireLife(Number(notBefore), Number(notAfter), message => new ProofError(message))
  return { notBefore: Number(notBefore), notAfter: Number(notAfter) }
}

function requireLife (notBefore: number, notAfter: number, error: (message: string) => Error): void {
  if (!Number.isSafeInteger(notBefore) || !Number.isSafeInteger(notAfter) || notBefore < 0 || notAfter <= notBefore) throw error("a key package's life must begin before it ends")
  if (notAfter - notBefore > LIMITS.keyPackageLifeMs / 1000) throw error(`a key package may live ${LIMITS.keyPackageLifeMs / 1000 / 86_400} days, and this one lives longer`)
}

/**
 * What a published key package says: suite, signatures, keys and life checked. Who it belongs to is the
 * identity's claim: the caller checks that. Outside its life, at `now` (Unix milliseconds), it is refused.
 *
 * @throws BadInputError, TooLargeError, UnsupportedError for other bytes; ProofError when a signature, a key or its life does not hold
 */
export async function checkKeyPackage (suite: MlsSuite, impl: CiphersuiteImpl, bytes: Uint8Array, now: number): Promise<KeyPackageInfo & { readonly keyPackage: KeyPackage }> {
  const keyPackage = readKeyPackageMessage(bytes)
  requireSuite(keyPackage.cipherSuite, suite, 'the key package')
  return await onForeign('the key package', async () => {
    const life = lifeOf(keyPackage)
    const { leafNode } = keyPackage
    const signed = await verifyLeafNodeSignatureKeyPackage(leafNode, impl.signature) && await verifyKeyPackage(keyPackage, impl.signature)
    if (!signed) throw new ProofError('the signature of the key package does not hold')
    const seconds = Math.floor(now / 1000)
    if (seconds < life.notBefore || seconds > life.notAfter) {
      throw new ProofError('the key package has expired or is not valid yet: fetch a newer one', { details: { notBefore: life.notBefore, notAfter: life.notAfter } })
    }
    requireLeaf(leafNode)
    for (const key of [keyPackage.initKey, leafNode.hpkePublicKey]) await requireUsableKey(impl, key)
    return { ...credentialOf(leafNode.credential, leafNode.signaturePublicKey), ...life, ref: await makeKeyPackageRef(keyPackage, impl.hash), extensions: fromLibrary(keyPackage.extensions), keyPackage }
  })
}
