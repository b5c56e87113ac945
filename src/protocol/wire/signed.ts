/** Signed records: dag-cbor bytes, who signed them, and the signature over exactly those bytes. */
import { decodeCbor, encodeCbor } from './cbor.js'
import { SIGNATURE_LENGTH, type KeyBytes } from './ids.js'
import { keyShape } from './log.js'
import * as shape from './shape.js'
import { requireSignature, type Signer } from './signature.js'

/** A checked signed record: the value's own bytes, the signer, and the envelope as it travelled. */
export interface SignedRecord { body: Uint8Array, signer: KeyBytes, bytes: Uint8Array }

/** Signs a dag-cbor value's bytes and wraps them: `[body, signer, signature]`. */
export function signRecord (label: string, body: Uint8Array, signer: Signer): Uint8Array {
  return encodeCbor([body, signer.key, signer.sign(label, body)])
}

/**
 * Opens a signed record and checks its signature; whether the signer may sign it is the caller's question. A signer whom
 * something else vouches for (`isVouched`) is believed without.
 *
 * @throws TooLargeError over `maxBytes`
 * @throws BadInputError when the bytes are no signed record
 * @throws ProofError when the signature does not hold
 */
export function openRecord (label: string, bytes: Uint8Array, maxBytes: number, what: string, isVouched: (signer: KeyBytes) => boolean = () => false): SignedRecord {
  const [body, signer, signature] = shape.tuple(shape.bytes({ max: maxBytes }), keyShape, shape.bytes(SIGNATURE_LENGTH))(decodeCbor(bytes, maxBytes + 256), what)
  if (!isVouched(signer)) requireSignature(signer, label, body, signature, what)
  return { body, signer, bytes }
}
