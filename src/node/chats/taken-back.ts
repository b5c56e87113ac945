/**
 * Entries that a takeover took back: they stood in the log of the term before, above what the new term keeps. They are
 * shown, and appended again with the very same bytes under the same ids, in order, before anything new. No I/O here.
 */
import { base32Text, decodeCaps, decodeCbor, decodeLeaf, encodeCbor, ENTRY_KIND, LIMITS, sameBytes, shape, type Append, type Digest, type EntryId, type Leaf, type LogId, type StoredEntry } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { RecordKeys } from '../records/index.js'
import { pendingShape, type PendingCommit } from './chat-record.js'
import { intentShape, type Intent } from './group/intent.js'
import { isLeft, type LeftBehind } from './promises.js'
import { decodeRaw, encodeRaw, RAW_BYTES } from './raw-log.js'
import { decodeRow, encodeRow, type Row } from './row.js'

/** One such entry. */
export interface BackItem {
  /** Its place among all that were taken back. */
  order: number
  leaf: Leaf
  payload: Uint8Array
  /** The row that it was. */
  row: Row
  /** Its number in the term before. */
  seq: number
  /** It had been read here. */
  read: boolean
  /** Of an own commit: what it leads to. */
  own: OwnCommit | null
}

/** An own commit as it is adopted when it comes again (null: what it led to is kept elsewhere, {@link ownPast}), and the wishes that it had carried out: they are wished again when it does not. */
export interface OwnCommit { pending: PendingCommit | null, wishes: Intent[] }

const ROW_BYTES = LIMITS.entryBytes * 2
const ownShape: shape.Shape<OwnCommit> = shape.struct({ pending: shape.nullable(pendingShape), wishes: shape.array(intentShape, LIMITS.groupIntents) })
const itemShape = shape.struct({
  v: shape.literal(1),
  order: shape.uint(),
  raw: shape.bytes({ max: RAW_BYTES }),
  row: shape.bytes({ max: ROW_BYTES }),
  read: shape.bool,
  // Of an own commit, as a version before wrote it.
  mls: shape.nullable(shape.bytes({ max: LIMITS.mlsStateBytes })),
  own: shape.optional(ownShape)
})

/** An item's bytes. */
export function encodeBack ({ order, row, read, own }: Pick<BackItem, 'order' | 'row' | 'read' | 'own'>, raw: StoredEntry): Uint8Array {
  return encodeCbor({ v: 1, order, raw: encodeRaw(raw), row: encodeRow(row), read, mls: null, ...own === null ? {} : { own: { pending: own.pending === null ? null : shape.open(own.pending), wishes: own.wishes } } })
}

/** An item from its bytes; undefined for an entry that had been erased, which nobody can append again. @throws BadInputError */
export function decodeBack (bytes: Uint8Array): BackItem | undefined {
  const { order, raw, row, read, mls, own } = itemShape(decodeCbor(bytes, LIMITS.storeValueBytes), 'taken back entry')
  const { leaf: leafBytes, payload } = decodeRaw(raw)
  if (payload === null) return undefined
  const leaf = decodeLeaf(leafBytes)
  const { id, base, caps, seq } = leaf
  const before = mls === null || base === null || caps === null ? null : { pending: { id, base, payload, caps, mls, welcome: null, added: [] }, wishes: [] }
  return { order, leaf, payload, row: decodeRow(row), seq, read, own: own ?? before }
}

/** An item as it is appended again. `lastCommit`: the log's last one, which a commit now stands on. */
export function appendOf ({ leaf, payload }: BackItem, lastCommit: number): Append {
  const { id, kind, base, caps, erasers } = leaf
  return { id, kind, payload, erasers, ...base === null ? {} : { base: lastCommit }, ...caps === null ? {} : { caps: decodeCaps(caps) } }
}

/** The epoch in which the home takes it: a commit in the one that it ends. */
export function epochOf ({ leaf, row }: BackItem): number { return leaf.kind === ENTRY_KIND.commit ? row.epoch - 1 : row.epoch }

/** What was taken back of one chat and does not stand in its log again. */
export class TakenBack {
  readonly #keys: RecordKeys
  readonly #log: LogId
  readonly #items = new Map<string, BackItem>()
  readonly #receipts = new Map<string, LeftBehind>()
  readonly #aside = new Set<string>()

  /** @param items - as read from the store, in order */
  constructor (keys: RecordKeys, log: LogId, items: readonly BackItem[]) {
    this.#keys = keys
    this.#log = log
    this.replace(items)
  }

  /** How many there are. */
  get size (): number { return this.#items.size }
  /** All, in order. */
  all (): BackItem[] { return [...this.#items.values()] }
  /** The one of an entry id. */
  get (id: EntryId): BackItem | undefined { return this.#items.size === 0 ? undefined : this.#items.get(base32Text(id)) }
  /** Those that are to be appended and that the home has not receipted, in order. */
  open (): BackItem[] { return this.all().filter(({ leaf }) => !this.#receipts.has(base32Text(leaf.id)) && !this.#aside.has(base32Text(leaf.id))) }
  /** Whether something is receipted that the log has not shown. */
  get isUnderWay (): boolean { return this.#receipts.size > 0 }

  /** The home has it. The log may have shown it before its receipt came. */
  receipted (item: BackItem, { term, seq }: LeftBehind): void { if (this.get(item.leaf.id) !== undefined) this.#receipts.set(base32Text(item.leaf.id), { term, seq }) }

  /** What was receipted is to be appended again, all of it or what another takeover left behind. */
  forgetReceipts (left?: LeftBehind): void {
    for (const [name, receipt] of this.#receipts) if (left === undefined || isLeft(receipt, left)) this.#receipts.delete(name)
  }

  /** Only its author can bring it, sealed anew. */
  setAside (item: BackItem): void { this.#aside.add(base32Text(item.leaf.id)) }

  /** Takes these in place of all before. */
  replace (items: readonly BackItem[]): void {
    this.#items.clear()
    this.#receipts.clear()
    this.#aside.clear()
    for (const item of items) this.#items.set(base32Text(item.leaf.id), item)
  }

  /** Drops one. */
  delete (item: BackItem): void {
    const name = base32Text(item.leaf.id)
    this.#items.delete(name)
    this.#receipts.delete(name)
    this.#aside.delete(name)
  }

  /** Whether these bytes under its id are it. */
  isSame (item: BackItem, entry: Digest): boolean { return sameBytes(item.leaf.entry, entry) }

  /** The change that removes one. */
  del (order: number): KeyValueOp { return { type: 'del', key: this.key(order) } }
  /** Where one lies. */
  key (order: number): Uint8Array { return this.#keys.numbered('back', order, this.#log) }
}
