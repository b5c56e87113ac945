/**
 * What lets a newcomer into a group that is too large for a letter: the group's ratchet tree and its members' manifests.
 * It travels as a file that the invitation names, the same one for all whom a commit adds. MESSAGE.md.
 */
import { decodeCbor, encodeCbor, LIMITS, shape } from '../wire/index.js'
import { profilesShape } from './profile.js'

/** A group's members after the commit that added the newcomer. */
export interface Roster {
  v: 1
  /** The ratchet tree (RFC 9420 section 7.8), which the Welcome goes without. */
  tree: Uint8Array
  /** Manifests of the members, as their leaves name them. */
  manifests: Uint8Array[]
  /** What members call themselves, as their devices signed it in the log (`openProfile`). */
  profiles?: Uint8Array[]
  unknown?: Record<string, unknown>
}

const rosterShape = shape.struct({
  v: shape.literal(1), tree: shape.bytes({ min: 1, max: LIMITS.mlsTreeBytes }), manifests: shape.array(shape.bytes({ max: LIMITS.manifestBytes + 256 }), LIMITS.mlsMembers),
  profiles: shape.optional(profilesShape)
})

/** A roster as dag-cbor. */
export function encodeRoster (roster: Roster): Uint8Array { return encodeCbor(shape.open(roster)) }

/** A roster from its bytes. @throws BadInputError, TooLargeError */
export function decodeRoster (bytes: Uint8Array): Roster { return rosterShape(decodeCbor(bytes, LIMITS.rosterBytes), 'roster') }
