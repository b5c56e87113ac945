/** What this device keeps of the vault's log: how far it has read it, and with what it writes. One record of its own store. */
import { decodeCbor, DIGEST_LENGTH, encodeCbor, ENTRY_ID_LENGTH, keyShape, LIMITS, logIdOf, shape, startPlace, type Digest, type EntryId, type KeyBytes, type LogId, type LogPosition, type ProofError } from '../../protocol/wire/index.js'

/** What a log in doubt is told of. */
export interface VaultAlarm {
  /** `rolledBack`: there was more. `forked`: there was something else. `leftOut`: the newest key is not for this device. `broken`: no key entry of this account's holds. */
  readonly kind: 'rolledBack' | 'forked' | 'leftOut' | 'broken'
  readonly message: string
}

/** The newest key entry that was taken. */
export interface VaultGeneration {
  /** 0 while there is none: what a fresh log was opened with. */
  readonly number: number
  /** The vault key; null when it is not for this device. */
  readonly key: Uint8Array | null
  /** The seed of the log's owner key; null with it. */
  readonly owner: Uint8Array | null
  /** The key entry's hash; null while there is none. */
  readonly hash: Digest | null
  /** The manifest that it carries. */
  readonly manifest: Uint8Array | null
  /** Whose signatures count from it on. */
  readonly devices: readonly KeyBytes[]
  /** Their signed cards. */
  readonly cards: readonly Uint8Array[]
  /** The phrase's signed card, when it is for the phrase too. */
  readonly recovery: Uint8Array | null
  /** Its number in the log, which a next one names as its base. */
  readonly seq: number
}

/** A log that was the vault's, and the seed of its owner key. */
export interface FormerLog { readonly genesis: Uint8Array, readonly owner: Uint8Array }

/** See the file's head. */
export interface VaultLogState {
  readonly genesis: Uint8Array
  /** The last entry that was read, and verified. */
  readonly place: LogPosition
  /** Its id; null before the first. */
  readonly last: EntryId | null
  readonly generation: VaultGeneration
  /** The place before the key entry behind which everything stands; seq 0 from the log's beginning. Nothing before it is needed. */
  readonly start: LogPosition
  /** The same of the newest key entry. */
  readonly keyStart: LogPosition
  /** Bytes of entries since then, and since the newest key entry. */
  readonly bytes: number
  readonly sinceKey: number
  /** Whether all that the vault holds was read from it once, or written to it. */
  readonly whole: boolean
  /** The genesis of the log in whose place it is put, until the manifest names it. */
  readonly replaces: Uint8Array | null
  /** Through which number it was trimmed. */
  readonly trimmed: number
  readonly alarm: VaultAlarm | null
  /** Why it was made in the place of another one, which was in doubt, and when, ms. */
  readonly healed: { readonly message: string, readonly at: number } | null
  /** Those before it, which their homes are to drop. */
  readonly former: readonly FormerLog[]
}

const position: shape.Shape<LogPosition> = (value, path) => {
  const [seq, hash] = shape.tuple(shape.uint(), shape.bytes(DIGEST_LENGTH))(value, path)
  return { seq, hash }
}
const secret = shape.nullable(shape.bytes(32))
const card = shape.bytes({ max: LIMITS.cardBytes + 256 })
const KINDS = ['rolledBack', 'forked', 'leftOut', 'broken'] as const
const stateShape = shape.struct({
  v: shape.literal(1), genesis: shape.bytes({ max: 1024 }), place: position, last: shape.nullable(shape.bytes(ENTRY_ID_LENGTH)), start: position, keyStart: position,
  generation: shape.struct({
    number: shape.uint(), key: secret, owner: secret, hash: shape.nullable(shape.bytes(DIGEST_LENGTH)), manifest: shape.nullable(shape.bytes({ max: LIMITS.manifestBytes + 256 })),
    devices: shape.array(keyShape, LIMITS.devices), cards: shape.array(card, LIMITS.devices), recovery: shape.nullable(card), seq: shape.uint()
  }),
  bytes: shape.uint(), sinceKey: shape.uint(), whole: shape.bool, replaces: shape.nullable(shape.bytes({ max: 1024 })), trimmed: shape.uint(),
  alarm: shape.nullable(shape.struct({ kind: (value, path) => KINDS.find(kind => kind === value) ?? shape.literal('broken')(value, path), message: shape.text(1024) })),
  healed: shape.nullable(shape.struct({ message: shape.text(1024), at: shape.uint() })),
  // One that an earlier version wrote knows of none.
  former: shape.optional(shape.array(shape.struct({ genesis: shape.bytes({ max: 1024 }), owner: shape.bytes(32) }), LIMITS.vaultFormerLogs))
})
const STATE_BYTES = LIMITS.manifestBytes + LIMITS.devices * (LIMITS.cardBytes + 512) + 16 * 1024

/** Of a log that another device made. */
export const NO_GENERATION = { number: 0, key: null, owner: null } as const

/** The state of a log of which nothing was read yet. @throws BadInputError for bytes that are no genesis */
export function newLogState (genesis: Uint8Array, generation: Pick<VaultGeneration, 'number' | 'key' | 'owner'>, replaces: Uint8Array | null): VaultLogState {
  const { seq, hash } = startPlace(genesis)
  return {
    genesis, place: { seq, hash }, last: null, start: { seq, hash }, keyStart: { seq, hash }, generation: { ...generation, hash: null, manifest: null, devices: [], cards: [], recovery: null, seq: 0 },
    bytes: 0, sinceKey: 0, whole: false, replaces, trimmed: 0, alarm: null, healed: null, former: []
  }
}

/** The id of a state's log. */
export function logOf ({ genesis }: Pick<VaultLogState, 'genesis'>): LogId { return logIdOf(genesis) }

/** The state as the bytes to store. */
export function encodeLogState ({ place, start, keyStart, ...state }: VaultLogState): Uint8Array {
  return encodeCbor({ v: 1, ...shape.open(state), place: [place.seq, place.hash], start: [start.seq, start.hash], keyStart: [keyStart.seq, keyStart.hash] })
}

/** The state from its bytes. @throws BadInputError */
export function decodeLogState (bytes: Uint8Array): VaultLogState {
  const { v: _v, unknown: _unknown, former = [], ...state } = stateShape(decodeCbor(bytes, STATE_BYTES), 'vault log')
  return { ...state, former }
}

/** A log's state as if nothing had been read of it yet. */
export function unread ({ genesis, replaces, alarm, healed, former }: VaultLogState): VaultLogState { return { ...newLogState(genesis, NO_GENERATION, replaces), alarm, healed, former } }

/** What is kept of a lie. */
export function alarmOf (error: ProofError): VaultAlarm {
  const kind = error.details.rolledBack === true ? 'rolledBack' : error.details.leftOut === true ? 'leftOut' : 'forked'
  return { kind, message: error.message.slice(0, 1000) }
}
