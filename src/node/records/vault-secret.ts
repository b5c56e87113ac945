/** Secrets of an account that stand in its vault: one for all its devices. */
import { systemRandom } from '../../protocol/crypto/index.js'
import type { Vault } from './vault.js'

const SECRET_BYTES = 32

/** The secret of 32 bytes that a record holds, if it holds one. */
export function secretOf (data: unknown): Uint8Array | undefined { return data instanceof Uint8Array && data.length === SECRET_BYTES ? data : undefined }

/** Another secret from now on, durably. */
export async function renewSecret (vault: Vault, name: string): Promise<Uint8Array> {
  const secret = systemRandom(SECRET_BYTES)
  await vault.write(name, secret)
  return secret
}

/**
 * The secret that stands there; without one it is made, durably, before its first use. Of a device that is new, what stands in
 * the vault has not been read yet: until then it has one of its own that is nowhere, and takes nothing from the others.
 */
export async function ensureSecret (vault: Vault, name: string): Promise<Uint8Array> {
  return secretOf(vault.get(name)) ?? (vault.soft ? systemRandom(SECRET_BYTES) : await renewSecret(vault, name))
}
