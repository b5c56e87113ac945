/**
 * What own commits led to, by the epoch that each ended: nobody can process a commit of their own leaf, so a takeover that
 * leads back over one, or one that comes again after a takeover, is adopted from here where its snapshot was dropped. Kept
 * as the difference from the state before it, of which a commit changes little also in a large group.
 */
import { decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, LIMITS, sameBytes, sha256, shape, type EntryId, type VerifiedEntry } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { applied, difference } from './difference.js'
import type { Chat } from './chat.js'
import type { ChatRecord, PendingCommit } from './chat-record.js'
import { intentShape, type Intent } from './group/intent.js'

type Place = Pick<Chat, 'deps' | 'log'>

const pastShape = shape.struct({
  v: shape.literal(1), id: shape.bytes(ENTRY_ID_LENGTH), before: shape.bytes(DIGEST_LENGTH), diff: shape.bytes({ max: LIMITS.ownPastBytes }),
  ownerSeed: shape.optional(shape.bytes(32)), wishes: shape.optional(shape.array(intentShape, LIMITS.groupIntents))
})
const PAST_BYTES = LIMITS.storeValueBytes

/** The changes that keep what an own commit led to, and drop what is too old. */
export async function ownPastOps ({ deps: { kv, keys }, log }: Place, before: ChatRecord, after: ChatRecord, id: EntryId, wishes: readonly Intent[]): Promise<KeyValueOp[]> {
  const diff = difference(before.mls, after.mls)
  // Without it a takeover finds its way by the snapshots alone, as long as there are such.
  if (diff.length > LIMITS.ownPastBytes) return []
  const { epoch } = before
  const ops: KeyValueOp[] = []
  const last = epoch - LIMITS.ownPastEpochs
  if (last >= 0) for await (const [key] of kv.iterate({ gte: keys.numbered('ownCommit', 0, log), lte: keys.numbered('ownCommit', last, log) })) ops.push({ type: 'del', key })
  const given = after.ownerSeed === null ? {} : { ownerSeed: after.ownerSeed }
  return [...ops, { type: 'put', key: keys.numbered('ownCommit', epoch, log), value: encodeCbor({ v: 1, id, before: sha256(before.mls), diff, ...given, ...wishes.length === 0 ? {} : { wishes } }) }]
}

async function read ({ deps: { kv, keys }, log }: Place, epoch: number, id: EntryId): Promise<ReturnType<typeof pastShape> | undefined> {
  const bytes = await kv.get(keys.numbered('ownCommit', epoch, log))
  const past = bytes === undefined ? undefined : pastShape(decodeCbor(bytes, PAST_BYTES), 'own commit')
  return past !== undefined && sameBytes(past.id, id) ? past : undefined
}

/** The wishes that an own commit carried out; undefined for one that is not known here. */
export async function ownPastWishes (place: Place, epoch: number, id: EntryId): Promise<Intent[] | undefined> {
  const past = await read(place, epoch, id)
  return past === undefined ? undefined : past.wishes ?? []
}

/** An own commit as it can be adopted on top of a record; undefined when it is not known, or leads on from another state. */
export async function ownPast (place: Place, { epoch, mls }: Pick<ChatRecord, 'epoch' | 'mls'>, { leaf: { id, base, caps }, payload }: VerifiedEntry): Promise<PendingCommit | undefined> {
  const past = await read(place, epoch, id)
  if (past === undefined || base === null || caps === null || payload === null || !sameBytes(past.before, sha256(mls))) return undefined
  return { id, base, payload, caps, mls: applied(mls, past.diff, LIMITS.mlsStateBytes), welcome: null, added: [], ...past.ownerSeed === undefined ? {} : { ownerSeed: past.ownerSeed } }
}
