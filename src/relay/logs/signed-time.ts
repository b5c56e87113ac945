/**
 * The time that a home signs: the machine's clock, but never back. Whoever keeps two statements of a home compares
 * their times, and a later end with fewer entries proves that it lied (WIRE.md, "What proves that a home lied"): a clock
 * that is set back must not make an honest home look like that. After such a correction signed times stand still
 * until the clock has caught up.
 */
import { decodeCbor, encodeCbor, shape } from '../../protocol/wire/index.js'
import type { Clock, RecordStore } from '../../store/index.js'
import type { Logger } from '../logger.js'
import { recordKey } from '../record-keys.js'

/** How often the last signed time is kept, ms: what a crash forgets stays far below LIMITS.proofMarginMs. */
const KEEP_MS = 60_000

const recordShape = shape.tuple(shape.literal(1), shape.uint())

/** See the file's head. */
export class SignedTime {
  readonly #clock: Clock
  readonly #records: RecordStore
  readonly #log: Logger
  #last: number
  #kept: number

  private constructor (clock: Clock, records: RecordStore, log: Logger, last: number) {
    this.#clock = clock
    this.#records = records
    this.#log = log
    this.#last = last
    this.#kept = last
  }

  /** From the last time that was signed before. */
  static async of (clock: Clock, records: RecordStore, log: Logger): Promise<SignedTime> {
    const kept = await records.get(recordKey('time'))
    const last = kept === undefined ? 0 : recordShape(decodeCbor(kept.value, 64), 'signed time')[1]
    const behind = last - clock.now()
    if (behind > KEEP_MS) log('warn', 'clock.back', { behind })
    return new SignedTime(clock, records, log, last)
  }

  /** Milliseconds since 1970, at least as many as ever before. */
  now (): number {
    this.#last = Math.max(this.#last, this.#clock.now())
    if (this.#last - this.#kept >= KEEP_MS) {
      this.#kept = this.#last
      this.#records.put(recordKey('time'), encodeCbor([1, this.#last])).catch((error: unknown) => {
        this.#log('warn', 'clock.not-kept', { reason: error instanceof Error ? error.name : 'unknown' })
      })
    }
    return this.#last
  }
}
