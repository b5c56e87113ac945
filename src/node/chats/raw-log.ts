/**
 * A chat's entries as they came, one per verified number: so that any member's node is a whole copy of the log, from
 * which it can be brought to another home. Written in the same batch as the rows.
 */
import { decodeCbor, encodeCbor, LIMITS, shape, type LogId, type StoredEntry } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'

const rawShape = shape.tuple(shape.bytes({ max: LIMITS.leafBytes }), shape.nullable(shape.bytes({ max: LIMITS.commitBytes })))

/** The most that {@link encodeRaw} gives. */
export const RAW_BYTES = LIMITS.commitBytes + LIMITS.leafBytes + 64

/** An entry's bytes. */
export function encodeRaw ({ leaf, payload }: StoredEntry): Uint8Array { return encodeCbor([leaf, payload]) }

/** An entry from its bytes. @throws BadInputError */
export function decodeRaw (bytes: Uint8Array): StoredEntry {
  const [leaf, payload] = rawShape(decodeCbor(bytes, RAW_BYTES), 'raw entry')
  return { leaf, payload }
}

/** Reads and writes the entries of one chat. */
export class RawLog {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #log: LogId

  constructor (kv: KeyValueStore, keys: RecordKeys, log: LogId) {
    this.#kv = kv
    this.#keys = keys
    this.#log = log
  }

  /** The change that keeps an entry. */
  put (seq: number, entry: StoredEntry): KeyValueOp { return { type: 'put', key: this.#key(seq), value: encodeRaw(entry) } }
  /** The change that drops one. */
  del (seq: number): KeyValueOp { return { type: 'del', key: this.#key(seq) } }

  /** The entry at a number. */
  async at (seq: number): Promise<StoredEntry | undefined> {
    const bytes = await this.#kv.get(this.#key(seq))
    return bytes === undefined ? undefined : decodeRaw(bytes)
  }

  /** Consecutive entries after `after` up to `to`: at most what one read reply holds, at least one when it is there. Ends before the first that is missing. */
  async page (after: number, to: number): Promise<StoredEntry[]> {
    const entries: StoredEntry[] = []
    let bytes = 0
    for await (const [key, value] of this.#kv.iterate({ gte: this.#key(after + 1), lte: this.#key(Math.min(to, after + LIMITS.readItems)) })) {
      bytes += value.length
      if (numberOf(key) !== after + entries.length + 1 || (entries.length > 0 && bytes > LIMITS.readBytes)) break
      entries.push(decodeRaw(value))
    }
    return entries
  }

  #key (seq: number): Uint8Array { return this.#keys.numbered('raw', seq, this.#log) }
}
