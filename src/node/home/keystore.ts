/**
 * The keystore file's format: how it is locked, in the clear, and the identity, sealed. Pure.
 *
 * dag-cbor `{ petrel: "keystore", format: 1, lock, sealed }`. `sealed` is XChaCha20-Poly1305 (nonce first) of
 * dag-cbor `{ v: 1, account, deviceSeed, storeKey, name, manifest, recovery?, first? }`; its associated data is the label and the
 * lock, so that a lock's cost cannot be changed under it.
 */
import { recordCipher, type PasswordCost, type RandomBytes } from '../../protocol/crypto/index.js'
import { BadInputError, CorruptError, decodeCbor, encodeCbor, FormatError, keyShape, LIMITS, shape, type KeyBytes } from '../../protocol/wire/index.js'

/** The format this build writes; a higher one is refused untouched. */
const KEYSTORE_FORMAT = 1
const LABEL = 'petrel/v1 keystore'
const SALT_BYTES = { min: 16, max: 64 }

/** How a key is stretched from what a person or systemd gives: Argon2id. */
export interface Stretch extends PasswordCost { readonly salt: Uint8Array }

/** How a keystore is locked. */
export type Lock =
  | { readonly kind: 'keyfile' }
  | { readonly kind: 'passphrase', readonly stretch: Stretch }
  | { readonly kind: 'systemd', readonly stretch: Stretch }

/** Where a new device finds its account, and what it is called. */
export interface FirstRelays {
  readonly relays: Array<{ peer: KeyBytes, address: string, token: string | null }>
  readonly deviceName: string
}

/** What a keystore keeps. */
export interface Identity {
  readonly account: KeyBytes
  readonly deviceSeed: Uint8Array
  readonly storeKey: Uint8Array
  readonly name: string
  readonly manifest: Uint8Array
  /** The phrase's signed card, made where the phrase was typed; absent in homes of a version without. */
  readonly recovery?: Uint8Array
  /** Of a device that was let in by another one, or by the phrase: what it needs until it has read the vault. */
  readonly first?: FirstRelays
}

/** A keystore file that was read and not opened yet. */
export interface SealedKeystore { readonly lock: Lock, readonly sealed: Uint8Array }

const stretchShape = shape.struct({
  salt: shape.bytes(SALT_BYTES),
  memoryKiB: shape.uint(LIMITS.argonMemoryKiB, 8),
  passes: shape.uint(LIMITS.argonPasses, 1),
  lanes: shape.uint(LIMITS.argonLanes, 1)
})
const identityShape = shape.struct({
  v: shape.literal(1),
  account: keyShape,
  deviceSeed: shape.bytes(32),
  storeKey: shape.bytes(32),
  name: shape.text(LIMITS.nameBytes),
  manifest: shape.bytes({ min: 1, max: LIMITS.manifestBytes }),
  recovery: shape.optional(shape.bytes({ min: 1, max: LIMITS.cardBytes + 256 })),
  first: shape.optional(shape.struct({
    relays: shape.array(shape.struct({ peer: keyShape, address: shape.text(LIMITS.addressBytes), token: shape.nullable(shape.text(LIMITS.tokenBytes)) }), LIMITS.homeRelays),
    deviceName: shape.text(LIMITS.nameBytes)
  }))
})
const fileShape = shape.struct({ format: shape.literal(KEYSTORE_FORMAT), lock: lockShape, sealed: shape.bytes({ max: LIMITS.keystoreBytes }), petrel: shape.literal('keystore') })

function lockShape (value: unknown, path: string): Lock {
  const { kind } = shape.struct({ kind: shape.text(32) })(value, path)
  if (kind === 'keyfile') return { kind }
  if (kind === 'passphrase' || kind === 'systemd') {
    const { salt, memoryKiB, passes, lanes } = shape.struct({ stretch: stretchShape })(value, path).stretch
    return { kind, stretch: { salt, memoryKiB, passes, lanes } }
  }
  throw new BadInputError(`${path}.kind: unknown`)
}

const lockedPlace = (lock: Lock): Uint8Array => encodeCbor([LABEL, KEYSTORE_FORMAT, lock])

/** The bytes of a keystore file. `key` is what the lock gives, 32 bytes. */
export function sealKeystore (identity: Identity, lock: Lock, key: Uint8Array, random: RandomBytes): Uint8Array {
  const versioned: object = { v: 1, ...identity }
  const plain = encodeCbor(shape.open(versioned))
  try {
    const sealed = recordCipher(key, random).seal(plain, lockedPlace(lock))
    return encodeCbor({ petrel: 'keystore', format: KEYSTORE_FORMAT, lock, sealed })
  } finally {
    plain.fill(0)
  }
}

/**
 * A keystore file's lock and sealed part.
 *
 * @param path for errors
 * @throws FormatError for a newer format
 * @throws CorruptError when the bytes are no keystore
 */
export function readKeystore (bytes: Uint8Array, path: string): SealedKeystore {
  try {
    const value = decodeCbor(bytes, LIMITS.keystoreBytes)
    const { format } = shape.struct({ petrel: shape.literal('keystore'), format: shape.uint(undefined, 1) })(value, 'keystore')
    if (format > KEYSTORE_FORMAT) throw new FormatError(`${path} was written by a newer Petrel (format ${format}, this one reads ${KEYSTORE_FORMAT}): update Petrel; nothing was touched`)
    const { lock, sealed } = fileShape(value, 'keystore')
    return { lock, sealed }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw new CorruptError(`${path} is not a keystore or was damaged: put back a copy of it; the file was not touched`, { cause })
  }
}

/**
 * Opens the sealed part.
 *
 * @throws DecryptError for another key
 * @throws CorruptError when what opened is no identity
 */
export function openKeystore (keystore: SealedKeystore, key: Uint8Array): Identity {
  const plain = recordCipher(key).open(keystore.sealed, lockedPlace(keystore.lock))
  try {
    const { account, deviceSeed, storeKey, name, manifest, recovery, first } = identityShape(decodeCbor(plain, LIMITS.keystoreBytes), 'identity')
    // Copies, since the decoded bytes may be views of what is wiped below.
    return { account: account.slice(), deviceSeed: deviceSeed.slice(), storeKey: storeKey.slice(), name, manifest: manifest.slice(), ...recovery === undefined ? {} : { recovery: recovery.slice() }, ...first === undefined ? {} : { first } }
  } catch (cause) {
    throw new CorruptError('the keystore opened, and holds no identity that this Petrel understands', { cause })
  } finally {
    plain.fill(0)
  }
}
