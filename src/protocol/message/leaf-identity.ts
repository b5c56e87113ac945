/**
 * Who an MLS leaf is: the account, the manifest version it stands on, and a device's word that the
 * leaf's signature key is the account's. This is the BasicCredential identity (RFC 9420 section 5.3).
 */
import {
  decodeCbor, DIGEST_LENGTH, encodeCbor, keyShape, LABELS, LIMITS, openRecord, ProofError, sameBytes, shape, signRecord,
  type Digest, type KeyBytes, type Signer
} from '../wire/index.js'

/** A leaf's identity. `leafKey` is the MLS signature key it binds. */
export interface LeafIdentity { v: 1, account: KeyBytes, generation: number, version: number, manifest: Digest, leafKey: KeyBytes, unknown?: Record<string, unknown> }

const identityShape = shape.struct({
  v: shape.literal(1), account: keyShape, generation: shape.uint(undefined, 1), version: shape.uint(undefined, 1), manifest: shape.bytes(DIGEST_LENGTH), leafKey: keyShape
})

/** A leaf identity signed by one of the account's devices. */
export function signLeafIdentity (identity: LeafIdentity, device: Signer): Uint8Array {
  return signRecord(LABELS.leafBinding, encodeCbor(shape.open(identity)), device)
}

/**
 * Opens a leaf identity and checks its signature and that it binds this leaf key. Whether the device stood
 * in the named manifest is for who holds that manifest.
 *
 * @throws BadInputError, ProofError
 */
export function openLeafIdentity (bytes: Uint8Array, leafKey: KeyBytes): { identity: LeafIdentity, device: KeyBytes } {
  const record = openRecord(LABELS.leafBinding, bytes, LIMITS.recordBytes, 'a leaf identity')
  const identity = identityShape(decodeCbor(record.body, LIMITS.recordBytes), 'leaf identity')
  if (!sameBytes(identity.leafKey, leafKey)) throw new ProofError('the leaf identity binds another key than the leaf has')
  return { identity, device: record.signer }
}
