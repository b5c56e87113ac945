/**
 * A key entry: a commit of the vault's log that begins a generation of its key. It carries the manifest that it stands
 * on, so that whoever reads it knows which devices speak from here on, whatever came later. DESIGN section 4 (Vault).
 */
import {
  decodeCbor, DIGEST_LENGTH, encodeCbor, keyShape, LABELS, labelledHash, LIMITS, LOG_ID_LENGTH, lists, openManifest, openRecord, ProofError, sameBytes, shape, signRecord,
  type CheckedManifest, type Digest, type KeyBytes, type LogId, type Signer
} from '../wire/index.js'
import { openDeviceCard, openRecoveryCard, type DeviceCard } from './vault-card.js'

/** The vault key sealed for one reader: its signed card, and the key sealed to that. */
export interface VaultSeal { card: Uint8Array, sealed: Uint8Array }

/** See the file's head. */
export interface VaultKeyEntry {
  v: 1
  account: KeyBytes
  log: LogId
  /** Counted from 1, through the logs that the account's vault has had. */
  generation: number
  /** The place that it follows: the last number before it, and the chain's hash there. */
  seq: number
  hash: Digest
  /** The hash of the key entry before ({@link vaultKeyHash}); null for a log's first. */
  prev: Digest | null
  /** The account's signed manifest. It lists the signer and each device that the key is sealed to. */
  manifest: Uint8Array
  /** For devices. Their cards travel along, so that whoever makes the next one has them from here. */
  seals: VaultSeal[]
  /** For the phrase; null when no card of it is known. */
  recovery: VaultSeal | null
  /** The seed of the log's owner key from here on, under this vault key. */
  owner: Uint8Array
  /** The vault key before, under this one; null for a log's first. */
  back: Uint8Array | null
  time: number
  unknown?: Record<string, unknown>
}

/** A key entry whose signature and manifest hold. */
export interface OpenedKeyEntry {
  entry: VaultKeyEntry
  device: KeyBytes
  manifest: CheckedManifest
  hash: Digest
  /** Those of `seals`, in order. */
  cards: DeviceCard[]
}

const sealed = shape.bytes({ min: 1, max: LIMITS.sealedVaultKeyBytes })
const seal = shape.struct({ card: shape.bytes({ max: LIMITS.cardBytes + 256 }), sealed })
const secret = shape.bytes({ min: 1, max: 128 })
const entryShape = shape.struct({
  v: shape.literal(1), account: keyShape, log: shape.bytes(LOG_ID_LENGTH), generation: shape.uint(undefined, 1), seq: shape.uint(), hash: shape.bytes(DIGEST_LENGTH),
  prev: shape.nullable(shape.bytes(DIGEST_LENGTH)), manifest: shape.bytes({ max: LIMITS.manifestBytes + 256 }), seals: shape.array(seal, LIMITS.devices, 1),
  recovery: shape.nullable(seal), owner: secret, back: shape.nullable(secret), time: shape.uint()
})

/** A key entry's payload, signed by the device that makes it. */
export function signVaultKey (entry: VaultKeyEntry, device: Signer): Uint8Array { return signRecord(LABELS.vaultKey, encodeCbor(shape.open(entry)), device) }

/**
 * Opens a key entry and checks what it says of itself: signature, account, log, and that its manifest lists the device
 * that signed it and those it is for. Its place and the entry before are for the reader to compare.
 *
 * @throws BadInputError for malformed bytes
 * @throws ProofError when it is another account's or log's, or not backed by its manifest
 */
export function openVaultKeyEntry (bytes: Uint8Array, account: KeyBytes, log: LogId): OpenedKeyEntry {
  const record = openRecord(LABELS.vaultKey, bytes, LIMITS.commitBytes, 'a key entry')
  const entry = entryShape(decodeCbor(record.body, LIMITS.commitBytes), 'key entry')
  if (!sameBytes(entry.account, account) || !sameBytes(entry.log, log)) throw new ProofError('the key entry is of another account\'s vault')
  const manifest = openManifest(entry.manifest)
  if (!sameBytes(manifest.manifest.account, account)) throw new ProofError('the key entry carries another account\'s manifest')
  if (!lists(manifest.manifest, record.signer)) throw new ProofError('the key entry is made by a device that its manifest does not list')
  const cards = entry.seals.map(({ card }) => openDeviceCard(card))
  if (cards.some(card => !lists(manifest.manifest, card.device))) throw new ProofError('the key entry is for a device that its manifest does not list')
  if (entry.recovery !== null) openRecoveryCard(entry.recovery.card, account)
  return { entry, cards, device: record.signer, manifest, hash: labelledHash(LABELS.vaultKeyHash, record.body) }
}
