/** What a check of a store looks for and finds. */
import { PetrelError } from '../../protocol/wire/index.js'
import type { Abortable, LogEntry, LogHead } from '../contract.js'

/** Something that does not hold. Never contains a value. */
export interface StoreProblem {
  /** The log's id or the record's key, in hex. */
  readonly where: string
  readonly what: string
}

/** What the caller adds to the check. */
export interface VerifyOptions extends Abortable {
  /** Called for every entry, in order per log: recompute the chain's hash and throw a PetrelError when it does not hold. */
  onEntry?: (log: Uint8Array, entry: LogEntry) => void
  /** Called for every log after its entries. */
  onLog?: (log: Uint8Array, head: LogHead) => void
}

const MAX_PROBLEMS = 100

/** Counts and problems as they come. */
export class Findings {
  logs = 0
  entries = 0
  records = 0
  bytes = 0
  blocks = 0
  blockBytes = 0
  problemCount = 0
  readonly problems: StoreProblem[] = []

  problem (where: Uint8Array, what: string): void {
    this.problemCount++
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ where: Buffer.from(where).toString('hex'), what })
  }

  /** Runs a check of the caller's; what it throws is a problem. */
  guard (where: Uint8Array, check: () => void): void {
    try {
      check()
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
      this.problem(where, error.message)
    }
  }
}
