/**
 * The vault's keys. A **vault key** is 32 random bytes, one a generation. From it come the log's capabilities and the key
 * of its entries; it is sealed by X-Wing to each device and to the phrase. Whoever reads with keys of its own, a device
 * from its seed or the phrase, needs nothing else handed over. CRYPTO.md, KEYS.md. DESIGN section 4 (Vault).
 */
import { hkdfSync } from 'node:crypto'
import { BadInputError, DecryptError, encodeCbor, LIMITS, signerFromSeed, TooLargeError, UnsupportedError, type EntryId, type LogId, type Signer } from '../wire/index.js'
import { xwingBox, type HpkeKeyPair } from './hpke.js'
import { CRYPTO_LABELS } from './labels.js'
import { pad, paddedLength, unpad } from './padme.js'
import { systemRandom, type RandomBytes } from './random.js'
import { KEY_BYTES, SEAL_OVERHEAD, xopen, xseal } from './xchacha.js'

const VERSION = 1

/** With what a device, or the phrase, reads the vault: the KEM key that vault keys are sealed to, and the capability that reads the log's entries. */
export interface VaultReaderKeys { readonly kem: HpkeKeyPair, readonly reader: Signer }

/** What stands on one vault key in one log. */
export interface VaultKeys {
  readonly append: Signer
  readonly read: Signer
  /** 32 bytes: seals data entries. */
  readonly content: Uint8Array
  /** 32 bytes: seals what a key entry holds beside the vault key. */
  readonly inner: Uint8Array
}

/** What a sealing is bound to. */
export interface VaultPlace { readonly log: LogId, readonly generation: number }

/** A fresh vault key. */
export function newVaultKey (random: RandomBytes = systemRandom): Uint8Array { return random(KEY_BYTES) }

/** A device's keys, from its 32-byte seed. @throws BadInputError on another length */
export async function vaultDeviceKeys (deviceSeed: Uint8Array): Promise<VaultReaderKeys> { return await readerKeys(deviceSeed) }

/** The phrase's keys, from its recovery seed. @throws BadInputError on another length */
export async function vaultRecoveryKeys (recoverySeed: Uint8Array): Promise<VaultReaderKeys> { return await readerKeys(recoverySeed) }

async function readerKeys (seed: Uint8Array): Promise<VaultReaderKeys> {
  requireKey(seed, 'a seed')
  const reader = expand(seed, CRYPTO_LABELS.vaultReader)
  try {
    return { kem: await xwingBox.keyPair(expand(seed, CRYPTO_LABELS.vaultKem)), reader: signerFromSeed(reader) }
  } finally {
    reader.fill(0)
  }
}

/** Everything that stands on a vault key. @throws BadInputError on another length than 32 bytes */
export function vaultKeys (key: Uint8Array, log: LogId): VaultKeys {
  requireKey(key, 'a vault key')
  return {
    append: signerFromSeed(expand(key, CRYPTO_LABELS.vaultAppend, log)),
    read: signerFromSeed(expand(key, CRYPTO_LABELS.vaultRead, log)),
    content: expand(key, CRYPTO_LABELS.vaultContent, log),
    inner: expand(key, CRYPTO_LABELS.vaultInner, log)
  }
}

/** HKDF-SHA256 (RFC 5869), empty salt; info is the label, or the label ‖ 0 ‖ log. */
function expand (key: Uint8Array, label: string, log?: LogId): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), log === undefined ? label : Buffer.concat([Buffer.from(label), Buffer.of(0), log]), KEY_BYTES))
}

function requireKey (key: Uint8Array, what: string): void {
  if (key.length !== KEY_BYTES) throw new BadInputError(`${what} must be ${KEY_BYTES} bytes, got ${key.length}`)
}

