/**
 * How far this account has read a chat, where its marks do not say it: in a group with too many members for those. Kept in
 * the vault, for the account's other devices.
 */
import { base32Text, fromBase32Text, LOG_ID_LENGTH, shape, type LogId } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import type { Vault } from '../../records/index.js'

const placeShape = shape.struct({ v: shape.literal(1), seq: shape.uint() })

/** Where names of places begin. Those of inboxes are among them: how far their letters were taken. */
export const READ_PLACES = 'read/'

const nameOf = (log: LogId): string => `${READ_PLACES}${base32Text(log)}`

/** A place's vault data. @internal */
export function encodeReadPlace (seq: number): unknown { return { v: 1, seq } }

/** A place from its vault data. @throws BadInputError @internal */
export function decodeReadPlace (data: unknown): number { return placeShape(data, 'read place').seq }

/** The change that keeps the place. */
export function readPlaceOp (vault: Vault, log: LogId, seq: number): KeyValueOp { return vault.put(nameOf(log), encodeReadPlace(seq)) }

/** The place; 0 for none. @throws BadInputError */
export function readPlace (vault: Pick<Vault, 'get'>, log: LogId): number {
  const data = vault.get(nameOf(log))
  return data === undefined ? 0 : decodeReadPlace(data)
}

/** The log that a name is of. @throws BadInputError */
export function logOfPlace (name: string): LogId { return fromBase32Text(name.slice(READ_PLACES.length), LOG_ID_LENGTH) }

/** Of two places the further one. */
export function furtherPlace (_name: string, mine: unknown, theirs: unknown): unknown {
  if (mine === undefined || theirs === undefined) return mine ?? theirs
  return decodeReadPlace(mine) > decodeReadPlace(theirs) ? mine : theirs
}
