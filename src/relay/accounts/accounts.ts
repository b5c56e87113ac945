/** Which accounts the relay hosts. */
import { ConflictError, decodeCbor, encodeCbor, shape, type KeyBytes } from '../../protocol/wire/index.js'
import type { RecordStore } from '../../store/index.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

const recordShape = shape.tuple(shape.literal(1), shape.uint())

/** The hosted accounts. */
export class Accounts {
  readonly #records: RecordStore
  #count = 0

  constructor (records: RecordStore) { this.#records = records }

  /** How many there are, after {@link recover}. */
  get count (): number { return this.#count }

  /** Counts what is there. Once, before use. */
  async recover (): Promise<void> {
    this.#count = 0
    for await (const [_key] of this.#records.list(recordKey('account'))) this.#count++
  }

  /** Every hosted account. */
  async * all (): AsyncGenerator<KeyBytes> {
    for await (const [key] of this.#records.list(recordKey('account'))) yield recordKeyRest('account', key).slice()
  }

  /** Since when the account is hosted, ms; undefined when it is not. */
  async hostedSince (account: KeyBytes): Promise<number | undefined> {
    const record = await this.#records.get(recordKey('account', account))
    return record === undefined ? undefined : recordShape(decodeCbor(record.value, 64), 'account')[1]
  }

  /** Hosts the account from now on. */
  async host (account: KeyBytes, now: number): Promise<void> {
    try {
      await this.#records.put(recordKey('account', account), encodeCbor([1, now]), { ifRev: 0 })
      this.#count++
    } catch (error) {
      // Two of its devices may come at once: it is hosted, and counts once.
      if (!(error instanceof ConflictError)) throw error
    }
  }

  /** Hosts it no longer. */
  async forget (account: KeyBytes): Promise<void> {
    if (await this.#records.delete(recordKey('account', account))) this.#count--
  }
}
