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

  /** For each id the numbers at which it may be found, ascending. */
  async find (ids: readonly EntryId[]): Promise<number[][]> { return numbersOf(await this.#all(), this.#marksOf(ids)) }

  /** The changes by which ids are found at numbers from now on, and at others no more. */
  async change (found: ReadonlyMap<number, EntryId>, gone: Iterable<number>): Promise<IdChange> {
    const segments = await this.#all()
    const changed: Segments = new Map()
    const at = (seq: number): Uint32Array => {
      const n = segmentOf(seq)
      let marks = changed.get(n)
      if (marks === undefined) changed.set(n, marks = segments.get(n)?.slice() ?? new Uint32Array(SEGMENT))
      return marks
    }
    for (const seq of gone) at(seq)[(seq - 1) % SEGMENT] = 0
    const marks = this.#marksOf([...found.values()])
    let i = 0
    for (const seq of found.keys()) at(seq)[(seq - 1) % SEGMENT] = marks[i++] ?? 0
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
      marks[(seq - 1) % SEGMENT] = this.#marksOf([id])[0] ?? 0
    }
    await this.#kv.batch([this.#op(n, marks), { type: 'put', key: this.#wholeKey, value: encodeCbor(1) }])
  }

  /** AES of each id (FIPS 197): 16 bytes are one block, and nobody without the key makes ids that hit the same bits. */
  #marksOf (ids: readonly EntryId[]): Uint32Array {
    const blocks = Buffer.alloc(ids.length * ENTRY_ID_LENGTH)
    for (const [i, id] of ids.entries()) blocks.set(id, i * ENTRY_ID_LENGTH)
    this.#cipher ??= createCipheriv('aes-256-ecb', this.#keys.secretOf('ids', this.#log), null)
    const sealed = this.#cipher.update(blocks)
    return Uint32Array.from(ids, (_, i) => sealed.readUInt32LE(i * ENTRY_ID_LENGTH) || 1)
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

function numbersOf (segments: Segments, marks: Uint32Array): number[][] {
  const numbers = Array.from(marks, (): number[] => [])
  if (marks.length === 0) return numbers
  const all = [...segments].sort(([a], [b]) => a - b)
  if (marks.length < MANY) {
    for (const [i, mark] of marks.entries()) for (const [n, of] of all) for (let at = of.indexOf(mark); at >= 0; at = of.indexOf(mark, at + 1)) numbers[i]?.push(n * SEGMENT + at + 1)
    return numbers
  }
  const wanted = new Wanted(marks)
  for (const [n, of] of all) {
    for (let at = 0; at < SEGMENT; at++) {
      const mark = of[at] ?? 0
      // Nothing is made for those that are not wanted: this is done for every message of a chat.
      if (wanted.mayHave(mark)) for (const i of wanted.by(mark)) numbers[i]?.push(n * SEGMENT + at + 1)
    }
  }
  return numbers
}

const NONE: readonly number[] = []

/** Marks that are looked for; of nearly all others a few bits say that they are not among them. */
class Wanted {
  static readonly #bits = new Uint8Array(0x1_0000)
  readonly #places = new Map<number, number[]>()

  constructor (marks: Uint32Array) {
    Wanted.#bits.fill(0)
    for (const [i, mark] of marks.entries()) {
      Wanted.#bits[mark & 0xffff] = 1
      const known = this.#places.get(mark)
      if (known === undefined) this.#places.set(mark, [i])
      else known.push(i)
    }
  }

  /** Whether it may be among them. */
  mayHave (mark: number): boolean { return Wanted.#bits[mark & 0xffff] === 1 }
  /** Where it stands among them. */
  by (mark: number): readonly number[] { return this.#places.get(mark) ?? NONE }
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
