/**
 * The account's private state as named, numbered, device-signed records (DESIGN section 4, Vault). Until
 * there are several devices the records are kept in the own node's store, already in the vault's format.
 * All of them are in memory: a person's contacts and chats, not their messages.
 */
import { openVaultRecord, signVaultRecord } from '../../protocol/message/index.js'
import { decodeCbor, encodeCbor, LIMITS, TooLargeError, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { nameBytes, type RecordKeys } from './keys.js'

/** The vault of one account on this node. */
export class Vault {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #account: KeyBytes
  readonly #device: Signer
  readonly #records = new Map<string, { version: number, data: Uint8Array }>()

  private constructor (kv: KeyValueStore, keys: RecordKeys, account: KeyBytes, device: Signer) {
    this.#kv = kv
    this.#keys = keys
    this.#account = account
    this.#device = device
  }

  /** Reads every record. @throws CorruptError, ProofError when one is not what was written */
  static async open (kv: KeyValueStore, keys: RecordKeys, account: KeyBytes, device: Signer): Promise<Vault> {
    const vault = new Vault(kv, keys, account, device)
    for await (const [, bytes] of kv.iterate(keys.all('vault'))) {
      const { record } = openVaultRecord(bytes, account)
      vault.#records.set(record.name, { version: record.version, data: record.data })
    }
    return vault
  }

  /** The decoded data of a record, or undefined. */
  get (name: string): unknown {
    const record = this.#records.get(name)
    return record === undefined ? undefined : decodeCbor(record.data, LIMITS.vaultRecordBytes)
  }

  /** Names and data of the records whose name starts with `prefix`. */
  * list (prefix: string): Generator<[name: string, data: unknown]> {
    for (const [name, { data }] of this.#records) if (name.startsWith(prefix)) yield [name, decodeCbor(data, LIMITS.vaultRecordBytes)]
  }

  /**
   * The change that writes a record's next version: put it into a batch with whatever must be written
   * in the same step. Memory has the new version at once, so batches must go out in the order of the calls.
   * @throws TooLargeError for what could not be read again
   */
  put (name: string, value: unknown): KeyValueOp {
    const data = encodeCbor(value)
    if (data.length > LIMITS.vaultRecordBytes) throw new TooLargeError(`the vault record "${name}" would take ${data.length} bytes, over the limit of ${LIMITS.vaultRecordBytes}`)
    const version = (this.#records.get(name)?.version ?? 0) + 1
    this.#records.set(name, { version, data })
    const bytes = signVaultRecord({ v: 1, account: this.#account, name, version, data }, this.#device)
    return { type: 'put', key: this.#key(name), value: bytes }
  }

  /** The change that removes a record. */
  del (name: string): KeyValueOp {
    this.#records.delete(name)
    return { type: 'del', key: this.#key(name) }
  }

  /** Writes a record durably, alone. */
  async write (name: string, value: unknown): Promise<void> { await this.#kv.batch([this.put(name, value)]) }

  #key (name: string): Uint8Array { return this.#keys.one('vault', nameBytes(name)) }
}
