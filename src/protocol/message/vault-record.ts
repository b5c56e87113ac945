/** Records of the vault, the account's private synced state: named, numbered, signed by a device. DESIGN section 4. */
import { decodeCbor, encodeCbor, keyShape, LABELS, LIMITS, openRecord, ProofError, sameBytes, shape, signRecord, type KeyBytes, type Signer } from '../wire/index.js'

/** A version of one named record. `data` is the record's own dag-cbor; no bytes: the record was removed. */
export interface VaultRecord { v: 1, account: KeyBytes, name: string, version: number, data: Uint8Array, unknown?: Record<string, unknown> }

const recordShape = shape.struct({
  v: shape.literal(1), account: keyShape, name: shape.text(LIMITS.vaultNameBytes), version: shape.uint(undefined, 1), data: shape.bytes({ max: LIMITS.vaultRecordBytes })
})

/** Signs a record's version with a device key. */
export function signVaultRecord (record: VaultRecord, device: Signer): Uint8Array {
  return signRecord(LABELS.vaultRecord, encodeCbor(shape.open(record)), device)
}

/**
 * Opens a record that is expected under `name`, or, when all records are read at once, under any.
 *
 * @throws BadInputError for malformed bytes
 * @throws ProofError when the signature does not hold, or the record is another account's or another name's
 */
export function openVaultRecord (bytes: Uint8Array, account: KeyBytes, name?: string): { record: VaultRecord, device: KeyBytes } {
  const signed = openRecord(LABELS.vaultRecord, bytes, LIMITS.vaultRecordBytes + 1024, 'a vault record')
  const record = recordShape(decodeCbor(signed.body, LIMITS.vaultRecordBytes + 1024), 'vault record')
  if (!sameBytes(record.account, account) || (name !== undefined && record.name !== name)) {
    throw new ProofError(`the vault record is not ${name === undefined ? 'one' : `"${name}"`} of this account`)
  }
  return { record, device: signed.signer }
}
