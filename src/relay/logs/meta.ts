/** What a home keeps beside a log's head: the keys in force and who pays. Written in the same write as the entry that changes it. */
import {
  BadInputError, CorruptError, decodeCbor, encodeCbor, keyShape, LIMITS, sameBytes, shape, type Caps, type KeyBytes, type LogKind
} from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'

/** A read or mirror key that was replaced: it may read up to and including entry `through`. */
export interface OldKey { readonly key: KeyBytes, readonly through: number }

/** Where a log lives that does not live here. */
export type Elsewhere =
  /** Its owner moved it: it is closed, and everybody is sent there. */
  | { readonly at: 'moved', readonly home: KeyBytes, readonly addrs: readonly string[], readonly term: number }
  /** It is being brought here by this order. `keys`: whether the capability keys are known, by the order `open` or a commit. */
  | { readonly at: 'coming', readonly action: Uint8Array, readonly keys: boolean }
  /**
   * This relay mirrors it. `head`: where it ends by the newest word of the home that has come, and the attested bytes;
   * `erasures`: how many of the home's are carried out here; `order`: the owner's signed order that began the term, if it is known.
   */
  | { readonly at: 'mirror', readonly home: KeyBytes, readonly addrs: readonly string[], readonly term: number, readonly head: { readonly seq: number, readonly bytes: Uint8Array } | null, readonly erasures: number, readonly order: Uint8Array | null }

/** A log's state beside its entries. */
export interface LogMeta {
  readonly kind: LogKind
  /** The first home, which the chain starts from. */
  readonly home: KeyBytes
  /** The account whose quota the log counts against. */
  readonly payer: KeyBytes
  /** When it was made here, ms. */
  readonly created: number
  readonly append: KeyBytes
  readonly read: KeyBytes
  readonly owner: KeyBytes
  readonly mirrors: readonly KeyBytes[]
  /** The first replaced read key, then the latest ones, oldest first; those between stand in the log's commits. */
  readonly oldReads: readonly OldKey[]
  /** The latest replaced mirror keys, oldest first. */
  readonly oldMirrors: readonly OldKey[]
  /** The latest replaced owner keys, oldest first. */
  readonly oldOwners: readonly OldKey[]
  /** Why the operator took the log down; null while it is up. */
  readonly down: string | null
  /** Names its gossip topic, if it has one. */
  readonly topic: Uint8Array | null
  /** How many of its entries were erased here: see Erasures. */
  readonly erasures: number
  /** Null while it lives here. */
  readonly elsewhere: Elsewhere | null
  /** The payer as a map key. */
  readonly payerName: string
}

/** Replaced read keys kept with the head: who was away for longer has them found in the log's commits. */
const OLD_READS = 8
/** The same of mirror keys, which a commit replaces only when an account comes or goes. */
const OLD_MIRRORS = 4
/** The same of owner keys, for what was erased by their orders while a mirror was away. */
const OLD_OWNERS = 8
const REASON_BYTES = 1024

const kindShape: shape.Shape<LogKind> = (value, path) => {
  if (value !== 'log' && value !== 'inbox' && value !== 'requests') throw new BadInputError(`${path}: unknown kind of log`)
  return value
}
const parts = [
  kindShape,
  keyShape, keyShape, shape.uint(), keyShape, keyShape, keyShape,
  shape.array(keyShape, LIMITS.mirrorsPerCommit),
  shape.array(shape.tuple(keyShape, shape.uint()), OLD_READS),
  shape.nullable(shape.text(REASON_BYTES))
] as const
/** What only some logs have; a log with nothing of it is written as version 1. */
const extraShape = shape.struct({
  moved: shape.optional(shape.tuple(keyShape, shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay), shape.uint())),
  coming: shape.optional(shape.tuple(shape.bytes({ max: LIMITS.recordBytes + 256 }), shape.bool)),
  mirror: shape.optional(shape.tuple(
    keyShape, shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay), shape.uint(undefined, 1),
    shape.nullable(shape.tuple(shape.uint(), shape.bytes({ max: LIMITS.recordBytes }))), shape.uint()
  )),
  mirrorOrder: shape.optional(shape.bytes({ max: LIMITS.recordBytes + 256 })),
  oldMirrors: shape.optional(shape.array(shape.tuple(keyShape, shape.uint()), OLD_MIRRORS)),
  oldOwners: shape.optional(shape.array(shape.tuple(keyShape, shape.uint()), OLD_OWNERS)),
  erasures: shape.optional(shape.uint(undefined, 1)),
  topic: shape.optional(shape.bytes(32))
})
const plainShape = shape.tuple(shape.literal(1), ...parts)
const metaShape = shape.tuple(shape.literal(2), ...parts, extraShape)

