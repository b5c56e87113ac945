/** A secret chat as this device keeps it: never in the vault, a backup or another device. */
import { decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LIMITS, BadInputError, shape, type Digest, type EntryId, type KeyBytes } from '../../protocol/wire/index.js'
import type { SecretGot } from '../../protocol/message/index.js'

/** A device that was asked, while none has accepted: what the session is if it does. */
export interface KeptCandidate { readonly device: KeyBytes, readonly keyPackage: Digest, readonly session: KeptSession }

/** Who has ended a chat: this device, the other; or another device of the account that was asked has accepted it. */
export type SecretEnding = 'here' | 'there' | 'elsewhere'

/** What is said to who wants to do something in a chat that has ended so. */
export const ELSEWHERE = 'another device of yours has accepted this secret chat, and has it'

/** By what a frame went: straight to the device's own node, through a circuit relay to it, or to another home. */
export type SecretPath = 'direct' | 'circuit' | 'relay'

/** `asking`: this device has begun it, the other has not accepted. `asked`: the other has begun it. `closed`: its keys are gone. */
export type SecretStage = 'asking' | 'asked' | 'open' | 'closed'

/** The session as it is kept: the MLS state of the present epoch; earlier ones lie in records of their own. */
export interface KeptSession { readonly mls: Uint8Array, readonly ride: Uint8Array | null, readonly epochs: ReadonlyArray<{ epoch: number, pipe: Uint8Array, endedAt: number | null }> }

/** A chat's lasting state. */
export interface SecretRecord {
  /** The MLS group id, 16 bytes. */
  chat: Uint8Array
  /** The other's account and device; while devices are asked, the first of them. */
  peer: KeyBytes
  device: KeyBytes
  /** The other's manifest as the chat began. */
  manifest: Uint8Array
  stage: SecretStage
  createdAt: number
  /** Seconds that messages live after they were read; 0: for ever. */
  timer: number
  session: KeptSession | null
  /** While it is asked: what the session is made of once the person accepts, and the hash of the key package that opens it. */
  asked: { welcome: Uint8Array, keyPackage: Digest } | null
  /** The number of the next own message. */
  next: number
  /** What is here of the other's messages, and since when (in which epoch) the first of them is missing. */
  got: SecretGot
  gapEpoch: number | null
  /** The own messages that the other has: all up to a number, and those that this device gave up telling of. */
  theirs: SecretGot
  /** Numbers of own messages that the other does not have and nobody wrote: receipts, and that this device has accepted. */
  quiet?: number[]
  /** The highest of the other's numbers that was read here, and of the own ones that was read there. */
  read: number
  peerRead: number
  /** Since when (ms) own messages behind a number have been read there whose time is still to begin: all together were too much for one batch. */
  begins?: { readonly after: number, readonly at: number } | null
  /** The number of the last row. */
  rows: number
  unread: number
  /** When it was closed; an older build noted that nowhere. */
  closedAt?: number
  /** While it is asking: the devices that were asked. */
  asking?: KeptCandidate[]
  ending?: SecretEnding
  /** Whether the person said that the code is the same on both devices. */
  verified?: boolean
  /** By what its frames went when it was written last. */
  path?: SecretPath
}

const epochShape = shape.struct({ epoch: shape.uint(), pipe: shape.bytes(32), endedAt: shape.nullable(shape.uint()) })
const sessionShape = shape.struct({ mls: shape.bytes({ max: LIMITS.mlsStateBytes }), ride: shape.nullable(shape.bytes({ max: LIMITS.pipeFrameBytes })), epochs: shape.array(epochShape, LIMITS.secretEpochs + 1) })
const got: shape.Shape<SecretGot> = (value, path) => {
  const [through, later] = shape.tuple(shape.uint(), shape.array(shape.uint(), LIMITS.secretUnacknowledged + 1))(value, path)
  return { through, later }
}
const stage: shape.Shape<SecretStage> = (value, path) => {
  if (value !== 'asking' && value !== 'asked' && value !== 'open' && value !== 'closed') throw new BadInputError(`${path}: unknown stage`)
  return value
}
const ending: shape.Shape<SecretEnding> = (value, path) => {
  if (value !== 'here' && value !== 'there' && value !== 'elsewhere') throw new BadInputError(`${path}: unknown end`)
  return value
}
const path: shape.Shape<SecretPath> = (value, at) => {
  if (value !== 'direct' && value !== 'circuit' && value !== 'relay') throw new BadInputError(`${at}: unknown way`)
  return value
}
const candidateShape = shape.struct({ device: keyShape, keyPackage: shape.bytes(DIGEST_LENGTH), session: sessionShape })
const recordShape = shape.struct({
  v: shape.literal(1), chat: shape.bytes(ENTRY_ID_LENGTH), peer: keyShape, device: keyShape, manifest: shape.bytes({ max: LIMITS.manifestBytes + 256 }), stage, createdAt: shape.uint(),
  timer: shape.uint(LIMITS.secretTimerSeconds), session: shape.nullable(sessionShape),
  asked: shape.nullable(shape.struct({ welcome: shape.bytes({ max: LIMITS.mlsWelcomeBytes }), keyPackage: shape.bytes(DIGEST_LENGTH) })),
  next: shape.uint(undefined, 1), got, gapEpoch: shape.nullable(shape.uint()), theirs: got, read: shape.uint(), peerRead: shape.uint(), rows: shape.uint(), unread: shape.uint(),
  begins: shape.optional(shape.nullable(shape.struct({ after: shape.uint(), at: shape.uint() }))), closedAt: shape.optional(shape.uint()), verified: shape.optional(shape.bool),
  asking: shape.optional(shape.array(candidateShape, LIMITS.secretStartDevices)), ending: shape.optional(ending), path: shape.optional(path), quiet: shape.optional(shape.array(shape.uint(), LIMITS.secretUnacknowledged + 2))
})
const tupleOf = ({ through, later }: SecretGot): unknown => [through, [...later]]

