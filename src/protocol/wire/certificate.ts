/** Device certificates: a listed device, or the account key, says "this device is mine too". */
import { decodeCbor, encodeCbor } from './cbor.js'
import { ProofError } from './errors.js'
import { sameBytes, type KeyBytes } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import { keyShape } from './log.js'
import * as shape from './shape.js'
import { openRecord, signRecord } from './signed.js'
import type { Signer } from './signature.js'

/** A device's certificate. `time` is the certifier's clock, shown and never trusted. */
export interface DeviceCertificate { v: 1, account: KeyBytes, device: KeyBytes, time: number, unknown?: Record<string, unknown> }

const certificateShape = shape.struct({ v: shape.literal(1), account: keyShape, device: keyShape, time: shape.uint() })

/** Certifies a device; the signer is the account key or a device listed in the manifest. */
export function signCertificate (certificate: DeviceCertificate, signer: Signer): Uint8Array {
  return signRecord(LABELS.certificate, encodeCbor(shape.open(certificate)), signer)
}

/**
 * Opens a certificate and checks its signature. Whether the signer may certify is for the manifest to say.
 *
 * @throws BadInputError for malformed bytes
 * @throws ProofError for a broken signature, or when it names another account or device than expected
 */
export function openCertificate (bytes: Uint8Array, account: KeyBytes, device: KeyBytes): { certificate: DeviceCertificate, signer: KeyBytes } {
  const record = openRecord(LABELS.certificate, bytes, LIMITS.recordBytes, 'a device certificate')
  const certificate = certificateShape(decodeCbor(record.body, LIMITS.recordBytes), 'device certificate')
  if (!sameBytes(certificate.account, account) || !sameBytes(certificate.device, device)) {
    throw new ProofError('a device certificate names another account or device than the manifest lists')
  }
  return { certificate, signer: record.signer }
}
