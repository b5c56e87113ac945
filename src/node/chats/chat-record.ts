/** A chat as the vault keeps it: where its log lives, its keys, its members, and how far its making has come. */
import {
  decodeGenesis, DIGEST_LENGTH, ENTRY_ID_LENGTH, keyShape, LIMITS, logIdOf, LOG_ID_LENGTH, base32Text, sameBytes, shape, BadInputError,
  type Digest, type EntryId, type Genesis, type KeyBytes, type LogId, type TermAction
} from '../../protocol/wire/index.js'
import { bareFileShape, type MediaFile } from '../../protocol/message/index.js'
import { intentShape, type Intent } from './group/intent.js'

/** A member account and its manifest as of its leaf. */
export interface ChatMember { account: KeyBytes, manifest: Uint8Array }

/** A newcomer of a commit: its manifest, its key package record's hash, by what the Welcome names that, and G_pq sealed to it. */
export interface Newcomer { member: ChatMember, keyPackage: Digest, ref?: Digest, pq: Uint8Array }

/** A commit that was made and not yet seen in the log. Adopted if it wins, dropped if another does. */
export interface PendingCommit {
  id: EntryId
  base: number
  payload: Uint8Array
  /** Encoded capability keys of the next epoch. */
  caps: Uint8Array
  /** The MLS state after it. */
  mls: Uint8Array
  /** SHA-256 of its MLS message: its private part's name in the vault. A version without that kept none there. */
  inner?: Digest
  welcome: Uint8Array | null
  added: Newcomer[]
  /** The manifests that the members' leaves name after it, where they are others than before. */
  renewed?: ChatMember[]
  /** The wishes that it carries out. */
  intents?: EntryId[]
  /** Seed of the owner key that it gives the log. */
  ownerSeed?: Uint8Array
  /** The file that lets those in whom it adds, where that does not fit a letter. */
  roster?: MediaFile
}

/** How far a chat's making has come: each step is durable before the next one begins. `out`: this account is no member any more. */
export type ChatStage = 'create' | 'commit' | 'ready' | 'out'

/** Where a log lives since its owner moved it. */
export interface ChatHome {
  term: number
  peer: KeyBytes
  addrs: string[]
  /** The last number kept of the term before, and how it ended. */
  seq: number
  by: TermAction['by']
  /** The owner's signed order: what others are told, and what shows that the home is the home. */
  action: Uint8Array
}

/** A move that this account has ordered and that is not done: it goes on after any break. */
export interface PendingMove {
  peer: KeyBytes
  addrs: string[]
  /** The present home is gone: nobody is asked. */
  lost: boolean
  /** The term that the person moved it from; a wish of an earlier version does not say. */
  from?: number
  /** The signed order, from when it is made; another may take its place while nothing stands on it. */
  action: Uint8Array | null
  /** The id of the order's entry at the present home. */
  id: EntryId
}

/** What an order says of a log's home. */
export function homeOf ({ term, home, addrs, seq, by }: TermAction, action: Uint8Array): ChatHome { return { term, peer: home, addrs, seq, by, action } }

/** A chat's lasting state. */
export interface ChatRecord {
  log: LogId
  genesis: Uint8Array
  addrs: string[]
  direct: boolean
  title: string | null
  stage: ChatStage
  members: ChatMember[]
  /** Seed of the log's owner key, for who holds it. */
  ownerSeed: Uint8Array | null
  /** In a group: for whom that key was made, in order; absent for its creator alone. */
  holders?: KeyBytes[]
  gpq: Uint8Array
  /** The MLS state at `epoch`. */
  mls: Uint8Array
  epoch: number
  /** H_e of `epoch`. */
  history: Uint8Array
  /** In a group: the id of the commit that began `epoch`. Absent in epoch 0, and until a newcomer has read that commit's entry. */
  began?: EntryId
  /** Where the log lives, once it was moved; else at its first home. */
  home?: ChatHome
  /** The move under way. */
  move?: PendingMove
  /** Seed of the log's mirror key (KEYS.md); absent in chats of a version without. */
  mirror?: Uint8Array
  /**
   * The place where this account came in: entries up to there were before it. Null for the creator. `term` and `id` (of the
   * commit's entry) as the letter said them; `isGone`: a takeover left the place behind (arrival.ts).
   */
  joined: { seq: number, hash: Digest, term?: number, id?: EntryId, isGone?: boolean } | null
  commit: PendingCommit | null
  /** A group's policy at `epoch`, as its MLS context has it. */
  policy?: Uint8Array
  /** What this account wants changed in the group, in order: each until a commit of its own has done it. */
  intents?: Intent[]
  /** Members who have said that they leave. */
  leaving?: KeyBytes[]
  /** Where the way back was cut for newcomers: the history secrets of the last epochs before each. */
  segments?: Array<{ epoch: number, history: Uint8Array }>
  createdAt: number
  /** What a later version wrote: this one keeps it. */
  unknown?: Record<string, unknown>
}

