/** Signs what the home says of its logs: everything that comes up in one tick shares one signature. */
import { attest, LIMITS, sameBytes, type Head, type Receipt, type Signer, type Statement } from '../../protocol/wire/index.js'

/** Told the attested bytes of its statements, in order, or why there are none: one of the two, once. Neither must throw. */
export interface AttestSink {
  attested: (attested: Uint8Array[]) => void
  failed: (error: unknown) => void
}

interface Waiting { readonly statements: Statement[], readonly sink: AttestSink }

/** Statements that are signed before they are true, while the disk writes what they say: nobody may see them before it has. */
export class Prepared implements AttestSink {
  readonly statements: Statement[]
  /** In order; undefined until they are signed. */
  bytes: readonly Uint8Array[] | undefined
  /** Nobody waits for it any more. */
  isDropped = false

  constructor (statements: Statement[]) { this.statements = statements }

  attested (attested: readonly Uint8Array[]): void { this.bytes = attested }

  /** They are asked for again, and it is said then. */
  failed (): void { this.isDropped = true }
}

/** What tells a statement from others. A receipt's hash covers the entry and its time, so neither need be known. */
export type Place = Head | Omit<Receipt, 'prev' | 'entry' | 'time'>

/** Statements without those that are said twice: an entry's receipt is its author's answer, and the end of what a follower gets. */
class Said {
  readonly statements: Statement[] = []
  /** By the first bytes of their hashes. Two that share them stand here one after the other; the second is found no more. */
  readonly #places = new Map<number, number>()

  /** Where a statement stands, from now on at the latest. */
  place (statement: Statement): number {
    const key = keyOf(statement)
    const known = this.#at(key, statement)
    if (known !== undefined) return known
    if (!this.#places.has(key)) this.#places.set(key, this.statements.length)
    return this.statements.push(statement) - 1
  }

  /** Where it stands; undefined when it does not. */
  find (statement: Place): number | undefined { return this.#at(keyOf(statement), statement) }

  #at (key: number, statement: Place): number | undefined {
    const known = this.#places.get(key)
    const there = known === undefined ? undefined : this.statements[known]
    return there !== undefined && isSame(there, statement) ? known : undefined
  }
}

function keyOf ({ hash }: Place): number { return (hash[0] ?? 0) << 24 | (hash[1] ?? 0) << 16 | (hash[2] ?? 0) << 8 | (hash[3] ?? 0) }

function isSame (a: Statement, b: Place): boolean {
  if (b.type === 'head' && a.time !== b.time) return false
  return a.type === b.type && a.seq === b.seq && a.term === b.term && sameBytes(a.hash, b.hash) && sameBytes(a.log, b.log)
}

/** See the file's head. One fsync's appends resolve in one tick, so a signature covers a whole group commit. */
export class Attester {
  readonly #signer: Signer
  readonly #later: (run: () => void) => void
  readonly #onBatch: (size: number) => void
  readonly #meanwhile: (run: () => void) => void
  #waiting: Waiting[] = []
  #scheduled = false
  #prepared: Prepared[] = []
  #lastPrepared: { readonly said: Said, readonly attested: readonly Uint8Array[] } | undefined

  /**
   * `later` runs after everything of this tick; process.nextTick unless told. `meanwhile` runs when the event loop has nothing
   * else to do; setImmediate unless told. `onBatch` is told each batch's size.
   */
  constructor (signer: Signer, options: { later?: (run: () => void) => void, meanwhile?: (run: () => void) => void, onBatch?: (size: number) => void } = {}) {
    this.#signer = signer
    this.#later = options.later ?? (run => { process.nextTick(run) })
    this.#meanwhile = options.meanwhile ?? (run => { setImmediate(run) })
    this.#onBatch = options.onBatch ?? (() => undefined)
  }

  /** The attested bytes of the statements, in order. */
  attest (statements: Statement[]): Promise<Uint8Array[]> {
    if (statements.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => { this.attestFor(statements, { attested: resolve, failed: reject }) })
  }

  /** Like {@link attest}, of at least one, told by a call in place of a promise. */
  attestFor (statements: Statement[], sink: AttestSink): void {
    this.#waiting.push({ statements, sink })
    if (this.#scheduled) return
    this.#scheduled = true
    // A tick queued among microtasks runs when they are all done: after the last append of the same fsync has been heard.
    this.#later(() => { this.#flush() })
  }

  /**
   * Signs statements, at least one, of what is being written now, all that come up in one tick together: signing need not
   * wait for the disk. See {@link Prepared}.
   */
  prepare (statements: Statement[]): Prepared {
    const prepared = new Prepared(statements)
    if (this.#prepared.push(prepared) === 1) this.#meanwhile(() => { this.#prepareAll() })
    return prepared
  }

  /** The attested bytes of a statement that was signed with what was just written: the end of what a follower gets is an entry's receipt. */
  prepared (statement: Place): Uint8Array | undefined {
    const place = this.#lastPrepared?.said.find(statement)
    return place === undefined ? undefined : this.#lastPrepared?.attested[place]
  }

  /** The attested bytes of one statement. */
  async attestOne (statement: Statement): Promise<Uint8Array> {
    const prepared = this.prepared(statement)
    if (prepared !== undefined) return prepared
    const [attested] = await this.attest([statement])
    return attested ?? new Uint8Array()
  }

  #flush (): void {
    this.#scheduled = false
    const waiting = this.#waiting
    this.#waiting = []
    this.#signAll(waiting)
  }

  #prepareAll (): void {
    const wanted = this.#prepared.filter(({ isDropped }) => !isDropped)
    this.#prepared = []
    this.#lastPrepared = this.#signAll(wanted.map(prepared => ({ statements: prepared.statements, sink: prepared })))
  }

  /** In batches. @returns the last of them */
  #signAll (waiting: readonly Waiting[]): { said: Said, attested: Uint8Array[] } | undefined {
    let last
    for (let from = 0; from < waiting.length;) {
      let size = 0
      let to = from
      for (let next = waiting[to]; next !== undefined && (to === from || size + next.statements.length <= 2 ** LIMITS.receiptPath); next = waiting[++to]) size += next.statements.length
      last = this.#sign(waiting.slice(from, to))
      from = to
    }
    return last
  }

  #sign (group: Waiting[]): { said: Said, attested: Uint8Array[] } | undefined {
    const said = new Said()
    const places: number[] = []
    let attested: Uint8Array[]
    try {
      for (const { statements } of group) for (const statement of statements) places.push(said.place(statement))
      attested = attest(said.statements, this.#signer)
      this.#onBatch(said.statements.length)
    } catch (error) {
      for (const { sink } of group) sink.failed(error)
      return undefined
    }
    let next = 0
    for (const { statements, sink } of group) sink.attested(statements.map(() => attested[places[next++] ?? 0] ?? new Uint8Array()))
    return { said, attested }
  }
}
