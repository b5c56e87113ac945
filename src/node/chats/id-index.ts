/**
 * At which numbers of a chat message ids are found. For each number 32 bits of its id, enciphered, stand in a row: so few
 * that all of a chat are in memory while it is used, and whoever takes thousands of entries asks the disk for none of
 * their ids. What is found by them is looked at: of a million messages one in four thousand ids hits another's bits.
 */
import { createCipheriv, type Cipheriv } from 'node:crypto'
import { BadInputError, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, type EntryId, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'

/** Numbers of a record: one more message writes it anew. */
const SEGMENT = 256
const MARK_BYTES = 4
/** Ids of a list from which on it is gone through once for all of them, and not once for each. */
const MANY = 8

const segmentShape = shape.tuple(shape.literal(1), shape.bytes({ max: SEGMENT * MARK_BYTES }))

/** The bits of ids, by segment; 0: no id is found at that number. */
type Segments = Map<number, Uint32Array>

/** Changes of it on their way to the disk. */
export interface IdChange { readonly ops: KeyValueOp[], /** Call it once they are durable. */ readonly done: () => void }

/** Tells which ids were found where before there was this index. */
export type OldIds = () => AsyncIterable<{ readonly seq: number, readonly id: EntryId }>

/** Those in memory, the one that was used last at the end. */
const inMemory = new Map<IdIndex, number>()

/** See the file's head. What changes it is done in turns; it is read at any time. */
export class IdIndex {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #log: LogId
  readonly #old: OldIds
  #cipher: Cipheriv | undefined
  #segments: Promise<Segments> | undefined

  constructor (kv: KeyValueStore, keys: RecordKeys, log: LogId, old: OldIds) {
    this.#kv = kv
    this.#keys = keys
    this.#log = log
    this.#old = old
  }

  /** For each id, by its mark, the numbers at which it may be found, ascending. */
  async find (marks: Uint32Array): Promise<ReadonlyArray<readonly number[]>> { return numbersOf(await this.#all(), marks) }

  /** The changes by which ids, by their marks, are found at these numbers from now on, and at others no more. */
  async change (seqs: readonly number[], marks: ArrayLike<number>, gone: Iterable<number>): Promise<IdChange> {
    const segments = await this.#all()
    const changed: Segments = new Map()
    const at = (seq: number): Uint32Array => {
      const n = segmentOf(seq)
      let marks = changed.get(n)
      if (marks === undefined) changed.set(n, marks = segments.get(n)?.slice() ?? new Uint32Array(SEGMENT))
      return marks
    }
    for (const seq of gone) at(seq)[(seq - 1) % SEGMENT] = 0
    for (let i = 0; i < seqs.length; i++) {
      const seq = seqs[i] ?? 0
      at(seq)[(seq - 1) % SEGMENT] = marks[i] ?? 0
    }
    const apply = (known: Segments): void => { for (const [n, of] of changed) known.set(n, of) }
    const done = (): void => {
      apply(segments)
      // What was read meanwhile may be from before.
      this.#segments?.then(apply, () => undefined)
    }
    return { ops: [...changed].map(([n, of]) => this.#op(n, of)), done }
  }

  /** Reads it anew when it is used: what is on the disk is not known, or there is no room. */
  forget (): void {
    this.#segments = undefined
    inMemory.delete(this)
  }

  async #all (): Promise<Segments> {
    const reading = this.#segments ??= this.#read()
    try {
      const segments = await reading
      if (this.#segments === reading) use(this, segments)
      return segments
    } catch (error) {
      if (this.#segments === reading) this.forget()
      throw error
    }
  }

  async #read (): Promise<Segments> {
    const segments: Segments = new Map()
    if (await this.#kv.get(this.#wholeKey) === undefined) await this.#makeFromOld()
    for await (const [key, bytes] of this.#kv.iterate({ gte: this.#key(0), lt: this.#wholeKey })) segments.set(numberOf(key), decodeSegment(bytes))
    return segments
  }

  /** A home from before this index: it is made once, and is whole when that is written. */
  async #makeFromOld (): Promise<void> {
    let [n, marks]: [number, Uint32Array] = [0, new Uint32Array(SEGMENT)]
    for await (const { seq, id } of this.#old()) {
      if (segmentOf(seq) !== n) {
        await this.#kv.batch([this.#op(n, marks)])
        ;[n, marks] = [segmentOf(seq), new Uint32Array(SEGMENT)]
      }
      marks[(seq - 1) % SEGMENT] = this.marksOf([id])[0] ?? 0
    }
    await this.#kv.batch([this.#op(n, marks), { type: 'put', key: this.#wholeKey, value: encodeCbor(1) }])
  }

  /**
   * What ids are known by here. AES of each (FIPS 197): 16 bytes are one block, and nobody without the key makes ids that
   * hit the same bits.
   */
  marksOf (ids: readonly EntryId[]): Uint32Array {
    const blocks = Buffer.alloc(ids.length * ENTRY_ID_LENGTH)
    // By number, here and below: what goes over them one by one makes an object for each.
    for (let i = 0; i < ids.length; i++) blocks.set(ids[i] ?? [], i * ENTRY_ID_LENGTH)
    this.#cipher ??= createCipheriv('aes-256-ecb', this.#keys.secretOf('ids', this.#log), null)
    const sealed = this.#cipher.update(blocks)
    const marks = new Uint32Array(ids.length)
    for (let i = 0; i < marks.length; i++) marks[i] = sealed.readUInt32LE(i * ENTRY_ID_LENGTH) || 1
    return marks
  }

  #op (n: number, marks: Uint32Array): KeyValueOp {
    const length = marks.findLastIndex(mark => mark !== 0) + 1
    if (length === 0) return { type: 'del', key: this.#key(n) }
    return { type: 'put', key: this.#key(n), value: encodeSegment(marks.subarray(0, length)) }
  }

  #key (n: number): Uint8Array { return this.#keys.numbered('ids', n, this.#log) }
  get #wholeKey (): Uint8Array { return this.#key(Number.MAX_SAFE_INTEGER) }
}

function segmentOf (seq: number): number { return Math.floor((seq - 1) / SEGMENT) }

function encodeSegment (marks: Uint32Array): Uint8Array {
  const bytes = Buffer.alloc(marks.length * MARK_BYTES)
  for (let i = 0; i < marks.length; i++) bytes.writeUInt32LE(marks[i] ?? 0, i * MARK_BYTES)
  return encodeCbor([1, bytes])
}

/** @throws BadInputError */
function decodeSegment (value: Uint8Array): Uint32Array {
  const [, { buffer, byteOffset, length }] = segmentShape(decodeCbor(value, SEGMENT * MARK_BYTES + 16), 'segment of ids')
  if (length % MARK_BYTES !== 0) throw new BadInputError('segment of ids: it ends in the middle of a mark')
  const bytes = Buffer.from(buffer, byteOffset, length)
  return Uint32Array.from({ length: SEGMENT }, (_, i) => i * MARK_BYTES < length ? bytes.readUInt32LE(i * MARK_BYTES) : 0)
}

const NONE: readonly number[] = []

/** Whether no two of these marks are the same: then no two of their ids are. */
export function areDistinct (marks: Uint32Array): boolean {
  const sorted = marks.toSorted()
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) return false
  return true
}

function numbersOf (segments: Segments, marks: Uint32Array): Array<readonly number[]> {
  const numbers = new Array<readonly number[]>(marks.length).fill(NONE)
  if (marks.length === 0) return numbers
  const all = [...segments].sort(([a], [b]) => a - b)
  const add = (i: number, n: number, at: number): void => { numbers[i] = [...numbers[i] ?? NONE, n * SEGMENT + at + 1] }
  if (marks.length < MANY) {
    for (const [i, mark] of marks.entries()) for (const [n, of] of all) for (let at = of.indexOf(mark); at >= 0; at = of.indexOf(mark, at + 1)) add(i, n, at)
    return numbers
  }
  const wanted = new Wanted(marks)
  for (const [n, of] of all) {
    for (let at = 0; at < SEGMENT; at++) {
      const mark = of[at] ?? 0
      // Nothing is made for those that are not wanted: this is done for every message of a chat.
      if (wanted.has(mark)) for (let i = marks.indexOf(mark); i >= 0; i = marks.indexOf(mark, i + 1)) add(i, n, at)
    }
  }
  return numbers
}

/** Marks that are looked for; of nearly all others a few bits say that they are not among them. */
class Wanted {
  static readonly #bits = new Uint8Array(0x1_0000)
  readonly #sorted: Uint32Array

  constructor (marks: Uint32Array) {
    this.#sorted = marks.toSorted()
    Wanted.#bits.fill(0)
    for (let i = 0; i < marks.length; i++) Wanted.#bits[(marks[i] ?? 0) & 0xffff] = 1
  }

  /** Whether it is among them. */
  has (mark: number): boolean {
    if (Wanted.#bits[mark & 0xffff] === 0) return false
    const sorted = this.#sorted
    let from = 0
    let to = sorted.length
    while (from < to) {
      const middle = (from + to) >> 1
      if ((sorted[middle] ?? 0) < mark) from = middle + 1
      else to = middle
    }
    return sorted[from] === mark
  }
}

/** It is used now: others that were not for longest are forgotten while all of them take too much. */
function use (index: IdIndex, segments: Segments): void {
  inMemory.delete(index)
  inMemory.set(index, segments.size * SEGMENT)
  let all = 0
  for (const ids of inMemory.values()) all += ids
  for (const [other, ids] of inMemory) {
    if (all <= LIMITS.idsInMemory || other === index) break
    all -= ids
    other.forget()
  }
}
