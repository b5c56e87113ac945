/** Reads a whole store and tells what does not hold. */
import { CorruptError, PetrelError } from '../../protocol/wire/index.js'
import type { Abortable, LogEntry, LogHead } from '../contract.js'
import type { Core } from '../core/index.js'
import { SPACE } from '../keys.js'
import { SLOTS } from '../log/index.js'
import { SlotCheck } from './slot-check.js'

/** Something that does not hold. Never contains a value. */
export interface StoreProblem {
  /** The log's id or the record's key, in hex. */
  readonly where: string
  readonly what: string
}

/** What was found. Sound when `problemCount` is 0. */
export interface StoreReport {
  readonly logs: number
  readonly entries: number
  /** Records and key-values, the store's own included. */
  readonly records: number
  /** Bytes of keys and values. */
  readonly bytes: number
  readonly problemCount: number
  /** The first hundred problems. */
  readonly problems: StoreProblem[]
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

/** Checks every record, and of every log that its entries are whole, linked and end at its head. */
export async function verifyCore (core: Core, options: VerifyOptions): Promise<StoreReport> {
  const findings = new Findings()
  for (let slot = 0; slot < SLOTS; slot++) {
    const check = new SlotCheck(findings, options)
    const range = { gte: Uint8Array.of(slot >> 8, slot & 0xff), lt: Uint8Array.of((slot + 1) >> 8, (slot + 1) & 0xff) }
    for await (const [key, value] of core.survey(range, options)) {
      findings.bytes += key.length + (value instanceof CorruptError ? 0 : value.length)
      check.see(key, value)
    }
    check.finish()
  }
  for await (const [key, value] of core.survey({ gte: SPACE.records }, options)) {
    findings.records++
    if (value instanceof CorruptError) findings.problem(key, value.message)
    else findings.bytes += key.length + value.length
  }
  const { logs, entries, records, bytes, problemCount, problems } = findings
  return { logs, entries, records, bytes, problemCount, problems }
}
