/**
 * Where the service keeps what it knows of blobs, among the store's plain key-values: the prefix, a kind, then parts of
 * fixed length. An owner stands here as a hash, since keys lie in the clear.
 */
import { BadInputError, CID_LENGTH, LIMITS, sha256, type Cid } from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'

/** No letter, with which a node's own keys begin. */
const PREFIX = Uint8Array.of(0x00, 0x62)

const KIND = {
  /** A blob kept for an owner. `owner ‖ root` */
  lease: 1,
  /** Room for blocks that come. `owner ‖ upload` */
  upload: 2,
  /** A block that came with an upload. `owner ‖ upload ‖ cid` */
  claim: 3,
  /** A reason to keep a block. `cid ‖ who` */
  reference: 4,
  /** A block that lost a reason: to be looked at. `cid` */
  candidate: 5,
  /** A block the operator took down with a blob. `root ‖ cid`; before, `cid`, and the root in the value alone */
  down: 6,
  /** What an index node linked to that was lost. `cid` */
  lost: 7,
  /** When a blob was last asked for. `root` */
  used: 8,
  /** When a lease ends by itself. `owner ‖ root` */
  ends: 9
} as const

/** One of the kinds. */
export type BlobKind = keyof typeof KIND

const HEAD = PREFIX.length + 1
const OWNER = 16
/** Bytes of an upload's id. */
export const UPLOAD_LENGTH = 16

/** An owner as it stands in keys, and its map key. */
export interface OwnerTag { readonly bytes: Uint8Array, readonly name: string }

/** The tag of an owner. @throws BadInputError for no bytes, or too many */
export function ownerTag (owner: Uint8Array): OwnerTag {
  if (owner.length === 0 || owner.length > LIMITS.blobOwnerBytes) throw new BadInputError(`an owner of blobs has 1 to ${LIMITS.blobOwnerBytes} bytes, got ${owner.length}`)
  return tagOf(sha256(owner).slice(0, OWNER))
}

function tagOf (bytes: Uint8Array): OwnerTag { return { bytes, name: mapKey(bytes) } }

/** A key, or the prefix of several when parts are left out. */
export function blobKey (kind: BlobKind, ...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([PREFIX, Uint8Array.of(KIND[kind]), ...parts]))
}

/** What follows the kind in a key. */
function blobKeyRest (key: Uint8Array): Uint8Array { return key.slice(HEAD) }

/** The last CID in a key. */
export function lastCid (key: Uint8Array): Cid { return key.slice(key.length - CID_LENGTH) }

/** The owner and the rest of a lease's or an upload's key. */
export function splitOwned (key: Uint8Array): { owner: OwnerTag, rest: Uint8Array } {
  const rest = blobKeyRest(key)
  return { owner: tagOf(rest.slice(0, OWNER)), rest: rest.slice(OWNER) }
}

/** Who keeps a block: an index node that links to it, a lease of which it is the root, or an upload that brought it. */
export const keptBy = {
  node: (parent: Cid): Uint8Array => Uint8Array.of(1, ...parent),
  lease: (owner: OwnerTag): Uint8Array => Uint8Array.of(2, ...owner.bytes),
  upload: (owner: OwnerTag, upload: Uint8Array): Uint8Array => Uint8Array.of(3, ...owner.bytes, ...upload)
} as const

/** The prefix of all leases of a root. */
export function leasesOf (root: Cid): Uint8Array { return blobKey('reference', root, Uint8Array.of(2)) }

/** The owner in a reference's key that {@link leasesOf} found. */
export function ownerOfReference (key: Uint8Array): OwnerTag { return tagOf(key.slice(key.length - OWNER)) }

/** The child and the parent in a reference's key; undefined when no index node is the reason. */
export function linkOfReference (key: Uint8Array): { child: Cid, parent: Cid } | undefined {
  const rest = blobKeyRest(key)
  return rest[CID_LENGTH] === 1 ? { child: rest.slice(0, CID_LENGTH), parent: rest.slice(CID_LENGTH + 1) } : undefined
}

/** Why a block is kept, of a reference's key: an index node that links to it, or an owner who leases or brings it. */
export function reasonOf (key: Uint8Array): { readonly parent: Cid, readonly owner?: undefined } | { readonly parent?: undefined, readonly owner: OwnerTag } {
  const who = blobKeyRest(key).slice(CID_LENGTH)
  return who[0] === 1 ? { parent: who.slice(1) } : { owner: tagOf(who.slice(1, 1 + OWNER)) }
}

const OF_OWNERS: readonly number[] = [KIND.lease, KIND.upload, KIND.claim, KIND.ends]
const OF_BLOCKS: readonly number[] = [KIND.reference, KIND.candidate, KIND.lost, KIND.used]

/** The owner, or the block, that a record of the service is about; undefined for any other record. */
export function aboutOf (key: Uint8Array): { readonly owner: OwnerTag } | { readonly owner?: undefined, readonly cid: Cid } | undefined {
  const kind = key[PREFIX.length] ?? 0
  if (key[0] !== PREFIX[0] || key[1] !== PREFIX[1]) return undefined
  const rest = blobKeyRest(key)
  if (OF_OWNERS.includes(kind)) return { owner: tagOf(rest.slice(0, OWNER)) }
  return OF_BLOCKS.includes(kind) ? { cid: rest.slice(0, CID_LENGTH) } : undefined
}

/** Whether a lease is the reason in a reference's key. */
export function isLease (key: Uint8Array): boolean { return blobKeyRest(key)[CID_LENGTH] === 2 }

/** All keys that begin with a prefix. */
export function under (prefix: Uint8Array): { gte: Uint8Array, lt: Uint8Array } {
  const lt = new Uint8Array(Buffer.concat([prefix, new Uint8Array(64).fill(0xff)]))
  return { gte: prefix, lt }
}
