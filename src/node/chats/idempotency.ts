/** Idempotency keys: the message that was sent under one, written in the message's own batch. */
import { decodeCbor, encodeCbor, type EntryId, type LogId } from '../../protocol/wire/index.js'
import { Turns, type KeyValueOp, type KeyValueStore } from '../../store/index.js'
import { nameBytes, type RecordKeys } from '../records/index.js'

/** Finds and records what was sent under a key. */
export class IdempotencyIndex {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  // Two calls with one key at the same moment: the second must wait for the first, whose record is not on the disk yet.
  readonly #turns = new Turns()

  constructor (kv: KeyValueStore, keys: RecordKeys) {
    this.#kv = kv
    this.#keys = keys
  }

  /** The id sent before under this key in this chat. */
  async find (log: LogId, key: string): Promise<EntryId | undefined> {
    const bytes = await this.#kv.get(this.#key(log, key))
    const value = bytes === undefined ? undefined : decodeCbor(bytes, 64)
    return value instanceof Uint8Array ? value : undefined
  }

  /** The change that records an id under a key. */
  op (log: LogId, key: string, id: EntryId): KeyValueOp { return { type: 'put', key: this.#key(log, key), value: encodeCbor(id) } }

  /** Runs `work` while no other call works with this key for the same `scope`: a chat's log, or a peer. */
  async exclusive<T> (scope: Uint8Array, key: string, work: () => Promise<T>): Promise<T> {
    const name = Buffer.from(this.#key(scope, key)).toString('latin1')
    return await this.#turns.run(name, undefined, work)
  }

  #key (log: LogId, key: string): Uint8Array { return this.#keys.one('idempotency', log, nameBytes(key)) }
}
