/** What a log's home has erased, done at a mirror as well. */
import { ForbiddenError, LIMITS, NotFoundError, ProofError, type LogId, type pb } from '../../protocol/wire/index.js'
import type { LogContext } from '../logs/context.js'

/** See the file's head. Runs in the copy's turn. */
export class ToldErasures {
  readonly #erasures: LogContext['erasures']
  readonly #log: LogId
  /** Ordered by an owner key that the copy does not know: it may come with a commit that is still on its way. */
  #early: readonly pb.Erasure[] = []

  constructor ({ erasures }: Pick<LogContext, 'erasures'>, log: LogId) {
    this.#erasures = erasures
    this.#log = log
  }

  /** Carries out what the home tells. @throws ProofError for what no home can have done */
  async take (told: readonly pb.Erasure[]): Promise<void> {
    const early = [...this.#early]
    for (const one of told) if (await this.#carryOut(one) === 'early') early.push(one)
    // Nobody can know that a key never comes: of many such the bytes stay here.
    this.#early = early.slice(-LIMITS.erasuresPerPush)
  }

  /** The copy has gone on: it may know the keys now. @returns whether bytes went by that */
  async again (): Promise<boolean> {
    if (this.#early.length === 0) return false
    const early: pb.Erasure[] = []
    for (const one of this.#early) if (await this.#carryOut(one) === 'early') early.push(one)
    const isLess = early.length < this.#early.length
    this.#early = early
    return isLess
  }

  async #carryOut ({ seq, secret }: pb.Erasure): Promise<'done' | 'early'> {
    try {
      await this.#erasures.carryOut(this.#log, seq, secret)
    } catch (error) {
      // What has not come yet comes without its bytes.
      if (error instanceof NotFoundError) return 'done'
      if (error instanceof ForbiddenError && error.details.owner === 'unknown') return 'early'
      throw error instanceof ForbiddenError ? new ProofError(`the home wants entry ${seq} erased by a secret that does not erase it`, { cause: error }) : error
    }
    return 'done'
  }
}
