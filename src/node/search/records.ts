/** The records of the index beside its shards: what a block holds, how far a chat has been taken, and which format it all has. */
import { decodeCbor, encodeCbor, shape, type LogId } from '../../protocol/wire/index.js'
import { nameBytes, type RecordKeys } from '../records/index.js'
import { BLOCK_ROWS } from './shard.js'

/**
 * Of what this code writes, and how it cuts and folds words: an index of another number is made anew. It must change
 * with anything that makes a word other than before.
 */
export const SEARCH_FORMAT = 2

/** What a block holds. Times are bounds: those of a message that was deleted may still count. */
export interface BlockHead {
  /** Messages in it. */
  messages: number
  /** The home's times, ms: first and last. */
  time: [number, number]
  /** The authors' times, ms: first and last. */
  at: [number, number]
}

/** How far a chat has been taken: all numbers up to `seq`, with so many messages. */
export interface Taken { seq: number, messages: number }

const span = shape.tuple(shape.uint(), shape.uint())
const headShape = shape.struct({ messages: shape.uint(BLOCK_ROWS), time: span, at: span })
const takenShape = shape.struct({ seq: shape.uint(), messages: shape.uint() })
const formatShape = shape.struct({ format: shape.uint() })

/** A block's head as bytes. */
export function encodeHead (head: BlockHead): Uint8Array { return encodeCbor(head) }
/** A block's head. @throws BadInputError */
export function decodeHead (bytes: Uint8Array): BlockHead {
  const { messages, time: [t0, t1], at: [a0, a1] } = headShape(decodeCbor(bytes, 256), 'search block')
  return { messages, time: [t0, t1], at: [a0, a1] }
}

/** How far a chat was taken, as bytes. */
export function encodeTaken (taken: Taken): Uint8Array { return encodeCbor(taken) }
/** How far a chat was taken. @throws BadInputError */
export function decodeTaken (bytes: Uint8Array): Taken {
  const { seq, messages } = takenShape(decodeCbor(bytes, 64), 'search state')
  return { seq, messages }
}

/** The format's number as bytes. */
export function encodeFormat (format: number): Uint8Array { return encodeCbor({ format }) }
/** The format's number. @throws BadInputError */
export function decodeFormat (bytes: Uint8Array): number { return formatShape(decodeCbor(bytes, 64), 'search format').format }

const [HEAD, TAKEN, FORMAT] = ['head', 'taken', 'format'].map(nameBytes) as [Uint8Array, Uint8Array, Uint8Array]

/** Where the index lies. Keys tell neither words nor chats: they are keyed hashes. */
export class SearchKeys {
  readonly #keys: RecordKeys

  constructor (keys: RecordKeys) { this.#keys = keys }

  get format (): Uint8Array { return this.#keys.one('search', FORMAT) }
  get all (): { gte: Uint8Array, lt: Uint8Array } { return this.#keys.all('search') }
  taken (log: LogId): Uint8Array { return this.#keys.one('search', TAKEN, log) }
  head (log: LogId, block: number): Uint8Array { return this.#keys.numbered('search', block, HEAD, log) }
  shard (log: LogId, block: number, shard: string): Uint8Array { return this.#keys.numbered('search', block, log, nameBytes(shard)) }
}

/** The block that a number is in. */
export function blockOf (seq: number): number { return Math.floor((seq - 1) / BLOCK_ROWS) }
/** The place of a number in its block. */
export function placeOf (seq: number): number { return (seq - 1) % BLOCK_ROWS }
/** The first number of a block. */
export function firstOf (block: number): number { return block * BLOCK_ROWS + 1 }
