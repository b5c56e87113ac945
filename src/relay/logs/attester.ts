/** Signs what the home says of its logs: everything that comes up in one tick shares one signature. */
import { attest, attestOnPool, LIMITS, type Signer, type Statement } from '../../protocol/wire/index.js'
import { AttestGroup, Prepared, type AttestSink, type Place, type Waiting } from './attest-group.js'

/** Of more at once much is going on: all processors are at work, a thread would come to it late, and the loop has its turn. */
const FEW = 4

/** See the file's head. One fsync's appends resolve in one tick, so a signature covers a whole group commit. */
export class Attester {
  readonly #signer: Signer
  readonly #later: (run: () => void) => void
  readonly #onBatch: (size: number) => void
  readonly #meanwhile: (run: () => void) => void
  #waiting: Waiting[] = []
  #scheduled = false
  #prepared: Prepared[] = []
  #lastPrepared: AttestGroup | undefined

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
  attest (statements: readonly Statement[]): Promise<Uint8Array[]> {
    if (statements.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => { this.attestFor(statements, { attested: resolve, failed: reject }) })
  }

  /** Like {@link attest}, of at least one, told by a call in place of a promise. */
  attestFor (statements: readonly Statement[], sink: AttestSink): void {
    this.#waiting.push({ statements, sink })
    if (this.#scheduled) return
    this.#scheduled = true
    // A tick queued among microtasks runs when they are all done: after the last append of the same fsync has been heard.
    this.#later(() => { this.#flush() })
  }

  /**
   * Signs statements, at least one, of what is being written now, all that come up in one tick together: signing need not
   * wait for the disk, nor, where there are few, the event loop for the signing. See {@link Prepared}.
   */
  prepare (statements: readonly Statement[]): Prepared {
    const prepared = new Prepared(statements)
    if (this.#prepared.push(prepared) === 1) this.#meanwhile(() => { this.#prepareAll() })
    return prepared
  }

  /** The attested bytes of a statement that was signed with what was just written: the end of what a follower gets is an entry's receipt. */
  prepared (statement: Place): Uint8Array | undefined { return this.#lastPrepared?.attested(statement) }

  /** The attested bytes of one statement. */
  async attestOne (statement: Statement): Promise<Uint8Array> {
    const group = this.#lastPrepared
    const prepared = group?.attested(statement)
    if (prepared !== undefined) return prepared
    const attested = group?.has(statement) === true
      ? new Promise<Uint8Array[]>((resolve, reject) => { group.add({ statements: [statement], sink: { attested: resolve, failed: reject } }) })
      : this.attest([statement])
    return (await attested)[0] ?? new Uint8Array()
  }

  #flush (): void {
    this.#scheduled = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const group of groups(waiting)) this.#sign(group)
  }

  #prepareAll (): void {
    const wanted = this.#prepared.filter(({ isDropped }) => !isDropped)
    this.#prepared = []
    for (const prepared of wanted) prepared.isBegun = true
    for (const group of groups(wanted.map(prepared => ({ statements: prepared.statements, sink: prepared })))) {
      this.#lastPrepared = group
      if (group.statements.length <= FEW) this.#signOnPool(group)
      else this.#sign(group)
    }
  }

  #sign (group: AttestGroup): void {
    try {
      this.#signed(group, attest(group.statements, this.#signer))
    } catch (error) {
      this.#failed(group, error)
    }
  }

  #signOnPool (group: AttestGroup): void {
    try {
      attestOnPool(group.statements, this.#signer, (error, attested) => {
        if (error === null) this.#signed(group, attested)
        else this.#failed(group, error)
      })
    } catch (error) {
      this.#failed(group, error)
    }
  }

  #failed (group: AttestGroup, error: unknown): void {
    if (this.#lastPrepared === group) this.#lastPrepared = undefined
    group.failed(error)
  }

  #signed (group: AttestGroup, attested: readonly Uint8Array[]): void {
    this.#onBatch(group.statements.length)
    group.signed(attested)
  }
}

/** In order, and as few as may be. */
function groups (waiting: readonly Waiting[]): AttestGroup[] {
  const all: AttestGroup[] = []
  let size = Infinity
  for (const one of waiting) {
    size += one.statements.length
    if (size > 2 ** LIMITS.receiptPath) {
      all.push(new AttestGroup())
      size = one.statements.length
    }
    all.at(-1)?.add(one)
  }
  return all
}
