/** Signs what the home says of its logs: everything that comes up in one tick shares one signature. */
import { attest, LIMITS, type Signer, type Statement } from '../../protocol/wire/index.js'

interface Waiting {
  readonly statements: Statement[]
  readonly resolve: (attested: Uint8Array[]) => void
  readonly reject: (error: unknown) => void
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
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statements, resolve, reject })
      if (this.#scheduled) return
      this.#scheduled = true
      // A tick queued among microtasks runs when they are all done: after the last append of the same fsync has been heard.
      this.#later(() => { this.#flush() })
    })
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
      this.#sign(waiting.slice(from, to), size)
      from = to
    }
  }

  #sign (group: Waiting[], size: number): void {
    try {
      const attested = attest(group.flatMap(one => one.statements), this.#signer)
      this.#onBatch(size)
      let at = 0
      for (const { statements, resolve } of group) {
        resolve(attested.slice(at, at + statements.length))
        at += statements.length
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}
