/** What a commit entry's sealed payload holds, and what a letter's Welcome needs. DESIGN section 4. */
import {
  BadInputError, decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LABELS, LIMITS, LOG_ID_LENGTH, openRecord, shape, signRecord,
  type Digest, type EntryId, type KeyBytes, type LogId, type Signer
} from '../wire/index.js'
import type { Seen } from './message.js'

/** What a commit makes of a group's state, told backwards for who walks back over it. */
export interface CommitBefore {
  /** The account that commits. */
  by: KeyBytes
  /** The policy's bytes, when the commit changes it. */
  policy?: Uint8Array
  /** The manifests of accounts that it removes or that have another one after it, by account. */
  manifests: Uint8Array[]
  /** The accounts that it adds, in order. */
  added: KeyBytes[]
  unknown?: Record<string, unknown>
}

/** The plaintext of a commit entry's handshake part: the MLS commit, the manifests that new or updated leaves name, and what was before. */
export interface Handshake {
  v: 1
  mls: Uint8Array
  manifests: Uint8Array[]
  before?: CommitBefore
  /** In a group: the id of the commit that began the epoch that this one ends; absent in the first one. */
  began?: EntryId
  /** Whom it adds has asked by a link of its maker's, as that says: for the line that people read. */
  byLink?: boolean
  unknown?: Record<string, unknown>
}

/** A commit entry's payload: the sealed handshake under the old epoch, and the sealed link from the new epoch back. */
export interface CommitPayload {
  v: 1
  /** AEAD(HK_{e-1}, handshake). */
  handshake: Uint8Array
  /** AEAD(LK_e, H_{e-1}); null when a newcomer may not see what was before. */
  link: Uint8Array | null
  /** In a group, when the commit adds somebody: the tag over the members' manifests after it (KEYS.md). */
  members?: Uint8Array
  unknown?: Record<string, unknown>
}

/** Another owner key for a group's log, and its seed for each who may hold it (CRYPTO.md). */
export interface OwnerGift {
  /** The key that the commit's capability keys name. */
  key: KeyBytes
  /** By account; the committer, who made the key, needs none. */
  boxes: Array<{ account: KeyBytes, sealed: Uint8Array }>
  unknown?: Record<string, unknown>
}

/**
 * What a commit says of itself, as MLS's authenticated data (RFC 9420 section 6.1): so the leaf signs it with the
 * commit. A leaf's key is its account's; the device's own signature here tells which device made the commit, so that
 * none that was revoked makes one.
 */
export interface CommitStatement {
  v: 1
  chat: LogId
  /** The epoch that the commit ends. */
  epoch: number
  /** The id of the commit's entry. */
  id: EntryId
  /** The highest place of the log that the author had verified. */
  seen: Seen
  /** The hash of the manifest that stands for the committer after the commit: the device must stand in it. */
  manifest: Digest
  /** In a group: the owner key that takes the place of the one in force. */
  owner?: OwnerGift
  unknown?: Record<string, unknown>
}

const digest = shape.bytes(DIGEST_LENGTH)
const BOX_BYTES = 256
const gift: shape.Shape<OwnerGift> = (value, path) => {
  const read = shape.struct({ key: keyShape, boxes: shape.array(shape.struct({ account: keyShape, sealed: shape.bytes({ min: 1, max: BOX_BYTES }) }), LIMITS.groupAdmins + 1) })(value, path)
  for (const [i, { account }] of read.boxes.entries()) {
    const before = read.boxes[i - 1]
    if (before !== undefined && Buffer.compare(before.account, account) >= 0) throw new BadInputError(`${path}.boxes: not in order, or somebody is there twice`)
  }
  return read
}
const statementShape = shape.struct({
  v: shape.literal(1), chat: shape.bytes(LOG_ID_LENGTH), epoch: shape.uint(), id: shape.bytes(ENTRY_ID_LENGTH),
  seen: shape.tuple(shape.uint(undefined, 1), shape.uint(), digest), seen_at: shape.optional(keyShape), manifest: digest, owner: shape.optional(gift)
})
const manifests = shape.array(shape.bytes({ max: LIMITS.manifestBytes + 256 }), LIMITS.commitManifests)
const handshakeShape = shape.struct({
  v: shape.literal(1), mls: shape.bytes({ min: 1, max: LIMITS.mlsCommitBytes }), manifests,
  before: shape.optional(shape.struct({ by: keyShape, policy: shape.optional(shape.bytes({ max: LIMITS.mlsExtensionBytes })), manifests, added: shape.array(keyShape, LIMITS.commitManifests) })),
  began: shape.optional(shape.bytes(ENTRY_ID_LENGTH)),
  byLink: shape.optional(shape.bool)
})
const payloadShape = shape.struct({
  v: shape.literal(1), handshake: shape.bytes({ min: 1, max: LIMITS.commitBytes }), link: shape.nullable(shape.bytes({ max: 256 })), members: shape.optional(shape.bytes(32))
})

/** A handshake as dag-cbor. */
export function encodeHandshake (handshake: Handshake): Uint8Array { return encodeCbor(shape.open(handshake)) }
/** A handshake from its bytes. @throws BadInputError */
export function decodeHandshake (bytes: Uint8Array): Handshake { return handshakeShape(decodeCbor(bytes, LIMITS.commitBytes), 'handshake') }
/** A commit payload as dag-cbor. */
export function encodeCommitPayload (payload: CommitPayload): Uint8Array { return encodeCbor(shape.open(payload)) }
/** A commit payload from its bytes. @throws BadInputError */
export function decodeCommitPayload (bytes: Uint8Array): CommitPayload { return payloadShape(decodeCbor(bytes, LIMITS.commitBytes), 'commit payload') }

/** A commit's statement, signed by the device that commits. */
export function signCommitStatement (statement: CommitStatement, device: Signer): Uint8Array {
  const { seen, ...rest } = statement
  return signRecord(LABELS.commit, encodeCbor({ ...shape.open(rest), seen: [seen.term, seen.seq, seen.hash], ...seen.home === undefined ? {} : { seen_at: seen.home } }), device)
}

/**
 * Opens a commit's statement and checks its signature. That chat, epoch and id are the entry's own, and that the
 * device stands in the manifest, is for the chat to check.
 *
 * @throws BadInputError for malformed bytes, ProofError for a broken signature
 */
export function openCommitStatement (bytes: Uint8Array): { statement: CommitStatement, device: KeyBytes } {
  const record = openRecord(LABELS.commit, bytes, LIMITS.mlsAadBytes, 'a commit\'s statement')
  const { seen: [term, seq, hash], seen_at: home, ...rest } = statementShape(decodeCbor(record.body, LIMITS.mlsAadBytes), 'commit statement')
  return { statement: { ...rest, seen: { term, seq, hash, ...home === undefined ? {} : { home } } }, device: record.signer }
}
