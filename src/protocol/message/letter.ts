/**
 * Letters: what an inbox entry holds once it is unsealed. Signed by the sender's device, with the
 * sender's manifest inside, so that the relay learns neither.
 */
import {
  decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LABELS, LIMITS, LOG_ID_LENGTH, openManifest, openRecord, lists, ProofError, sameBytes,
  shape, signRecord, type CheckedManifest, type Digest, type EntryId, type KeyBytes, type LogId, type Signer
} from '../wire/index.js'
import type { Seen } from './message.js'
import { bareFileShape, type MediaFile } from './media-file.js'
import { profilesShape } from './profile.js'

/** "Here is how you reach me": the sender's self-chosen name and a key that may append to the sender's inbox. */
export interface Introduction {
  name: string
  grantSeed: Uint8Array | null
  /** By which of the recipient's grants the sender writes (`grantName`): an invite's makes it no stranger. */
  by?: Digest
  unknown?: Record<string, unknown>
}

/** A wish to join the group that a link of the recipient's stands for. */
export interface JoinWish {
  /** The link's `grantName`: who can say it had the link. */
  link: Digest
  /** The sender's own key package record, to be added with. */
  keyPackage: Uint8Array
  unknown?: Record<string, unknown>
}

/** The answer to a wish to join. */
export interface JoinAnswer {
  link: Digest
  /** `admitted` (the invitation comes with it), `pending`, `declined`, `expired`, `used`, `refused`; a word of a later version is a refusal. */
  k: string
  unknown?: Record<string, unknown>
}

/** An invitation into a chat: all that is needed to find it, join it and check it. */
export interface ChatInvitation {
  genesis: Uint8Array
  /** Multiaddrs of the chat's home. */
  addrs: string[]
  direct: boolean
  title: string | null
  welcome: Uint8Array
  /** The G_pq secret, sealed to the recipient's hybrid key. */
  pq: Uint8Array
  /** SHA-256 of the key package record that was used. */
  keyPackage: Uint8Array
  /** The place of the commit that added the recipient. */
  at: Seen
  /** The id of that commit's entry: a takeover may bring it to another place. */
  began?: EntryId
  /** Manifests of the chat's members; none when they stand in the roster. */
  manifests: Uint8Array[]
  /** What members call themselves, as their devices signed it in the log (`openProfile`); none when they stand in the roster. */
  profiles?: Uint8Array[]
  /** The file with the group's {@link Roster}, where tree and manifests are too large for a letter. */
  roster?: MediaFile
  /** Seed of the log's owner key: in a direct chat either of the two may move the log. */
  owner?: Uint8Array
  /** The owner's signed order by which the log came to its present home; absent at the first one. */
  moved?: Uint8Array
  /** Ways back to what was written before: history secrets of the last epochs before each cut, for newcomers who may read it. */
  segments?: HistorySegment[]
  unknown?: Record<string, unknown>
}

/** The history secret of an epoch, where the way back to it was cut. */
export interface HistorySegment { epoch: number, history: Uint8Array, unknown?: Record<string, unknown> }

/** The beginning of a secret chat with one of the recipient's devices: that which left the key package. */
export interface SecretStart {
  /** The MLS group id: 16 random bytes. */
  chat: Uint8Array
  welcome: Uint8Array
  /** SHA-256 of the key package record that was used. */
  keyPackage: Digest
  /** Seconds that messages live after they were read, to begin with. */
  timer: number
  unknown?: Record<string, unknown>
}

/** Nobody is to accept a secret chat any more that was begun with one of the recipient's devices. */
export interface SecretOver {
  /** The group id of its beginning. */
  chat: Uint8Array
  /** `taken`: another device of the recipient has accepted. `withdrawn`: it is not to be; so is any word of a later version. */
  k: string
  unknown?: Record<string, unknown>
}

/** A letter. All parts may be absent in kinds of letters that come later. */
export interface Letter {
  v: 1
  account: KeyBytes
  to: KeyBytes
  /** The inbox or request log it was written for, so that it cannot be replayed into another. */
  inbox: LogId
  manifest: Uint8Array
  introduction?: Introduction
  chat?: ChatInvitation
  /** The owner's signed order by which a chat's log went to another home. */
  move?: Uint8Array
  join?: JoinWish
  answer?: JoinAnswer
  secret?: SecretStart
  over?: SecretOver
  time: number
  unknown?: Record<string, unknown>
}

