/**
 * How far this device has opened what stands below the place where it began: what was written before its account came in,
 * and what other devices of its account were there for. The place, and the state of the chat there.
 */
import { BadInputError, decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, type Digest, type EntryId, type LogPosition } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import { hasArrived } from '../arrival.js'
import type { Chat } from '../chat.js'
import type { ChatRecord } from '../chat-record.js'

/** `open`: it goes on below; `whole`: the log's beginning is reached; `closed`: the way back was cut, or this account may not go further. */
export type PastState = 'open' | 'whole' | 'closed'

/** A place on the way back, and the chat's state in the epoch of the entry at it. */
export interface Past {
  /** The number of the next entry to open: the one below all that are opened. */
  next: number
  /** The chain's hash at it, where its entry is not here; absent where that follows from the entry above. */
  hash?: Digest
  state: PastState
  epoch: number
  /** H of that epoch. */
  history: Uint8Array
  /** The id of the commit that began it; absent where that is the next entry. */
  began?: EntryId
  /** The members' manifests. */
  members: Uint8Array[]
  /** A group's policy. */
  policy?: Uint8Array
  /** The person was told that older messages are on their way. */
  told?: boolean
}

const STATES: readonly PastState[] = ['open', 'whole', 'closed']
const pastShape = shape.struct({
  v: shape.literal(1), next: shape.uint(), state: shape.uint(STATES.length - 1), epoch: shape.uint(), history: shape.bytes(32),
  members: shape.array(shape.bytes({ max: LIMITS.manifestBytes + 256 }), LIMITS.mlsMembers), policy: shape.optional(shape.bytes({ max: LIMITS.mlsExtensionBytes })),
  hash: shape.optional(shape.bytes(DIGEST_LENGTH)),
  began: shape.optional(shape.bytes(ENTRY_ID_LENGTH)), told: shape.optional(shape.bool)
})

type Place = Pick<Chat, 'deps' | 'log'>

const keyOf = ({ deps, log }: Place): Uint8Array => deps.keys.one('past', log)

/** The change that keeps it. */
export function pastOp (place: Place, past: Past): KeyValueOp {
  const { state, ...rest } = past
  return { type: 'put', key: keyOf(place), value: encodeCbor({ v: 1, ...rest, state: STATES.indexOf(state) }) }
}

/** How far it has come; undefined for who was there from the beginning. @throws BadInputError */
export async function readPast (place: Place): Promise<Past | undefined> {
  const bytes = await place.deps.kv.get(keyOf(place))
  if (bytes === undefined) return undefined
  const { v: _v, unknown: _unknown, state, ...rest } = pastShape(decodeCbor(bytes, LIMITS.vaultRecordBytes), 'past')
  const word = STATES[state]
  if (word === undefined) throw new BadInputError('past.state: unknown')
  return { ...rest, state: word }
}

/** Where the way back begins for who has just come in; undefined for a direct chat, and for who made the group. */
export function startPast ({ direct, joined, epoch, history, members, policy }: ChatRecord): Past | undefined {
  if (direct || joined === null || policy === undefined) return undefined
  return { next: joined.seq, state: 'open', epoch, history, members: members.map(({ manifest }) => manifest), policy }
}

/** Where it begins for who was out and comes in again: in a direct chat too, of which it missed what was said meanwhile. */
export function backPast (record: ChatRecord): Past | undefined {
  const { direct, joined, epoch, history, members } = record
  return direct && joined !== null ? { next: joined.seq, state: 'open', epoch, history, members: members.map(({ manifest }) => manifest) } : startPast(record)
}

/** Where it begins for a device that goes on from what another one of its account had come to; undefined where nothing is below. */
export function devicePast (record: ChatRecord, { seq, hash }: LogPosition): Past | undefined {
  const { epoch, history, members, policy, began } = record
  if (!hasArrived({ record, cursor: { seq } })) return startPast(record)
  if (seq === 0) return undefined
  return { next: seq, hash, state: 'open', epoch, history, members: members.map(({ manifest }) => manifest), ...policy === undefined ? {} : { policy }, ...began === undefined ? {} : { began } }
}
