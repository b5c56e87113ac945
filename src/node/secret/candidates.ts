/** The devices that were asked to begin a secret chat while none has accepted, and where a chat listens until then and after. */
import { secretListening, type SecretSession } from '../../protocol/crypto/index.js'
import type { Digest, KeyBytes } from '../../protocol/wire/index.js'

/** A device that was asked, and the session that the chat has if it accepts. */
export interface Candidate { readonly device: KeyBytes, readonly keyPackage: Digest, readonly session: SecretSession }
/** Where a chat listens: at the address of an epoch; of a device's, while several were asked. */
export interface SecretPlaceAt { readonly epoch: number, readonly address: Uint8Array, readonly device?: KeyBytes }

/** All places of a chat. They are many, and cost a hash each. */
export function placesOf (session: SecretSession | null, candidates: readonly Candidate[]): SecretPlaceAt[] {
  return session === null ? candidates.flatMap(one => secretListening(one.session).map(at => ({ ...at, device: one.device }))) : secretListening(session)
}
