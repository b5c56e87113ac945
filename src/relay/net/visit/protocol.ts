/**
 * Visits: how a person's node reaches a relay that is not its own without showing itself. The node asks its home
 * relay (`via`) for a stream to the other relay (`visit`), and makes a connection of its own inside that stream,
 * with Noise from end to end and a key made for that relay alone. So the other relay sees a relay's address and a
 * pseudonym; the home relay sees which relays are visited, and bytes it cannot read. DESIGN section 2.
 */
import { decodeCbor, encodeCbor, errorFromCode, keyShape, LIMITS, shape, type KeyBytes, type PetrelError } from '../../../protocol/wire/index.js'

/** From a node to its home relay: one {@link VisitRequest}, one answer, then the inner connection's bytes. */
export const VIA_PROTOCOL = '/petrel/via/1'
/** From the home relay to the visited one: the inner connection's bytes and nothing before them. */
export const VISIT_PROTOCOL = '/petrel/visit/1'

/** Whom to visit, and where it is. */
export interface VisitRequest { readonly peer: KeyBytes, readonly addrs: readonly string[] }

const requestShape = shape.tuple(shape.literal(1), keyShape, shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay, 1))
const answerShape = shape.tuple(shape.literal(1), shape.nullable(shape.text(64)), shape.text(512))

/** A request as dag-cbor. */
export function encodeVisit ({ peer, addrs }: VisitRequest): Uint8Array { return encodeCbor([1, peer, [...addrs]]) }

/** A request from its bytes. @throws BadInputError, TooLargeError */
export function decodeVisit (bytes: Uint8Array): VisitRequest {
  const [, peer, addrs] = requestShape(decodeCbor(bytes, LIMITS.visitRequestBytes), 'visit')
  return { peer, addrs }
}

/** The home relay's answer: null when the inner bytes may begin. */
export function encodeAnswer (error: PetrelError | null): Uint8Array { return encodeCbor([1, error?.code ?? null, error?.message.slice(0, 160) ?? '']) }

/** The refusal in an answer, or null. @throws BadInputError */
export function decodeAnswer (bytes: Uint8Array): PetrelError | null {
  const [, code, message] = answerShape(decodeCbor(bytes, LIMITS.visitRequestBytes), 'visit answer')
  return code === null ? null : errorFromCode(code, message)
}