const plain = (session: KeptSession): unknown => ({ ...session, epochs: session.epochs.map(one => ({ ...one })) })

/** A record's bytes. */
export function encodeSecretRecord (record: SecretRecord): Uint8Array {
  const { asking, ...rest } = record
  return encodeCbor({ v: 1, ...rest, ...asking === undefined || asking.length === 0 ? {} : { asking: asking.map(one => ({ ...one, session: plain(one.session) })) }, session: record.session === null ? null : plain(record.session), got: tupleOf(record.got), theirs: tupleOf(record.theirs) })
}

/** A record from its bytes. @throws BadInputError */
export function decodeSecretRecord (bytes: Uint8Array): SecretRecord {
  const { v: _v, unknown: _unknown, ...record } = recordShape(decodeCbor(bytes, LIMITS.mlsStateBytes), 'secret chat')
  return record
}

/** One line of a secret chat. */
export interface SecretRow {
  /** `said`: a message. `note`: something that happened, as `note` says. `lost`: a message that can never be read. */
  kind: 'said' | 'note' | 'lost'
  own: boolean
  /** The number its sender gave it. */
  n: number
  id: EntryId | null
  /** The sender's clock, ms, and this device's. */
  at: number
  here: number
  body: Uint8Array | null
  /** Seconds it lives after it was read; 0: for ever. When it was read, and when it goes (ms), once it was. */
  ttl: number
  readAt: number | null
  goesAt: number | null
  note: string | null
  /** What later messages made of it. */
  edited: boolean
  reactions: { own: string[], theirs: string[] }
}

const texts = shape.array(shape.text(64), LIMITS.reactionEmoji)
const rowKind: shape.Shape<SecretRow['kind']> = (value, path) => {
  if (value !== 'said' && value !== 'note' && value !== 'lost') throw new BadInputError(`${path}: unknown kind`)
  return value
}
const rowShape = shape.struct({
  v: shape.literal(1), kind: rowKind, own: shape.bool, n: shape.uint(), id: shape.nullable(shape.bytes(ENTRY_ID_LENGTH)), at: shape.uint(), here: shape.uint(), body: shape.nullable(shape.bytes({ max: LIMITS.secretBodyBytes })),
  ttl: shape.uint(), readAt: shape.nullable(shape.uint()), goesAt: shape.nullable(shape.uint()), note: shape.nullable(shape.text(64)), edited: shape.bool, reactions: shape.struct({ own: texts, theirs: texts })
})

/** A row's bytes. */
export function encodeSecretRow (row: SecretRow): Uint8Array { return encodeCbor({ v: 1, ...row }) }

/** A row from its bytes. @throws BadInputError */
export function decodeSecretRow (bytes: Uint8Array): SecretRow {
  const { v: _v, unknown: _unknown, ...row } = rowShape(decodeCbor(bytes, LIMITS.secretBodyBytes + 4096), 'secret row')
  return row
}

/** Above all messages' numbers: beginnings, and what ends them, on their way. They go until a home has them. */
export const START_OUT = 2 ** 40

/** A sealed frame on its way: kept until the other device has it. */
export interface SecretOut { n: number, address: Uint8Array, frame: Uint8Array, sealedAt: number }
const outShape = shape.struct({ v: shape.literal(1), n: shape.uint(), address: shape.bytes(32), frame: shape.bytes({ max: LIMITS.pipeFrameBytes }), sealedAt: shape.uint() })

/** A frame's record. */
export function encodeSecretOut (out: SecretOut): Uint8Array { return encodeCbor({ v: 1, ...out }) }

/** A frame from its record. @throws BadInputError */
export function decodeSecretOut (bytes: Uint8Array): SecretOut {
  const { v: _v, unknown: _unknown, ...out } = outShape(decodeCbor(bytes, LIMITS.pipeFrameBytes + 256), 'secret frame')
  return out
}
