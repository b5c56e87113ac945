/** Published key packages: MLS bytes with the device's word that they are its account's. The MLS bytes are opaque here. */
import { decodeCbor, encodeCbor } from './cbor.js'
import { BadInputError } from './errors.js'
import { sha256 } from './hash.js'
import { DIGEST_LENGTH, type Digest, type KeyBytes } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { keyShape } from './log.js'
import * as shape from './shape.js'
import { openRecord, signRecord } from './signed.js'
import type { Signer } from './signature.js'

/** Cloud key packages are reusable and belong to the account; secret ones are one-time and belong to a device. */
export type KeyPackageUse = 'cloud' | 'secret'

/** A published key package. Times are ms since 1970. */
export interface KeyPackageRecord {
  v: 1
  use: KeyPackageUse
  account: KeyBytes
  /** Hash of the manifest version under which the device publishes it. */
  manifest: Digest
  /** The bundle that `protocol/crypto` makes and opens. */
  bundle: Uint8Array
  notBefore: number
  notAfter: number
  /** A secret package that is handed out again when all others are used up. */
  lastResort: boolean
  unknown?: Record<string, unknown>
}

const use: shape.Shape<KeyPackageUse> = (value, path) => {
  if (value !== 'cloud' && value !== 'secret') throw new BadInputError(`${path}: expected cloud or secret`)
  return value
}
const recordShape = shape.struct({
  v: shape.literal(1),
  use,
  account: keyShape,
  manifest: shape.bytes(DIGEST_LENGTH),
  bundle: shape.bytes({ min: 1, max: LIMITS.keyPackageBytes }),
  notBefore: shape.uint(),
  notAfter: shape.uint(),
  lastResort: shape.bool
})

/** Signs a key package record with the publishing device's key. */
export function signKeyPackage (record: KeyPackageRecord, device: Signer): Uint8Array {
  return signRecord(LABELS.keyPackage, encodeCbor(shape.open(record)), device)
}

/**
 * Opens a published key package. The caller checks that `device` stands in the account's manifest.
 *
 * @returns the record, the device that signed it, and the SHA-256 of the bytes, which the manifest lists
 * @throws BadInputError for malformed bytes, ProofError for a broken signature
 */
export function openKeyPackage (bytes: Uint8Array): { record: KeyPackageRecord, device: KeyBytes, hash: Digest } {
  const signed = openRecord(LABELS.keyPackage, bytes, LIMITS.keyPackageBytes + 1024, 'a key package')
  return { record: recordShape(decodeCbor(signed.body, LIMITS.keyPackageBytes + 1024), 'key package'), device: signed.signer, hash: sha256(bytes) }
}
