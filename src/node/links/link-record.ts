/** A link by which others may join a group, as the vault of who made it keeps it. */
import { grantName } from '../../protocol/message/index.js'
import { base32Text, LIMITS, LOG_ID_LENGTH, shape, type Digest, type LogId } from '../../protocol/wire/index.js'

/** A link, with what it allows and how often it was used. */
export interface GroupLinkRecord {
  id: string
  chat: LogId
  /** Seed of the inbox key that the link hands out; what names the link in letters comes from it too. */
  seed: Uint8Array
  /** What its maker calls it. */
  name: string
  createdAt: number
  expiresAt: number | null
  uses: number | null
  /** Accounts that came in by it, or are just about to. */
  used: number
  approve: boolean
  unknown?: Record<string, unknown>
}

const recordShape = shape.struct({
  v: shape.literal(1), id: shape.text(64), chat: shape.bytes(LOG_ID_LENGTH), seed: shape.bytes(32), name: shape.text(LIMITS.nameBytes), createdAt: shape.uint(),
  expiresAt: shape.nullable(shape.uint()), uses: shape.nullable(shape.uint(undefined, 1)), used: shape.uint(), approve: shape.bool
})

/** A link from its vault data. @throws BadInputError */
export function decodeGroupLink (data: unknown): GroupLinkRecord {
  const { v: _v, ...record } = recordShape(data, 'group link')
  return record
}

/** A link's vault data. */
export function encodeGroupLink (record: GroupLinkRecord): unknown { return { v: 1, ...shape.open(record) } }

/** The vault name of a link. */
export function groupLinkName (id: string): string { return `group-link/${id}` }

const names = new WeakMap<Uint8Array, Digest>()

/** What names a link in letters. */
export function tokenOf ({ seed }: Pick<GroupLinkRecord, 'seed'>): Digest {
  const known = names.get(seed) ?? grantName(seed)
  names.set(seed, known)
  return known
}

/** A token as part of a vault name. */
export function tokenText (token: Digest): string { return base32Text(token) }