/** Seals a vault key to a device's or the phrase's X-Wing key: version byte 1 ‖ enc ‖ ciphertext. @throws BadInputError */
export async function sealVaultKey (recipient: Uint8Array, key: Uint8Array, place: VaultPlace): Promise<Uint8Array> {
  requireKey(key, 'a vault key')
  const sealed = await xwingBox.seal(recipient, key, boundTo(CRYPTO_LABELS.sealedVaultKey, place))
  return Uint8Array.from([VERSION, ...sealed])
}

/** A vault key from {@link sealVaultKey}. @throws DecryptError, BadInputError, UnsupportedError for a later format */
export async function openVaultKey (privateKey: Uint8Array, sealed: Uint8Array, place: VaultPlace): Promise<Uint8Array> {
  const key = await xwingBox.open(privateKey, body(sealed, 'the sealed vault key'), boundTo(CRYPTO_LABELS.sealedVaultKey, place))
  if (key.length !== KEY_BYTES) throw new DecryptError('the sealed vault key is of another length')
  return key
}

const SECRETS = { owner: CRYPTO_LABELS.sealedVaultOwner, back: CRYPTO_LABELS.sealedVaultBack } as const

/** Seals 32 bytes under a vault key's `inner`: the seed of the log's owner key, or the vault key before. */
export function sealVaultSecret (inner: Uint8Array, secret: Uint8Array, what: keyof typeof SECRETS, place: VaultPlace, random: RandomBytes = systemRandom): Uint8Array {
  requireKey(secret, 'a secret')
  return xseal(inner, secret, boundTo(SECRETS[what], place), Uint8Array.of(VERSION), random)
}

/** The 32 bytes from {@link sealVaultSecret}. @throws DecryptError, UnsupportedError for a later format */
export function openVaultSecret (inner: Uint8Array, sealed: Uint8Array, what: keyof typeof SECRETS, place: VaultPlace): Uint8Array {
  const secret = xopen(inner, body(sealed, 'a secret of the vault'), boundTo(SECRETS[what], place), 'a secret of the vault')
  if (secret.length !== KEY_BYTES) throw new DecryptError('a secret of the vault is of another length')
  return secret
}

/** The most that a data entry seals, so that it is within LIMITS.entryBytes once padded. */
export const VAULT_ENTRY_BYTES = 62_000

/** Seals a data entry's content: version byte 1 ‖ nonce ‖ AEAD(padded). @throws TooLargeError over {@link VAULT_ENTRY_BYTES} */
export function sealVaultEntry (content: Uint8Array, plaintext: Uint8Array, place: VaultPlace & { readonly id: EntryId }, random: RandomBytes = systemRandom): Uint8Array {
  if (plaintext.length > VAULT_ENTRY_BYTES || 1 + SEAL_OVERHEAD + paddedLength(plaintext.length) > LIMITS.entryBytes) throw new TooLargeError(`an entry of the vault holds at most ${VAULT_ENTRY_BYTES} bytes`)
  return xseal(content, pad(plaintext), boundTo(CRYPTO_LABELS.sealedVaultEntry, place, place.id), Uint8Array.of(VERSION), random)
}

/** A data entry's content. @throws DecryptError when it is not one of this place and key; BadInputError, UnsupportedError for a later format */
export function openVaultEntry (content: Uint8Array, sealed: Uint8Array, place: VaultPlace & { readonly id: EntryId }): Uint8Array {
  return unpad(xopen(content, body(sealed, 'an entry of the vault'), boundTo(CRYPTO_LABELS.sealedVaultEntry, place, place.id), 'an entry of the vault'))
}

function boundTo (label: string, { log, generation }: VaultPlace, id?: EntryId): Uint8Array {
  return encodeCbor(id === undefined ? [label, log, generation] : [label, log, generation, id])
}

function body (sealed: Uint8Array, what: string): Uint8Array {
  const [version] = sealed
  if (version === undefined) throw new DecryptError(`${what} is empty`)
  if (version !== VERSION) throw new UnsupportedError(`${what} has format ${version}; this version of Petrel reads format 1: update it`)
  return sealed.subarray(1)
}