// The store hands out the same bytes as long as a log's meta does not change; decoding them once per change is enough.
const decoded = new WeakMap<Uint8Array, LogMeta>()

/** Meta as the bytes to store. */
export function encodeMeta (meta: LogMeta): Uint8Array {
  // Not remembered as decoded: its keys may be slices of a whole call's body, which would live as long as the log is cached.
  const plain = [
    meta.kind, meta.home, meta.payer, meta.created, meta.append, meta.read, meta.owner, meta.mirrors,
    meta.oldReads.map(old => [old.key, old.through]), meta.down
  ]
  const extra = encodeExtra(meta)
  const bytes = encodeCbor(Object.keys(extra).length === 0 ? [1, ...plain] : [2, ...plain, extra])
  // In memory of its own: the encoder's is a slice of a pool, and one head in the cache would keep 64 KiB of it.
  return Uint8Array.from(bytes)
}

function encodeExtra ({ elsewhere, oldMirrors, oldOwners, erasures, topic }: LogMeta): Record<string, unknown> {
  return {
    ...elsewhere === null ? {} : encodeElsewhere(elsewhere),
    ...oldMirrors.length === 0 ? {} : { oldMirrors: oldMirrors.map(old => [old.key, old.through]) },
    ...oldOwners.length === 0 ? {} : { oldOwners: oldOwners.map(old => [old.key, old.through]) },
    ...erasures === 0 ? {} : { erasures },
    ...topic === null ? {} : { topic }
  }
}

function encodeElsewhere (elsewhere: Elsewhere): Record<string, unknown> {
  if (elsewhere.at === 'mirror') {
    const { home, addrs, term, head, erasures, order } = elsewhere
    return { mirror: [home, addrs, term, head === null ? null : [head.seq, head.bytes], erasures], ...order === null ? {} : { mirrorOrder: order } }
  }
  return elsewhere.at === 'moved' ? { moved: [elsewhere.home, elsewhere.addrs, elsewhere.term] } : { coming: [elsewhere.action, elsewhere.keys] }
}

function decodeExtra (extra: Partial<ReturnType<typeof extraShape>>): Pick<LogMeta, 'elsewhere' | 'oldMirrors' | 'oldOwners' | 'erasures' | 'topic'> {
  const { oldMirrors = [], oldOwners = [], erasures = 0, topic = null } = extra
  const olds = (list: ReadonlyArray<readonly [KeyBytes, number]>): OldKey[] => list.map(([key, through]) => ({ key, through }))
  return { ...decodeElsewhere(extra), oldMirrors: olds(oldMirrors), oldOwners: olds(oldOwners), erasures, topic }
}

function decodeElsewhere ({ moved, coming, mirror, mirrorOrder }: Partial<ReturnType<typeof extraShape>>): Pick<LogMeta, 'elsewhere'> {
  if (moved !== undefined) return { elsewhere: { at: 'moved', home: moved[0], addrs: moved[1], term: moved[2] } }
  if (mirror !== undefined) {
    const [home, addrs, term, head, erasures] = mirror
    return { elsewhere: { at: 'mirror', home, addrs, term, head: head === null ? null : { seq: head[0], bytes: head[1] }, erasures, order: mirrorOrder ?? null } }
  }
  return { elsewhere: coming === undefined ? null : { at: 'coming', action: coming[0], keys: coming[1] } }
}

