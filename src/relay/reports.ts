/** What people report to the operator: a message they disclose, and what they say about it. */
import {
  base32Text, decodeCbor, encodeCbor, LIMITS, LOG_ID_LENGTH, NotFoundError, QuotaError, shape, TooLargeError, type LogId
} from '../protocol/wire/index.js'
import type { Clock, RecordStore } from '../store/index.js'
import { recordKey, recordKeyRest } from './record-keys.js'

/** A report. */
export interface Report {
  /** Names it for the operator. */
  readonly id: string
  /** When it came, ms. */
  readonly time: number
  readonly log: LogId
  readonly seq: number
  readonly message: Uint8Array
  readonly note: string
}

const reportShape = shape.tuple(
  shape.literal(1), shape.uint(), shape.bytes(LOG_ID_LENGTH), shape.uint(), shape.bytes({ max: LIMITS.reportBytes }), shape.text(LIMITS.reportBytes)
)

/** The reports that wait for the operator. */
export class Reports {
  readonly #records: RecordStore
  readonly #clock: Clock
  readonly #random: (length: number) => Uint8Array
  readonly #max: number
  #count = 0

  constructor (records: RecordStore, clock: Clock, random: (length: number) => Uint8Array, max: number) {
    this.#records = records
    this.#clock = clock
    this.#random = random
    this.#max = max
  }

  /** How many wait. */
  get count (): number { return this.#count }

  /** Counts what is there. Once, before use. */
  async recover (): Promise<void> {
    this.#count = 0
    for await (const [_key] of this.#records.list(recordKey('report'))) this.#count++
  }

  /** Keeps a report. @throws TooLargeError over LIMITS.reportBytes, QuotaError when too many wait, BadInputError */
  async add (report: Omit<Report, 'id' | 'time'>): Promise<void> {
    const bytes = report.message.length + Buffer.byteLength(report.note)
    if (bytes > LIMITS.reportBytes) throw new TooLargeError(`a report of ${bytes} bytes is over the limit of ${LIMITS.reportBytes}`)
    shape.text(LIMITS.reportBytes)(report.note, 'note')
    if (this.#count >= this.#max) throw new QuotaError('too many reports wait for the relay\'s operator: try again later')
    this.#count++
    const time = this.#clock.now()
    const id = Buffer.alloc(14)
    id.writeUIntBE(time, 0, 6)
    id.set(this.#random(8), 6)
    try {
      await this.#records.put(recordKey('report', id), encodeCbor([1, time, report.log, report.seq, report.message, report.note]))
    } catch (error) {
      this.#count--
      throw error
    }
  }

  /** All that wait, oldest first. */
  async list (): Promise<Report[]> {
    const all: Report[] = []
    for await (const [key, { value }] of this.#records.list(recordKey('report'))) {
      const [, time, log, seq, message, note] = reportShape(decodeCbor(value, 2 * LIMITS.reportBytes), 'report')
      all.push({ id: base32Text(recordKeyRest('report', key)), time, log, seq, message, note })
    }
    return all
  }

  /** Forgets one. @throws NotFoundError */
  async drop (id: string): Promise<void> {
    for await (const [key] of this.#records.list(recordKey('report'))) {
      if (base32Text(recordKeyRest('report', key)) !== id) continue
      if (await this.#records.delete(key)) this.#count--
      return
    }
    throw new NotFoundError(`there is no report ${id}`)
  }
}
