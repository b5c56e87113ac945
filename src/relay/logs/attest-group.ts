/** What one signature of the home stands for: its statements, each once, and who waits for them. */
import { sameBytes, type Head, type Receipt, type Statement } from '../../protocol/wire/index.js'

/** Told the attested bytes of its statements, in order, or why there are none: one of the two, once. Neither must throw. */
export interface AttestSink {
  attested: (attested: Uint8Array[]) => void
  failed: (error: unknown) => void
}

/** Statements, at least one, and who wants them. */
export interface Waiting { readonly statements: readonly Statement[], readonly sink: AttestSink }

/** What tells a statement from others. A receipt's hash covers the entry and its time, so neither need be known. */
export type Place = Head | Omit<Receipt, 'prev' | 'entry' | 'time'>

/** Statements that are signed before they are true, while the disk writes what they say: nobody may see them before it has. */
export class Prepared implements AttestSink {
  readonly statements: readonly Statement[]
  /** They are being signed, or have been. */
  isBegun = false
  /** Nobody waits for them any more. */
  isDropped = false
  #bytes: Uint8Array[] | undefined
  #sink: AttestSink | undefined

  constructor (statements: readonly Statement[]) { this.statements = statements }

  attested (attested: Uint8Array[]): void {
    this.#bytes = attested
    this.#sink?.attested(attested)
  }

  /** Who has not come for them yet will ask for them again, and it is said then. */
  failed (error: unknown): void {
    this.isBegun = false
    this.#sink?.failed(error)
  }

  /** They are true now. @returns false, and nothing is told, when nobody has begun to sign them: nobody will */
  tell (sink: AttestSink): boolean {
    if (this.#bytes !== undefined) sink.attested(this.#bytes)
    else if (this.isBegun) this.#sink = sink
    else this.isDropped = true
    return !this.isDropped
  }
}

/** Statements without those that are said twice: an entry's receipt is its author's answer, and the end of what a follower gets. */
export class AttestGroup {
  readonly statements: Statement[] = []
  #attested: readonly Uint8Array[] | undefined
  readonly #waiting: Waiting[] = []
  /** Of all statements of all that wait, one behind the other. */
  readonly #places: number[] = []
  /** By the first bytes of their hashes. Two that share them stand here one after the other; the second is found no more. */
  readonly #known = new Map<number, number>()

  /** From now on it waits too. Once the signing has begun, only for what stands here already. */
  add (waiting: Waiting): void {
    this.#waiting.push(waiting)
    for (const statement of waiting.statements) this.#places.push(this.#place(statement))
  }

  /** The attested bytes of a statement: undefined before they are signed, and when it does not stand here. */
  attested (statement: Place): Uint8Array | undefined {
    const place = this.#attested === undefined ? undefined : this.#find(statement)
    return place === undefined ? undefined : this.#attested?.[place]
  }

  /** Whether a statement stands here. */
  has (statement: Place): boolean { return this.#find(statement) !== undefined }

  /** Tells all that wait. */
  signed (attested: readonly Uint8Array[]): void {
    this.#attested = attested
    let next = 0
    for (const { statements, sink } of this.#waiting.splice(0)) sink.attested(statements.map(() => attested[this.#places[next++] ?? 0] ?? new Uint8Array()))
  }

  /** Tells all that wait. */
  failed (error: unknown): void { for (const { sink } of this.#waiting.splice(0)) sink.failed(error) }

  #place (statement: Statement): number {
    const key = keyOf(statement)
    const known = this.#at(key, statement)
    if (known !== undefined) return known
    if (!this.#known.has(key)) this.#known.set(key, this.statements.length)
    return this.statements.push(statement) - 1
  }

  #find (statement: Place): number | undefined { return this.#at(keyOf(statement), statement) }

  #at (key: number, statement: Place): number | undefined {
    const known = this.#known.get(key)
    const there = known === undefined ? undefined : this.statements[known]
    return there !== undefined && isSame(there, statement) ? known : undefined
  }
}

function keyOf ({ hash }: Place): number { return (hash[0] ?? 0) << 24 | (hash[1] ?? 0) << 16 | (hash[2] ?? 0) << 8 | (hash[3] ?? 0) }

function isSame (a: Statement, b: Place): boolean {
  if (b.type === 'head' && a.time !== b.time) return false
  return a.type === b.type && a.seq === b.seq && a.term === b.term && sameBytes(a.hash, b.hash) && sameBytes(a.log, b.log)
}
