/** The account's media secret: with it the same file gets the same key each time, and nobody else can tell which file it is. */
import { systemRandom } from '../../protocol/crypto/index.js'
import type { Vault } from '../records/index.js'

const SECRET_BYTES = 32
const NAME = 'media-secret'

/** Another secret from now on: whoever had the old one can no longer tell which file is which. */
export async function renewMediaSecret (vault: Vault): Promise<void> { await vault.write(NAME, systemRandom(SECRET_BYTES)) }

/** The media secret from the vault; made there, durably, before its first use. */
export async function mediaSecret (vault: Vault): Promise<Uint8Array> {
  const kept = vault.get(NAME)
  if (kept instanceof Uint8Array && kept.length === SECRET_BYTES) return kept
  const secret = systemRandom(SECRET_BYTES)
  // What stands in the vault of a device that is new has not been read yet: this file is one of its own, and takes nothing from the others.
  if (!vault.soft) await vault.write(NAME, secret)
  return secret
}