const seen: shape.Shape<Seen> = (value, path) => {
  const [term, seq, hash] = shape.tuple(shape.uint(undefined, 1), shape.uint(), shape.bytes(DIGEST_LENGTH))(value, path)
  return { term, seq, hash }
}
const digest = shape.bytes(DIGEST_LENGTH)
const introduction = shape.struct({ name: shape.text(LIMITS.nameBytes), grantSeed: shape.nullable(shape.bytes(32)), by: shape.optional(digest) })
const manifests = shape.array(shape.bytes({ max: LIMITS.manifestBytes + 256 }), 64)
const order = shape.bytes({ min: 1, max: LIMITS.recordBytes + 256 })
const chat = shape.struct({
  genesis: shape.bytes({ max: 1024 }),
  addrs: shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay),
  direct: shape.bool,
  title: shape.nullable(shape.text(LIMITS.nameBytes)),
  welcome: shape.bytes({ min: 1, max: LIMITS.inboxEntryBytes }),
  pq: shape.bytes({ max: 2048 }),
  keyPackage: shape.bytes(DIGEST_LENGTH),
  at: seen,
  began: shape.optional(shape.bytes(ENTRY_ID_LENGTH)),
  manifests,
  profiles: shape.optional(profilesShape),
  roster: shape.optional(bareFileShape),
  owner: shape.optional(shape.bytes(32)),
  moved: shape.optional(order),
  segments: shape.optional(shape.array(shape.struct({ epoch: shape.uint(), history: shape.bytes(32) }), LIMITS.letterSegments))
})
const secretStart: shape.Shape<SecretStart> = shape.struct({ chat: shape.bytes(16), welcome: shape.bytes({ min: 1, max: LIMITS.mlsWelcomeBytes / 2 }), keyPackage: digest, timer: shape.uint(LIMITS.secretTimerSeconds) })
const letterShape = shape.struct({
  v: shape.literal(1),
  account: keyShape,
  to: keyShape,
  inbox: shape.bytes(LOG_ID_LENGTH),
  manifest: shape.bytes({ max: LIMITS.manifestBytes + 256 }),
  introduction: shape.optional(introduction),
  chat: shape.optional(chat),
  move: shape.optional(order),
  join: shape.optional(shape.struct({ link: digest, keyPackage: shape.bytes({ min: 1, max: LIMITS.keyPackageBytes + 1024 }) })),
  answer: shape.optional(shape.struct({ link: digest, k: shape.text(32) })),
  secret: shape.optional(secretStart),
  over: shape.optional(shape.struct({ chat: shape.bytes(16), k: shape.text(32) })),
  time: shape.uint()
})

/** An invitation's dag-cbor map, for a letter or a record. */
export function invitationToMap (invitation: ChatInvitation): Record<string, unknown> {
  const { at, ...rest } = invitation
  return { ...shape.open(rest), at: [at.term, at.seq, at.hash] }
}

/** An invitation from its map. @throws BadInputError */
export function invitationFromMap (value: unknown): ChatInvitation { return chat(value, 'invitation') }

/** Signs a letter with the sender's device key. */
export function signLetter (letter: Letter, device: Signer): Uint8Array {
  const body = shape.open(letter)
  if (letter.chat !== undefined) body.chat = invitationToMap(letter.chat)
  return signRecord(LABELS.inboxEntry, encodeCbor(body), device)
}

/**
 * Opens a letter: signature, that the signing device stands in the enclosed manifest, and that it was
 * written to this account and this log.
 *
 * @throws BadInputError for malformed bytes
 * @throws ProofError when it is not for this inbox or not from whom it says
 */
export function openLetter (bytes: Uint8Array, to: KeyBytes, inbox: LogId): { letter: Letter, manifest: CheckedManifest, device: KeyBytes } {
  const record = openRecord(LABELS.inboxEntry, bytes, LIMITS.inboxEntryBytes, 'a letter')
  const letter = letterShape(decodeCbor(record.body, LIMITS.inboxEntryBytes), 'letter')
  if (!sameBytes(letter.to, to) || !sameBytes(letter.inbox, inbox)) throw new ProofError('the letter was written to somebody else')
  const manifest = openManifest(letter.manifest)
  if (!sameBytes(manifest.manifest.account, letter.account) || !lists(manifest.manifest, record.signer)) {
    throw new ProofError('the letter is signed by a device that its account\'s manifest does not list')
  }
  return { letter, manifest, device: record.signer }
}
