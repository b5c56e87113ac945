/** Signs what the home says of its logs: everything that comes up in one tick shares one signature. */
import { attest, LIMITS, sameBytes, type Signer, type Statement } from '../../protocol/wire/index.js'

/** Told the attested bytes of its statements, in order, or why there are none: one of the two, once. Neither must throw. */
export interface AttestSink {
  attested: (attested: Uint8Array[]) => void
  failed: (error: unknown) => void
}

interface Waiting { readonly statements: Statement[], readonly sink: AttestSink }

/** Statements without those that are said twice: an entry's receipt is its author's answer, and the end of what a follower gets. */
class Said {
  readonly statements: Statement[] = []
  /** By the first bytes of their hashes. Two that share them stand here one after the other; the second is found no more. */
  readonly #places = new Map<number, number>()

  /** Where a statement stands. */
  place (statement: Statement): number {
    const { hash } = statement
    const key = (hash[0] ?? 0) << 24 | (hash[1] ?? 0) << 16 | (hash[2] ?? 0) << 8 | (hash[3] ?? 0)
    const known = this.#places.get(key)
    const there = known === undefined ? undefined : this.statements[known]
    if (known !== undefined && there !== undefined && isSame(there, statement)) return known
    if (known === undefined) this.#places.set(key, this.statements.length)
    return this.statements.push(statement) - 1
  }
}

/** Whether two statements are one. What the hash covers, the entry and its time, need not be compared. */
function isSame (a: Statement, b: Statement): boolean {
  return a.type === b.type && a.seq === b.seq && a.term === b.term && a.time === b.time && sameBytes(a.hash, b.hash) && sameBytes(a.log, b.log)
}

/** See the file's head. One fsync's appends resolve in one tick, so a signature covers a whole group commit. */
export class Attester {
  readonly #signer: Signer
  readonly #later: (run: () => void) => void
  readonly #onBatch: (size: number) => void
  #waiting: Waiting[] = []
  #scheduled = false

  /** `later` runs after everything of this tick; process.nextTick unless told. `onBatch` is told each batch's size. */
  constructor (signer: Signer, options: { later?: (run: () => void) => void, onBatch?: (size: number) => void } = {}) {
    this.#signer = signer
    this.#later = options.later ?? (run => { process.nextTick(run) })
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

  /** The attested bytes of one statement. */
  async attestOne (statement: Statement): Promise<Uint8Array> {
    const [attested] = await this.attest([statement])
    return attested ?? new Uint8Array()
  }

  #flush (): void {
    this.#scheduled = false
    const waiting = this.#waiting
    this.#waiting = []
    for (let from = 0; from < waiting.length;) {
      let size = 0
      let to = from
      for (let next = waiting[to]; next !== undefined && (to === from || size + next.statements.length <= 2 ** LIMITS.receiptPath); next = waiting[++to]) size += next.statements.length
      this.#sign(waiting.slice(from, to))
      from = to
    }
  }

  #sign (group: Waiting[]): void {
    const said = new Said()
    const places: number[] = []
    let attested: Uint8Array[]
    try {
      for (const { statements } of group) for (const statement of statements) places.push(said.place(statement))
      attested = attest(said.statements, this.#signer)
      this.#onBatch(said.statements.length)
    } catch (error) {
      for (const { sink } of group) sink.failed(error)
      return
    }
    let next = 0
    for (const { statements, sink } of group) sink.attested(statements.map(() => attested[places[next++] ?? 0] ?? new Uint8Array()))
  }
}