const member = shape.struct({ account: keyShape, manifest: shape.bytes({ max: LIMITS.manifestBytes + 256 }) })
/** Members, as a record or a part of one has them. */
export const membersShape = shape.array(member, LIMITS.mlsMembers)
const addrs = shape.array(shape.text(LIMITS.addressBytes), LIMITS.homeRelays * LIMITS.addressesPerRelay)
const seed = shape.bytes(32)
const newcomer = shape.struct({ member, keyPackage: shape.bytes(DIGEST_LENGTH), ref: shape.optional(shape.bytes(DIGEST_LENGTH)), pq: shape.bytes({ max: 2048 }) })
// Version 0.1 wrote null, or the one newcomer of a direct chat.
const newcomers: shape.Shape<Newcomer[]> = (value, path) => Array.isArray(value) ? shape.array(newcomer, LIMITS.groupAdds)(value, path) : value === null ? [] : [newcomer(value, path)]
/** A commit under way, as a record or a part of one has it. */
export const pendingShape: shape.Shape<PendingCommit> = shape.struct({
  id: shape.bytes(ENTRY_ID_LENGTH),
  base: shape.uint(),
  payload: shape.bytes({ max: LIMITS.commitBytes }),
  caps: shape.bytes({ max: LIMITS.leafBytes }),
  mls: shape.bytes({ max: LIMITS.mlsStateBytes }),
  inner: shape.optional(shape.bytes(DIGEST_LENGTH)),
  welcome: shape.nullable(shape.bytes({ max: LIMITS.mlsWelcomeBytes })),
  added: newcomers,
  renewed: shape.optional(shape.array(member, LIMITS.mlsMembers)),
  intents: shape.optional(shape.array(shape.bytes(ENTRY_ID_LENGTH), LIMITS.groupIntents)),
  ownerSeed: shape.optional(seed),
  roster: shape.optional(bareFileShape)
})
const stage: shape.Shape<ChatStage> = (value, path) => {
  if (value !== 'create' && value !== 'commit' && value !== 'ready' && value !== 'out') throw new BadInputError(`${path}: unknown stage`)
  return value
}
const by: shape.Shape<TermAction['by']> = (value, path) => {
  if (value !== 'agreement' && value !== 'takeover') throw new BadInputError(`${path}: expected agreement or takeover`)
  return value
}
const home = shape.struct({
  term: shape.uint(undefined, 2), peer: keyShape, addrs: shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay), seq: shape.uint(), by, action: shape.bytes({ max: LIMITS.recordBytes + 256 })
})
const move = shape.struct({
  peer: keyShape,
  addrs: shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay),
  lost: shape.bool,
  from: shape.optional(shape.uint(undefined, 1)),
  action: shape.nullable(shape.bytes({ max: LIMITS.recordBytes + 256 })),
  id: shape.bytes(ENTRY_ID_LENGTH)
})
const joined: shape.Shape<NonNullable<ChatRecord['joined']>> = (value, path) => {
  const { unknown: _unknown, ...place } = shape.struct({
    seq: shape.uint(), hash: shape.bytes(DIGEST_LENGTH), term: shape.optional(shape.uint(undefined, 1)), id: shape.optional(shape.bytes(ENTRY_ID_LENGTH)), isGone: shape.optional(shape.bool)
  })(value, path)
  return place
}
const fields = {
  log: shape.bytes(LOG_ID_LENGTH),
  genesis: shape.bytes({ max: 1024 }),
  addrs,
  direct: shape.bool,
  title: shape.nullable(shape.text(LIMITS.nameBytes)),
  stage,
  ownerSeed: shape.nullable(seed),
  holders: shape.optional(shape.array(keyShape, LIMITS.groupAdmins + 1)),
  gpq: seed,
  epoch: shape.uint(),
  history: seed,
  began: shape.optional(shape.bytes(ENTRY_ID_LENGTH)),
  home: shape.optional(home),
  move: shape.optional(move),
  mirror: shape.optional(seed),
  joined: shape.nullable(joined),
  policy: shape.optional(shape.bytes({ max: LIMITS.mlsExtensionBytes })),
  intents: shape.optional(shape.array(intentShape, LIMITS.groupIntents)),
  leaving: shape.optional(shape.array(keyShape, LIMITS.mlsMembers)),
  segments: shape.optional(shape.array(shape.struct({ epoch: shape.uint(), history: seed }), LIMITS.historySegments)),
  createdAt: shape.uint()
}
const recordShape = shape.struct({ v: shape.literal(1), ...fields, members: membersShape, mls: shape.bytes({ max: LIMITS.mlsStateBytes }), commit: shape.nullable(pendingShape) })
// What a device does by itself stays with it: where it moves the log to, what it wishes, what it has not handed over yet.
const { move: _move, intents: _intents, ...sharedFields } = fields
const sharedShape = shape.struct({ v: shape.literal(1), ...sharedFields, members: membersShape, mls: shape.bytes({ max: LIMITS.mlsStateBytes }), commit: shape.literal(null) })
const slimShape = shape.struct({ v: shape.literal(2), ...fields, members: shape.uint(LIMITS.mlsMembers), hasCommit: shape.bool })

