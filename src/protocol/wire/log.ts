/**
 * What a log is made of: the genesis that names it, the capability keys that guard it,
 * the entries it numbers and the leaves its chain covers. DESIGN section 3.
 */
import { decodeCbor, encodeBriefly, encodeCbor } from './cbor.js'
import { BadInputError } from './errors.js'
import { labelledHash, sha256 } from './hash.js'
import { DIGEST_LENGTH, ENTRY_ID_LENGTH, KEY_LENGTH, isEd25519Key, sha256Multihash, SIGNATURE_LENGTH, type Digest, type EntryId, type KeyBytes, type LogId } from './ids.js'
import { LABELS } from './labels.js'
import { LIMITS } from './limits.js'
import * as shape from './shape.js'

const keyBytes = shape.bytes(KEY_LENGTH)

/** A tagged Ed25519 key inside a record. */
export const keyShape: shape.Shape<KeyBytes> = (value, path) => {
  const key = keyBytes(value, path)
  if (!isEd25519Key(key)) throw new BadInputError(`${path}: expected a tagged Ed25519 key`)
  return key
}
const digest = shape.bytes(DIGEST_LENGTH)

/**
 * What kind of rules a log follows. `log`: appends need the append capability. `inbox`: appends
 * need a granted key. `requests`: any session may append, up to a bound of waiting entries.
 */
export type LogKind = 'log' | 'inbox' | 'requests'

/** The record a log's id is the hash of. It fixes the owner key, so nobody can squat an id. */
export interface Genesis {
  v: 1
  kind: LogKind
  /** 16 random bytes. */
  salt: Uint8Array
  /** Holder of this key may open, void, trim and move the log. */
  owner: KeyBytes
  /** The PeerId key of the first home: the relay, or a person's own node. */
  home: KeyBytes
  unknown?: Record<string, unknown>
}

const genesisShape = shape.struct({
  v: shape.literal(1),
  kind: (value, path) => {
    if (value !== 'log' && value !== 'inbox' && value !== 'requests') throw new BadInputError(`${path}: unknown kind of log`)
    return value
  },
  salt: shape.bytes(16),
  owner: keyShape,
  home: keyShape
})

/** A genesis as canonical dag-cbor. */
export function encodeGenesis (genesis: Genesis): Uint8Array { return encodeCbor(shape.open(genesis)) }
/** A genesis from its bytes. @throws BadInputError when it is not one */
export function decodeGenesis (bytes: Uint8Array): Genesis { return genesisShape(decodeCbor(bytes, LIMITS.recordBytes), 'genesis') }
/** The id of the log that these genesis bytes make: a sha2-256 multihash under the genesis label. */
export function logIdOf (genesisBytes: Uint8Array): LogId { return sha256Multihash(labelledHash(LABELS.genesis, genesisBytes)) }

/**
 * The capability keys in force. A commit installs the next epoch's `append` and `read`; `mirrors`
 * and `owner` stay as they are when absent, and are replaced when present.
 */
export interface Caps {
  append: KeyBytes
  read: KeyBytes
  mirrors?: KeyBytes[]
  owner?: KeyBytes
  /** By which the owner key in force lets `owner` take its place: see `handOver`. */
  handover?: Uint8Array
  /** Names the log's gossip topic until the next caps; without it the log has none. */
  topic?: Uint8Array
  unknown?: Record<string, unknown>
}

/** A topic's name before it is text: 32 bytes that only who may read the log can derive. */
const GOSSIP_TOPIC_LENGTH = 32
const capsShape = shape.struct({
  append: keyShape,
  read: keyShape,
  mirrors: shape.optional(shape.array(keyShape, LIMITS.mirrorsPerCommit)),
  owner: shape.optional(keyShape),
  handover: shape.optional(shape.bytes(SIGNATURE_LENGTH)),
  topic: shape.optional(shape.bytes(GOSSIP_TOPIC_LENGTH))
})

/** Capability keys as canonical dag-cbor. */
export function encodeCaps (caps: Caps): Uint8Array { return encodeCbor(shape.open(caps)) }
/** Capability keys from their bytes. @throws BadInputError when they are none */
export function decodeCaps (bytes: Uint8Array): Caps {
  const caps = capsShape(decodeCbor(bytes, LIMITS.leafBytes), 'caps')
  if (caps.handover !== undefined && caps.owner === undefined) throw new BadInputError('caps: a handover to no owner key')
  return caps
}

