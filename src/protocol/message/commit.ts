/** What a commit entry's sealed payload holds, and what a letter's Welcome needs. DESIGN section 4. */
import { decodeCbor, encodeCbor, LIMITS, shape } from '../wire/index.js'

/** The plaintext of a commit entry's handshake part: the MLS commit and the manifests that new or updated leaves name. */
export interface Handshake { v: 1, mls: Uint8Array, manifests: Uint8Array[], unknown?: Record<string, unknown> }

/** A commit entry's payload: the sealed handshake under the old epoch, and the sealed link from the new epoch back. */
export interface CommitPayload {
  v: 1
  /** AEAD(HK_{e-1}, handshake). */
  handshake: Uint8Array
  /** AEAD(LK_e, H_{e-1}); null when a newcomer may not see what was before. */
  link: Uint8Array | null
  unknown?: Record<string, unknown>
}

const handshakeShape = shape.struct({
  v: shape.literal(1), mls: shape.bytes({ min: 1, max: LIMITS.entryBytes }), manifests: shape.array(shape.bytes({ max: LIMITS.manifestBytes + 256 }), 64)
})
const payloadShape = shape.struct({
  v: shape.literal(1), handshake: shape.bytes({ min: 1, max: LIMITS.entryBytes }), link: shape.nullable(shape.bytes({ max: 256 }))
})

/** A handshake as dag-cbor. */
export function encodeHandshake (handshake: Handshake): Uint8Array { return encodeCbor(shape.open(handshake)) }
/** A handshake from its bytes. @throws BadInputError */
export function decodeHandshake (bytes: Uint8Array): Handshake { return handshakeShape(decodeCbor(bytes, LIMITS.entryBytes), 'handshake') }
/** A commit payload as dag-cbor. */
export function encodeCommitPayload (payload: CommitPayload): Uint8Array { return encodeCbor(shape.open(payload)) }
/** A commit payload from its bytes. @throws BadInputError */
export function decodeCommitPayload (bytes: Uint8Array): CommitPayload { return payloadShape(decodeCbor(bytes, LIMITS.entryBytes), 'commit payload') }
