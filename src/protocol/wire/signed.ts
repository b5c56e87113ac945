/** Signed records: dag-cbor bytes, who signed them, and the signature over exactly those bytes. */
import { decodeCbor, encodeCbor } from './cbor.js'
import { BadInputError } from './errors.js'
import { isEd25519Key, KEY_LENGTH, SIGNATURE_LENGTH, type KeyBytes } from './ids.js'
import { keyShape } from './log.js'
import { itemBytes, PlainItems } from './plain-items.js'
import * as shape from './shape.js'
import { requireSignature, type Signer } from './signature.js'

/** A checked signed record: the value's own bytes (a view of what follows), the signer, and the envelope as it travelled. */
export interface SignedRecord { body: Uint8Array, signer: KeyBytes, bytes: Uint8Array }

// How long the body may be is the caller's to say: a shape made for each call would cost more than it checks.
const recordShape = shape.tuple(shape.bytes({ max: Number.MAX_SAFE_INTEGER }), keyShape, shape.bytes(SIGNATURE_LENGTH))

const START = itemBytes(0x83)

/** What stands in a record; its signature, which nobody may look at, ends it. */
interface Parts { readonly body: Uint8Array, readonly signer: KeyBytes }

/** A record that holds together: `[body, signer, signature]`. Its body is a view. */
function plainRecord (bytes: Uint8Array): Parts | undefined {
  const items = new PlainItems(bytes)
  items.pass(START)
  const body = items.view()
  const signer = items.again(KEY_LENGTH)
  items.skip(SIGNATURE_LENGTH)
  return items.isWhole && isEd25519Key(signer) ? { body, signer } : undefined
}

/** Of any form, or the reason why it is none. @throws BadInputError. @internal */
export function readRecord (bytes: Uint8Array, maxBytes: number, what: string): Parts {
  const [body, signer] = recordShape(decodeCbor(bytes, maxBytes), what)
  return { body, signer }
}

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
  const { body, signer } = (bytes.length > maxBytes + 256 ? undefined : plainRecord(bytes)) ?? readRecord(bytes, maxBytes + 256, what)
  if (body.length > maxBytes) throw new BadInputError(`${what}: its body has ${body.length} bytes, over the limit of ${maxBytes}`)
  if (!isVouched(signer)) requireSignature(signer, label, body, bytes.subarray(-SIGNATURE_LENGTH), what)
  return { body, signer, bytes }
}