/** A chat from its vault data. @throws BadInputError */
export function decodeChat (data: unknown): ChatRecord {
  const { v: _v, ...record } = recordShape(data, 'chat')
  return record
}

/** A chat as another device of the account has written it, without what is one device's alone. @throws BadInputError; also for one whose log is not its genesis's */
export function decodeSharedChat (data: unknown): ChatRecord {
  const { v: _v, unknown, ...record } = sharedShape(data, 'chat')
  if (!sameBytes(record.log, logIdOf(record.genesis))) throw new BadInputError('chat.log: not the log of its genesis')
  const { move: _theirs, intents: _wishes, ...kept } = unknown ?? {}
  return { ...record, ...Object.keys(kept).length === 0 ? {} : { unknown: kept } }
}

/** A chat's vault data for the account's other devices. */
export function encodeSharedChat ({ move: _move, intents: _intents, ...record }: ChatRecord): unknown { return encodeChat({ ...record, commit: null }) }

/** A chat's vault data. */
export function encodeChat (record: ChatRecord): unknown { return { v: 1, ...shape.open(record) } }

/** A record without what lies beside it: how many members it has, and whether there is a commit under way. Undefined for one that is in one piece. @throws BadInputError */
export function decodeSlimChat (data: unknown): { record: Omit<ChatRecord, 'members' | 'mls' | 'commit'>, members: number, hasCommit: boolean } | undefined {
  if (typeof data !== 'object' || data === null || !('v' in data) || data.v !== 2) return undefined
  const { v: _v, members, hasCommit, ...record } = slimShape(data, 'chat')
  return { record, members, hasCommit }
}

/** A chat's vault data without what lies beside it. */
export function encodeSlimChat ({ members, mls: _mls, commit, ...record }: ChatRecord): unknown {
  return { v: 2, ...shape.open(record), members: members.length, hasCommit: commit !== null }
}

/** The vault name of a chat. */
export function chatName (log: LogId): string { return `chat/${base32Text(log)}` }

/** The chat's genesis, checked against its id. */
export function genesisOf (record: Pick<ChatRecord, 'genesis'>): Genesis & { id: LogId } {
  return { ...decodeGenesis(record.genesis), id: logIdOf(record.genesis) }
}
