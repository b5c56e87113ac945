/**
 * Numbers of chats whose message changed after it had come: edited, deleted, taken back, or read at last. Written in the
 * batch of the change, so that none is lost; taken off by the index with what it makes of it.
 */
import { decodeCbor, encodeCbor, LIMITS, shape, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'

/** A changed number, and the key of what says so. */
export interface Mark { readonly key: Uint8Array, readonly log: LogId, readonly seq: number }

const markShape = shape.struct({ log: shape.bytes({ min: 1, max: LIMITS.storeIdBytes }), seq: shape.uint(undefined, 1) })

/** See the file's head. */
export class SearchMarks {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  #next: number

  private constructor (kv: KeyValueStore, keys: RecordKeys, next: number) {
    this.#kv = kv
    this.#keys = keys
    this.#next = next
  }

  /** Opens them: each has a number of its own, so that one that is made while another is worked off stays. */
  static async open (kv: KeyValueStore, keys: RecordKeys): Promise<SearchMarks> {
    let next = 1
    for await (const [key] of kv.iterate({ ...bounds(keys), reverse: true, limit: 1 })) next = numberOf(key) + 1
    return new SearchMarks(kv, keys, next)
  }

  /** The change that marks a number. */
  put (log: LogId, seq: number): KeyValueOp { return { type: 'put', key: this.#keys.numbered('searchMark', this.#next++), value: encodeCbor({ log, seq }) } }

  /** The oldest marks, at most `limit`. */
  async first (limit: number): Promise<Mark[]> {
    const marks: Mark[] = []
    for await (const [key, bytes] of this.#kv.iterate({ ...bounds(this.#keys), limit })) {
      const { log, seq } = markShape(decodeCbor(bytes, 256), 'search mark')
      marks.push({ key, log, seq })
    }
    return marks
  }
}

function bounds (keys: RecordKeys): { gte: Uint8Array, lte: Uint8Array } {
  return { gte: keys.numbered('searchMark', 0), lte: keys.numbered('searchMark', Number.MAX_SAFE_INTEGER) }
}
