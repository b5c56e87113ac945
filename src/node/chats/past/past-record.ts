/** How far a newcomer has opened what was written before it came: the place, and the state of the group there. */
import { BadInputError, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, type EntryId } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import type { Chat } from '../chat.js'
import type { ChatRecord } from '../chat-record.js'

/** `open`: it goes on below; `whole`: the log's beginning is reached; `closed`: the way back was cut, or this account may not go further. */
export type PastState = 'open' | 'whole' | 'closed'

/** A place on the way back, and the group's state in the epoch of the entry at it. */
export interface Past {
  /** The number of the next entry to open: the one below all that are opened. */
  next: number
  state: PastState
  epoch: number
  /** H of that epoch. */
  history: Uint8Array
  /** The id of the commit that began it; absent where that is the next entry. */
  began?: EntryId
  /** The members' manifests. */
  members: Uint8Array[]
  policy: Uint8Array
}

const STATES: readonly PastState[] = ['open', 'whole', 'closed']
const pastShape = shape.struct({
  v: shape.literal(1), next: shape.uint(), state: shape.uint(STATES.length - 1), epoch: shape.uint(), history: shape.bytes(32),
  members: shape.array(shape.bytes({ max: LIMITS.manifestBytes + 256 }), LIMITS.mlsMembers), policy: shape.bytes({ max: LIMITS.mlsExtensionBytes }),
  began: shape.optional(shape.bytes(ENTRY_ID_LENGTH))
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
