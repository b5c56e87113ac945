/** One key in the keystore, several uses: each has a derived key of its own. */
import { hkdfSync } from 'node:crypto'

/** The 32 bytes of a store key for one use. */
export function storeSecret (storeKey: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', storeKey, new Uint8Array(), `petrel/v1 ${use}`, 32))
}

/** What the node's own store is sealed with, and what its keys are made from. */
export function storeSecrets (storeKey: Uint8Array): { readonly records: Uint8Array, readonly keys: Uint8Array } {
  return { records: storeSecret(storeKey, 'records'), keys: storeSecret(storeKey, 'record keys') }
}