/**
 * Entry kinds the home acts on. Others up to 255 are carried as data by homes that do not know them.
 * `control` payloads are signed owner actions.
 */
export const ENTRY_KIND = { data: 0, commit: 1, control: 2 } as const

/** What the payload of an entry of a kind may take, in bytes. */
export function payloadLimit (kind: number): number { return kind === ENTRY_KIND.commit ? LIMITS.commitBytes : LIMITS.entryBytes }

/** What an author hands to a log's home. */
export interface Append {
  id: EntryId
  kind: number
  payload: Uint8Array
  /** For a commit: the seq of the last commit (0 before the first). */
  base?: number
  /** For a commit: the next epoch's keys. */
  caps?: Caps
  /** SHA-256 hashes of the author's and the admins' eraser secrets. */
  erasers?: Digest[]
  /** Append only if this is the log's last seq. */
  expectHead?: number
  /** Append only if the log is in this term: what a takeover took back comes before anything new. */
  expectTerm?: number
}

/** What the chain covers of an entry. `entry` is SHA-256 of the payload, so the payload can be erased and the chain stays whole. */
export interface Leaf {
  seq: number
  id: EntryId
  kind: number
  base: number | null
  caps: Uint8Array | null
  erasers: Digest[]
  /** The home's clock at the append, ms since 1970. */
  time: number
  entry: Digest
}

/** An entry as a home keeps and sends it. The leaf's bytes are kept as they were hashed. */
export interface StoredEntry {
  leaf: Uint8Array
  /** Null once erased. */
  payload: Uint8Array | null
}

const leafShape = shape.tuple(
  shape.literal(1), shape.uint(undefined, 1), shape.bytes(ENTRY_ID_LENGTH), shape.uint(255),
  shape.nullable(shape.uint()), shape.nullable(shape.bytes({ max: LIMITS.leafBytes })), shape.array(digest, 2), shape.uint(), digest
)

/** A leaf as canonical dag-cbor: `[1, seq, id, kind, base, caps, erasers, time, entry]`. */
export function encodeLeaf (leaf: Leaf): Uint8Array {
  return encodeBriefly([1, leaf.seq, leaf.id, leaf.kind, leaf.base, leaf.caps, leaf.erasers, leaf.time, leaf.entry])
}

/** A leaf from its bytes. @throws BadInputError when they are no leaf */
export function decodeLeaf (bytes: Uint8Array): Leaf {
  const [, seq, id, kind, base, caps, erasers, time, entry] = leafShape(decodeCbor(bytes, LIMITS.leafBytes), 'leaf')
  return { seq, id, kind, base, caps, erasers, time, entry }
}

/** The leaf that an append gets at `seq` and home time `time` (ms). `entry`: its payload's hash, where that is known. */
export function leafFor (append: Append, seq: number, time: number, entry = entryHash(append.payload)): Leaf {
  return {
    seq,
    id: append.id,
    kind: append.kind,
    base: append.base ?? null,
    caps: append.caps === undefined ? null : encodeCaps(append.caps),
    erasers: append.erasers ?? [],
    time,
    entry
  }
}

/** SHA-256 of a payload: what an author recognises its own sealing by, in whatever place. */
export function entryHash (payload: Uint8Array): Digest { return sha256(payload) }
/** The chain's start: `hash_0 = SHA-256(label ‖ log ‖ first home)`. */
export function chainStart (log: LogId, home: KeyBytes): Digest { return labelledHash(LABELS.chainStart, log, home) }
/** The chain's next link: `hash_n = SHA-256(label ‖ hash_{n-1} ‖ leaf_n)`, over the leaf's bytes. */
export function chainNext (previous: Digest, leaf: Uint8Array): Digest { return labelledHash(LABELS.chain, previous, leaf) }
/** What stands in a leaf for an eraser secret: SHA-256(label ‖ log ‖ secret). */
export function eraserHash (log: LogId, secret: Uint8Array): Digest { return labelledHash(LABELS.eraser, log, secret) }