/** Meta from a head's bytes. @throws CorruptError when they are none */
export function decodeMeta (bytes: Uint8Array): LogMeta {
  const known = decoded.get(bytes)
  if (known !== undefined) return known
  try {
    const value = decodeCbor(bytes, LIMITS.storeMetaBytes)
    const isPlain = Array.isArray(value) && value[0] === 1
    const [, kind, home, payer, created, append, read, owner, mirrors, oldReads, down, extra] = isPlain ? [...plainShape(value, 'log meta'), {}] as const : metaShape(value, 'log meta')
    const meta: LogMeta = {
      kind, home, payer, created, append, read, owner, mirrors, down, ...decodeExtra(extra),
      oldReads: oldReads.map(([key, through]) => ({ key, through })), payerName: mapKey(payer)
    }
    decoded.set(bytes, meta)
    return meta
  } catch (cause) {
    throw new CorruptError('a log\'s keys do not decode: restore from a backup or run doctor', { cause })
  }
}

/** The meta of a fresh log. */
export function firstMeta (log: { kind: LogKind, home: KeyBytes, owner: KeyBytes, payer: KeyBytes, created: number }, caps: Caps): LogMeta {
  const { kind, home, owner, payer, created } = log
  return {
    kind, home, payer, created, append: caps.append, read: caps.read, owner: caps.owner ?? owner,
    mirrors: caps.mirrors ?? [], oldReads: [], oldMirrors: [], oldOwners: [], erasures: 0, topic: caps.topic ?? null, down: null, elsewhere: null, payerName: mapKey(payer)
  }
}

/** The meta after entry `seq` installed `caps`. The read and mirror keys it replaces may still read that entry. */
export function withCaps (meta: LogMeta, caps: Caps, seq: number): LogMeta {
  const kept = meta.oldReads.filter(old => !sameBytes(old.key, caps.read) && !sameBytes(old.key, meta.read))
  const oldReads = sameBytes(meta.read, caps.read) ? kept : shortened([...kept, { key: meta.read, through: seq }])
  return {
    ...meta, append: caps.append, read: caps.read, owner: caps.owner ?? meta.owner, mirrors: caps.mirrors ?? meta.mirrors, oldReads, topic: caps.topic ?? null,
    oldOwners: caps.owner === undefined || sameBytes(caps.owner, meta.owner) ? meta.oldOwners : [...meta.oldOwners, { key: meta.owner, through: seq }].slice(-OLD_OWNERS),
    oldMirrors: caps.mirrors === undefined ? meta.oldMirrors : withoutMirrors(meta, caps.mirrors, seq)
  }
}

function withoutMirrors (meta: LogMeta, mirrors: readonly KeyBytes[], seq: number): OldKey[] {
  const isNow = (key: KeyBytes): boolean => mirrors.some(mirror => sameBytes(mirror, key))
  const replaced = meta.mirrors.filter(key => !isNow(key)).map(key => ({ key, through: seq }))
  const kept = meta.oldMirrors.filter(old => !isNow(old.key) && !replaced.some(one => sameBytes(one.key, old.key)))
  return [...kept, ...replaced].slice(-OLD_MIRRORS)
}

/** No commit names the log's first read key, so it is never left out. */
function shortened (oldReads: OldKey[]): OldKey[] {
  return oldReads.length <= OLD_READS ? oldReads : [...oldReads.slice(0, 1), ...oldReads.slice(1 - OLD_READS)]
}

/** The meta of a log that is taken down for `reason`, or up again. */
export function withDown (meta: LogMeta, reason: string | null): LogMeta { return { ...meta, down: reason } }
