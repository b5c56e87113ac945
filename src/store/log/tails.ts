/**
 * What was appended last, in memory: who follows a log reads it at once, and need not ask the disk for what has just gone
 * there. Only what is durable stands here, and only as long as nothing but appends has changed the log.
 */
import { LIMITS } from '../../protocol/wire/index.js'
import type { LogEntry } from '../contract.js'

/** Values in the order they came, of which the oldest goes first. */
class Line<T> {
  #values: T[] = []
  #gone = 0

  add (value: T): void { this.#values.push(value) }

  take (): T | undefined {
    const value = this.#values[this.#gone]
    if (value === undefined) return undefined
    this.#gone++
    // One by one they would all be moved each time.
    if (this.#gone * 2 > this.#values.length) {
      this.#values = this.#values.slice(this.#gone)
      this.#gone = 0
    }
    return value
  }
}

/**
 * The last entries of one log, as they lie on the disk, without a gap up to its durable head. Where each lies, and no object
 * for it: what is kept so long costs more to collect than all that an append makes.
 */
class Tail {
  #buffers: ArrayBufferLike[] = []
  /** Start and length of each. */
  #places: number[] = []
  /** Of these, how many have given way. */
  #gone = 0
  /** The first one's number. */
  first: number

  constructor (first: number) { this.first = first }

  /** The number behind the last one's. */
  get end (): number { return this.first + this.#buffers.length - this.#gone }

  add ({ buffer, byteOffset, length }: Uint8Array): void {
    this.#buffers.push(buffer)
    this.#places.push(byteOffset, length)
  }

  at (seq: number): Uint8Array | undefined {
    const index = this.#gone + seq - this.first
    const buffer = this.#buffers[index]
    return buffer === undefined ? undefined : new Uint8Array(buffer, this.#places[2 * index], this.#places[2 * index + 1])
  }

  dropFirst (): void {
    if (this.#gone === this.#buffers.length) return
    this.#gone++
    this.first++
    // One by one they would all be moved each time.
    if (this.#gone * 2 <= this.#buffers.length) return
    this.#buffers = this.#buffers.slice(this.#gone)
    this.#places = this.#places.slice(2 * this.#gone)
    this.#gone = 0
  }

  clear (): void {
    this.#buffers = []
    this.#places = []
    this.#gone = 0
  }
}

/** Entries by their numbers, both included, and how many bytes of leaf and payload may be read. */
interface Range { readonly from: number, readonly to: number, readonly maxBytes: number }

/** The tails of all logs, by the state they belong to: LIMITS.storeTailBytes in all, and what was kept longest gives way. */
export class Tails<State extends object> {
  readonly #tails = new WeakMap<State, Tail>()
  /** Whose entries came, in their order, and what each takes: also of those that were forgotten since, or this would grow while nothing is kept. */
  readonly #order = new Line<Tail>()
  readonly #sizes = new Line<number>()
  #bytes = 0

  /** Bytes that are kept, or were when they were forgotten and have not given way yet. */
  get bytes (): number { return this.#bytes }

  /** Keeps an entry that is durable now, and behind which nothing came before this one. */
  keep (state: State, seq: number, value: Uint8Array): void {
    let tail = this.#tails.get(state)
    if (tail === undefined) this.#tails.set(state, tail = new Tail(seq))
    tail.add(value)
    this.#order.add(tail)
    this.#sizes.add(value.length)
    this.#bytes += value.length
    while (this.#bytes > LIMITS.storeTailBytes && this.#dropFirst());
  }

  /** The entries of a range, as far as their bytes allow but at least one, each made of its record; undefined when not all of it is here. */
  read (state: State, { from, to, maxBytes }: Range, entryOf: (record: Uint8Array) => LogEntry): LogEntry[] | undefined {
    const tail = this.#tails.get(state)
    if (tail === undefined || from < tail.first || to >= tail.end) return undefined
    const entries: LogEntry[] = []
    let bytes = 0
    for (let seq = from; seq <= to; seq++) {
      const value = tail.at(seq)
      if (value === undefined) return undefined
      const entry = entryOf(value)
      bytes += entry.leaf.length + entry.payload.length
      if (bytes > maxBytes && entries.length > 0) break
      entries.push(entry)
    }
    return entries
  }

  /** Forgets a log's: something else than an append has changed it. */
  forget (state: State): void {
    const tail = this.#tails.get(state)
    if (tail === undefined) return
    this.#tails.delete(state)
    tail.clear()
  }

  /** False when there is none. A tail that was forgotten has nothing in it any more. */
  #dropFirst (): boolean {
    const bytes = this.#sizes.take()
    if (bytes === undefined) return false
    this.#order.take()?.dropFirst()
    this.#bytes -= bytes
    return true
  }
}
