/**
 * A relay made from a backup has forgotten what it acknowledged after it. Were it to go on as if nothing had happened, it
 * would give a number a second time, to another entry, in one term: two chains signed by one home. Who may open a new
 * term is the log's owner, not the relay. So, for a store that is a copy:
 *
 * - At first nothing is appended to the logs that came with it (LIMITS.restoredQuietMs): those who use them come back and
 *   say, by where they want to follow on, how far they had read.
 * - A log of which somebody with the right to read has seen more than there is takes no appends any more. It can be read.
 */
import { decodeCbor, encodeCbor, LIMITS, ReadOnlyError, shape, UnavailableError } from '../../protocol/wire/index.js'
import type { Clock, Store } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import type { NamedLog } from '../peer.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

const quietShape = shape.tuple(shape.literal(1), shape.uint(), shape.uint())
const behindShape = shape.tuple(shape.literal(1), shape.uint())

type Parts = Pick<Store, 'info' | 'records'>

/** See the file's head. Of a store that is no copy it knows nothing and refuses nothing. */
export class Restored {
  readonly #records: Store['records']
  readonly #log: Logger
  readonly #copied: number | undefined
  /** Whether more was seen of a log (map key) than there is. */
  isBehind (log: string): boolean { return this.#behind.has(log) }

  /** Until when the logs that came with the copy are quiet, ms. */
  #quietUntil = 0
  /** The highest number seen of each log that is behind (map key). */
  readonly #behind = new Map<string, number>()

  private constructor ({ records, info }: Parts, log: Logger) {
    this.#records = records
    this.#log = log
    this.#copied = info.copied
  }

  /**
   * Reads what is known of the copy; `onFirst` runs at the first start upon it, before the quiet time begins.
   *
   * @throws ReadOnlyError when the disk does not take that there was a first start
   */
  static async of (store: Parts, clock: Clock, log: Logger, onFirst: () => Promise<void>): Promise<Restored> {
    const restored = new Restored(store, log)
    if (restored.#copied === undefined) return restored
    const record = await store.records.get(recordKey('restored'))
    const [, copied, until] = record === undefined ? [] : quietShape(decodeCbor(record.value, 64), 'restored')
    restored.#quietUntil = until ?? 0
    if (copied !== restored.#copied) {
      await onFirst()
      restored.#quietUntil = clock.now() + LIMITS.restoredQuietMs
      await store.records.put(recordKey('restored'), encodeCbor([1, restored.#copied, restored.#quietUntil]))
    }
    for await (const [key, { value }] of store.records.list(recordKey('behind'))) {
      restored.#behind.set(mapKey(recordKeyRest('behind', key)), behindShape(decodeCbor(value, 64), 'behind')[1])
    }
    return restored
  }

  /** How many logs are behind what was seen of them. */
  get behind (): number { return this.#behind.size }

  /** Until when the logs that came with the copy take no appends, ms; 0 when this is no copy. */
  get quietUntil (): number { return this.#quietUntil }

  /** Checks that a log may grow. @throws ReadOnlyError when it is behind, UnavailableError with `details.retryMs` in the quiet time */
  requireCurrent (log: string, meta: { created: number }, head: number, now: number): void {
    if (this.#copied === undefined) return
    const seen = this.#behind.get(log)
    if (seen !== undefined) {
      throw new ReadOnlyError(`the relay was restored from a backup: this log ends at entry ${head}, and entry ${seen} was acknowledged before; it takes nothing more`, { details: { restored: true, head, seen } })
    }
    if (now < this.#quietUntil && meta.created <= this.#copied) {
      throw new UnavailableError('the relay was restored from a backup and looks first who has seen more than it holds: try again later, with the same ids', { details: { restored: true, retryMs: this.#quietUntil - now } })
    }
  }

  /** Somebody who may read the log asks for what comes after `after`: has it seen more than there is? */
  asked (log: NamedLog, after: number, head: number): void {
    if (this.#copied === undefined || after <= head || after <= (this.#behind.get(log.name) ?? 0)) return
    this.#behind.set(log.name, after)
    this.#log('error', 'log.behind', { head, seen: after })
    // Not waited for: who was lost to a crash asks again.
    this.#records.put(recordKey('behind', log.log), encodeCbor([1, after])).catch((error: unknown) => {
      this.#log('error', 'log.behind.not-kept', { reason: error instanceof Error ? error.name : 'unknown' })
    })
  }

  /** The log is gone. */
  async forget (log: Uint8Array): Promise<void> {
    if (this.#behind.delete(mapKey(log))) await this.#records.delete(recordKey('behind', log))
  }
}
