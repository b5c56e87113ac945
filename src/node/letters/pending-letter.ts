/** A letter on its way to somebody's inbox, as the vault keeps it. */
import { invitationFromMap, invitationToMap, type ChatInvitation, type JoinAnswer } from '../../protocol/message/index.js'
import { base32Text, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LIMITS, LOG_ID_LENGTH, sha256, shape, type Digest, type EntryId, type KeyBytes, type LogId } from '../../protocol/wire/index.js'

/**
 * A letter on its way. The id makes posting it again harmless ({@link entryOf}). `posted` counts the times that an inbox took it, `again`
 * is when it is posted next, by this machine's clock, and `inbox` the log that took it last. `sealed` are the hashes of
 * what was sent under its id: a receipt for anything else is the relay's lie. `joinBy` is the secret of a link by which the
 * letter asks to join a group. `term`: that of the home which an invitation named when it was posted last.
 */
export interface PendingLetter { id: EntryId, to: KeyBytes, chat: ChatInvitation | null, move?: Uint8Array, joinBy?: Uint8Array, answer?: JoinAnswer, first?: number, posted?: number, again?: number, inbox?: LogId, term?: number, sealed?: Digest[] }

const letterShape = shape.struct({
  v: shape.literal(1), id: shape.bytes(ENTRY_ID_LENGTH), to: keyShape, chat: shape.nullable((value: unknown) => invitationFromMap(value)),
  move: shape.optional(shape.bytes({ max: LIMITS.recordBytes + 256 })),
  joinBy: shape.optional(shape.bytes(32)), answer: shape.optional(shape.struct({ link: shape.bytes(DIGEST_LENGTH), k: shape.text(32) })),
  first: shape.optional(shape.uint()), posted: shape.optional(shape.uint()), again: shape.optional(shape.uint()), inbox: shape.optional(shape.bytes(LOG_ID_LENGTH)),
  term: shape.optional(shape.uint(undefined, 2)),
  sealed: shape.optional(shape.array(shape.bytes(DIGEST_LENGTH), LIMITS.letterSealings))
})

/** A letter on its way from its vault data. @throws BadInputError */
export function decodePending (data: unknown): PendingLetter {
  const { v: _v, unknown: _unknown, ...letter } = letterShape(data, 'letter')
  return letter
}

/** Its vault data. */
export function encodePending (letter: PendingLetter): unknown { return { v: 1, ...letter, chat: letter.chat === null ? null : invitationToMap(letter.chat) } }

/** Its vault name. */
export function letterName (id: EntryId): string { return `letter/${base32Text(id)}` }

/** The id of its entry, in an inbox. What names another home (its `term`) is another entry: an inbox takes none twice, and the one before was read. */
export function entryOf ({ id, term }: PendingLetter): EntryId { return term === undefined ? id : sha256(encodeCbor([id, term])).slice(0, ENTRY_ID_LENGTH) }

/** A letter as it is posted while its chat's home is that of a term. */
export function inTerm ({ term: _before, ...letter }: PendingLetter, term: number | undefined): PendingLetter { return term === undefined ? letter : { ...letter, term } }

/** A letter as it was before an inbox took it: it is due. What was sent under its id stays known. */
export function unposted ({ posted: _posted, again: _again, ...letter }: PendingLetter): PendingLetter { return letter }
