/**
 * An operator's word that a log is served no more. Its bytes stay until the account that pays for it is deleted. The word
 * outlives them: a log that is brought again, or mirrored, is still down.
 */
import { BadInputError, base32Text, decodeCbor, encodeCbor, LIMITS, NotFoundError, shape, type LogId } from '../protocol/wire/index.js'
import type { Clock, RecordStore, Store } from '../store/index.js'
import { mapKey } from './bytes-text.js'
import { decodeMeta, encodeMeta, withDown } from './logs/meta.js'
import { recordKey, recordKeyRest } from './record-keys.js'

/** A log that is down. Times in ms. */
export interface TakenDown { readonly log: string, readonly reason: string, readonly time: number }

const takedownShape = shape.tuple(shape.literal(1), shape.uint(), shape.text(LIMITS.nameBytes))

/** Why the operator took a log down, also while it is not here; null when it is not down. */
export async function downReason (records: RecordStore, log: LogId): Promise<string | null> {
  const record = await records.get(recordKey('takedown', log))
  return record === undefined ? null : takedownShape(decodeCbor(record.value, 1024), 'takedown')[2]
}

/** See the file's head. The word itself stands in the log's meta, so that it is read with every append and read. */
export class Takedowns {
  readonly #store: Store
  readonly #clock: Clock
  readonly #onChange: (log: string) => void

  /** `onChange` is told each log (map key) that went down or up. */
  constructor (store: Store, clock: Clock, onChange: (log: string) => void) {
    this.#store = store
    this.#clock = clock
    this.#onChange = onChange
  }

  /** @throws NotFoundError when the log is not here, BadInputError for a reason over LIMITS.nameBytes */
  async takeDown (log: LogId, reason: string): Promise<TakenDown> {
    if (reason === '') throw new BadInputError('say why: the reason is shown to those who use the log')
    shape.text(LIMITS.nameBytes)(reason, 'reason')
    const time = this.#clock.now()
    await this.#set(log, reason)
    await this.#store.records.put(recordKey('takedown', log), encodeCbor([1, time, reason]))
    return { log: base32Text(log), reason, time }
  }

  /** @throws NotFoundError when the log is not here, nor was taken down while it was */
  async lift (log: LogId): Promise<void> {
    const wasDown = await this.#store.records.delete(recordKey('takedown', log))
    try {
      await this.#set(log, null)
    } catch (error) {
      if (!wasDown || !(error instanceof NotFoundError)) throw error
    }
  }

  /** Logs that are down. */
  async list (): Promise<TakenDown[]> {
    const all: TakenDown[] = []
    for await (const [key, { value }] of this.#store.records.list(recordKey('takedown'))) {
      const [, time, reason] = takedownShape(decodeCbor(value, 1024), 'takedown')
      all.push({ log: base32Text(recordKeyRest('takedown', key)), reason, time })
    }
    return all
  }

  async #set (log: LogId, reason: string | null): Promise<void> {
    await this.#store.logs.updateMeta(log, head => ({ meta: encodeMeta(withDown(decodeMeta(head.meta), reason)) }))
    this.#onChange(mapKey(log))
  }
}
