/**
 * The state of a chat at a place of its log, kept at each commit: a takeover from below the reader's place goes back to
 * the last one and replays the entries from there. Keys of an epoch cannot be made again from the log alone.
 */
import { BadInputError, decodeCbor, encodeCbor, LIMITS, shape, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { RecordKeys } from '../records/index.js'
import { decodeChat, encodeChat, type ChatRecord } from './chat-record.js'
import { cursorFromValue, cursorToValue, type Cursor } from './cursor.js'
import { intentShape, type Intent } from './group/intent.js'

/** Of one chat: the first, the newest, and between them ever fewer. A takeover from below is mostly a few entries deep, and a commit is rare. */
const SNAPSHOTS_KEPT = { most: 32, least: 3, bytes: 16 * 1024 * 1024 } as const

/** A chat after the entry `cursor.seq`. */
export interface Snapshot {
  record: ChatRecord
  cursor: Cursor
  /** The entry was this account's own commit: it is adopted from here, since nobody can process their own. */
  ownCommit: boolean
  /** The wishes that it carried out: they are wished again when a takeover loses it. */
  wishes?: Intent[]
}

const snapshotShape = shape.struct({ v: shape.literal(1), record: decodeChat, cursor: cursorFromValue, ownCommit: shape.bool, wishes: shape.optional(shape.array(intentShape, LIMITS.groupIntents)) })
const SNAPSHOT_BYTES = LIMITS.storeValueBytes

/** The snapshots of one chat. Which there are stands in its cursor. */
export class Snapshots {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #log: LogId

  constructor (kv: KeyValueStore, keys: RecordKeys, log: LogId) {
    this.#kv = kv
    this.#keys = keys
    this.#log = log
  }

  /** The cursor that knows of a new snapshot of it, and the changes that write that one and drop the one too many. */
  take (snapshot: Snapshot): { cursor: Cursor, ops: KeyValueOp[], dropped: number[] } {
    const { cursor } = snapshot
    const all = [...(cursor.snapshots ?? []).filter(seq => seq < cursor.seq), cursor.seq]
    const dropped = dropOf(all, keptOf(snapshot.record))
    const kept: Snapshot = { ...snapshot, cursor: { ...cursor, snapshots: all } }
    const value = encodeCbor({ v: 1, record: encodeChat(kept.record), cursor: cursorToValue(kept.cursor), ownCommit: kept.ownCommit, ...kept.wishes === undefined ? {} : { wishes: kept.wishes } })
    // Without it a takeover from below this number finds no way back here, which is better than a log that is not read on.
    if (value.length > SNAPSHOT_BYTES) return { cursor, ops: [], dropped: [] }
    return { cursor: kept.cursor, ops: [{ type: 'put', key: this.#key(cursor.seq), value }, ...dropped.map(seq => this.del(seq))], dropped }
  }

  /** The change that drops one. */
  del (seq: number): KeyValueOp { return { type: 'del', key: this.#key(seq) } }

  /** The snapshot at a number. */
  async at (seq: number): Promise<Snapshot | undefined> {
    const bytes = await this.#kv.get(this.#key(seq))
    if (bytes === undefined) return undefined
    const { record, cursor, ownCommit, wishes } = snapshotShape(decodeCbor(bytes, SNAPSHOT_BYTES), 'snapshot')
    if (cursor.seq !== seq) throw new BadInputError(`the snapshot of entry ${seq} is of entry ${cursor.seq}`)
    return { record, cursor, ownCommit, ...wishes === undefined ? {} : { wishes } }
  }

  #key (seq: number): Uint8Array { return this.#keys.numbered('snapshot', seq, this.#log) }
}

/**
 * Takes out of the numbers in order what is too many, and returns it: the first stays, and of the rest the newer half;
 * of those before goes the one whose neighbours are nearest to each other for their age. So from wherever a takeover
 * leads back to, few commits are replayed. Those of others: over an own one leads only its own snapshot.
 *
 * @internal
 */
export function dropOf (all: number[], keep: number): number[] {
  const dropped: number[] = []
  while (all.length > keep) {
    const newest = all.at(-1) ?? 0
    const old = all.length - Math.ceil(keep / 2)
    const spread = (at: number): number => ((all[at + 1] ?? 0) - (all[at - 1] ?? 0)) / (newest - (all[at - 1] ?? 0))
    let least = 1
    for (let at = 2; at < old; at++) if (spread(at) < spread(least)) least = at
    dropped.push(...all.splice(least, 1))
  }
  return dropped.sort((a, b) => a - b)
}

/** How many snapshots of a chat there are: of a large group's few, whose states take megabytes. */
function keptOf ({ mls, members }: ChatRecord): number {
  const bytes = mls.length + members.reduce((sum, { manifest }) => sum + manifest.length, 0)
  return Math.min(SNAPSHOTS_KEPT.most, Math.max(SNAPSHOTS_KEPT.least, Math.floor(SNAPSHOTS_KEPT.bytes / bytes)))
}
