/** Proofs of capability: one signature per session says "I hold this log's key". DESIGN section 2. */
import { encodeCbor } from './cbor.js'
import type { KeyBytes, LogId } from './ids.js'
import { LABELS } from './labels.js'
import type { Right } from './methods.js'
import { verifySignature, type Signer } from './signature.js'

/** What binds a proof to one log, one right, two peers and one connection. */
export interface CapabilityClaim {
  log: LogId
  right: Right
  /** PeerId key of the relay that asks. */
  verifier: KeyBytes
  /** PeerId key of the device that proves. */
  prover: KeyBytes
  /** The verifier's Hello nonce, 32 bytes. */
  nonce: Uint8Array
}

const claimBytes = (c: CapabilityClaim): Uint8Array => encodeCbor([1, c.log, c.right, c.verifier, c.prover, c.nonce])

/** The signature that proves a claim with the capability's key. */
export function proveCapability (claim: CapabilityClaim, capability: Signer): Uint8Array {
  return capability.sign(LABELS.capability, claimBytes(claim))
}

/** Whether the holder of `key` signed this very claim. A proof from another connection, log or right is false. */
export function checkCapability (claim: CapabilityClaim, key: KeyBytes, signature: Uint8Array): boolean {
  return verifySignature(key, LABELS.capability, claimBytes(claim), signature)
}
