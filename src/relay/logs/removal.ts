/** Taking a whole log away. What stays is a mark: its numbers must not start again in a term that this home has signed. */
import { decodeCbor, encodeCbor, NotFoundError, shape, type LogId } from '../../protocol/wire/index.js'
import type { RecordStore } from '../../store/index.js'
import { recordKey } from '../record-keys.js'
import type { LogContext } from './context.js'
import type { Grants } from './grants.js'
import { decodeMeta } from './meta.js'

/** Of a log that was removed before there were terms, the mark says no more than that: it was in its first. */
const oldShape = shape.tuple(shape.literal(1))
const goneShape = shape.tuple(shape.literal(2), shape.uint())

/** Marks a log as gone, after a last term in which this home may have signed something. A mark of a later term stays. */
export async function markGone (records: RecordStore, log: LogId, term: number): Promise<void> {
  const before = await goneTerm(records, log) ?? 0
  await records.put(recordKey('gone', log), encodeCbor([2, Math.max(before, term)]))
}

/** The last term of a log that was here and is gone; undefined when it never was. */
export async function goneTerm (records: RecordStore, log: LogId): Promise<number | undefined> {
  const record = await records.get(recordKey('gone', log))
  if (record === undefined) return undefined
  const value = decodeCbor(record.value, 64)
  if (Array.isArray(value) && value[0] === 1) return oldShape(value, 'gone') && 1
  return goneShape(value, 'gone')[1]
}

/** See the file's head. */
export class Removal {
  readonly #context: LogContext
  readonly #grants: Grants
  readonly #onGone: (log: string) => void

  /** `onGone` is told each log (map key) that is gone. */
  constructor (context: LogContext, grants: Grants, onGone: (log: string) => void) {
    this.#context = context
    this.#grants = grants
    this.#onGone = onGone
  }

  /** Removes a log that `payer` pays for, with all that is kept for it. Harmless when it is gone already. Names are map keys. */
  async remove (log: LogId, name: string, payer: string): Promise<void> {
    await this.mark(log)
    await this.removeCopy(log, name, payer)
  }

  /** The same of a copy in which this home has signed nothing: no mark is needed. */
  async removeCopy (log: LogId, name: string, payer: string): Promise<void> {
    const { store, ledger, restored, scrubber, erasures, whereabouts } = this.#context
    await this.#grants.removeAll(log)
    await restored.forget(log)
    await erasures.forget(log)
    await store.logs.remove(log)
    await scrubber.expect(log)
    ledger.forget(payer, name)
    whereabouts.forget(name)
    this.#onGone(name)
  }

  /**
   * Leaves the mark. A log that never began its term here has nothing signed in it; the term of the order by which it
   * comes is anybody's word, and a mark of it would keep the log's owner out. Of a log that was here before, the mark was
   * left when it began to come again.
   */
  async mark (log: LogId): Promise<void> {
    const { logs, records } = this.#context.store
    try {
      const { term, meta } = await logs.head(log)
      const at = decodeMeta(meta).elsewhere?.at
      if (at !== 'mirror' && at !== 'coming') await markGone(records, log, term)
    } catch (error) {
      // Interrupted and begun again: the mark is there since before.
      if (!(error instanceof NotFoundError)) throw error
    }
  }
}
