/**
 * Cards: the public halves of the keys with which a device, or the phrase, reads the vault. A device signs its own; the
 * account key signs the phrase's, so that no device can put another in its place. DESIGN section 4 (Vault).
 */
import { decodeCbor, encodeCbor, keyShape, LABELS, LIMITS, openRecord, ProofError, sameBytes, shape, signRecord, type KeyBytes, type Signer } from '../wire/index.js'

/** What somebody is given who seals vault keys to a device. */
export interface DeviceCard {
  v: 1
  device: KeyBytes
  /** The X-Wing public key that vault keys are sealed to. */
  kem: Uint8Array
  /** The capability that reads the vault's log. */
  reader: KeyBytes
  time: number
  unknown?: Record<string, unknown>
}

/** The same of the phrase. */
export interface RecoveryCard { v: 1, account: KeyBytes, kem: Uint8Array, reader: KeyBytes, time: number, unknown?: Record<string, unknown> }

const kem = shape.bytes(LIMITS.xwingKeyBytes)
const deviceShape = shape.struct({ v: shape.literal(1), device: keyShape, kem, reader: keyShape, time: shape.uint() })
const recoveryShape = shape.struct({ v: shape.literal(1), account: keyShape, kem, reader: keyShape, time: shape.uint() })

/** Signs a device's card with its own key. */
export function signDeviceCard (card: DeviceCard, device: Signer): Uint8Array { return signRecord(LABELS.deviceCard, encodeCbor(shape.open(card)), device) }

/** Opens a device's card. @throws BadInputError for malformed bytes, ProofError unless the device itself signed it */
export function openDeviceCard (bytes: Uint8Array): DeviceCard {
  const record = openRecord(LABELS.deviceCard, bytes, LIMITS.cardBytes, 'a device\'s card')
  const card = deviceShape(decodeCbor(record.body, LIMITS.cardBytes), 'device card')
  if (!sameBytes(record.signer, card.device)) throw new ProofError('the device\'s card is signed by another key')
  return card
}

/** Signs the phrase's card with the account key. */
export function signRecoveryCard (card: RecoveryCard, account: Signer): Uint8Array { return signRecord(LABELS.recoveryCard, encodeCbor(shape.open(card)), account) }

/** Opens the phrase's card. @throws BadInputError for malformed bytes, ProofError unless this account signed it */
export function openRecoveryCard (bytes: Uint8Array, account: KeyBytes): RecoveryCard {
  const record = openRecord(LABELS.recoveryCard, bytes, LIMITS.cardBytes, 'the phrase\'s card')
  const card = recoveryShape(decodeCbor(record.body, LIMITS.cardBytes), 'recovery card')
  if (!sameBytes(record.signer, card.account) || !sameBytes(card.account, account)) throw new ProofError('the phrase\'s card is not signed by this account\'s key')
  return card
}
