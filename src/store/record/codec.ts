/** A record's revision and expiry before its value. FORMAT.md has the layout. */
import { CorruptError } from '../../protocol/wire/index.js'
import type { StoredRecord } from '../contract.js'
import { prefixed, SPACE } from '../keys.js'
import { setUint, uintAt } from '../uint.js'

const FIXED = 16

/** Revision, expiry (0: never) and value. */
export function encodeRecord (record: StoredRecord): Uint8Array {
  const out = new Uint8Array(FIXED + record.value.length)
  const view = new DataView(out.buffer)
  setUint(view, 0, record.rev)
  setUint(view, 8, record.expires ?? 0)
  out.set(record.value, FIXED)
  return out
}

/** The record in its bytes. @throws CorruptError */
export function decodeRecord (bytes: Uint8Array): StoredRecord {
  if (bytes.length < FIXED) throw new CorruptError('a record does not decode: restore from a backup or run doctor')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const expires = uintAt(view, 8)
  const record = { rev: uintAt(view, 0), value: bytes.subarray(FIXED) }
  return expires === 0 ? record : { ...record, expires }
}

/** The key of a record. */
export function recordKey (key: Uint8Array): Uint8Array { return prefixed(SPACE.records, key) }

/** The key that lists a record under the time it ends. */
export function expiryKey (expires: number, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(SPACE.expiry.length + 8 + key.length)
  out.set(SPACE.expiry)
  setUint(new DataView(out.buffer), SPACE.expiry.length, expires)
  out.set(key, SPACE.expiry.length + 8)
  return out
}

/** Time and record key of an expiry key. */
export function splitExpiryKey (key: Uint8Array): { expires: number, key: Uint8Array } {
  const at = SPACE.expiry.length
  return { expires: uintAt(new DataView(key.buffer, key.byteOffset, key.length), at), key: key.subarray(at + 8) }
}
