/**
 * The account's private state as named, numbered, device-signed records (DESIGN section 4, Vault). Until
 * there are several devices the records are kept in the own node's store, already in the vault's format.
 * All of them are in memory: a person's contacts and chats, not their messages. A change is in memory at once and
 * leaves it again when the disk refuses it, so that nothing is believed to be kept that is not.
 */
import { openVaultRecord, signVaultRecord } from '../../protocol/message/index.js'
import { decodeCbor, encodeCbor, LIMITS, TooLargeError, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { nameBytes, type RecordKeys } from './keys.js'

/** Records of one kind, decoded. */
export interface VaultView<T> {
  /** The record of a name, or undefined. */
  get (name: string): T | undefined
  /** The records whose name starts with `prefix`. */
  list (prefix: string): T[]
}

interface Entry { readonly version: number, readonly data: Uint8Array }
/** What an op does to memory; undefined removes. */
interface Change { readonly name: string, readonly entry: Entry | undefined }

/** The vault of one account on this node. */
export class Vault {
  /** The store through which every change of a record must be written: it tells the vault what became of it. */
  readonly kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #account: KeyBytes
  readonly #device: Signer
  /** What is on the disk. */
  readonly #durable = new Map<string, Entry>()
  /** Changes on their way there, by name, oldest first. */
  readonly #pending = new Map<string, Change[]>()
  /** Both together. */
  readonly #records = new Map<string, Entry>()
  readonly #changes = new WeakMap<KeyValueOp, Change>()

  private constructor (kv: KeyValueStore, keys: RecordKeys, account: KeyBytes, device: Signer) {
    this.kv = this.#watched(kv)
    this.#keys = keys
    this.#account = account
    this.#device = device
  }

  /** Reads every record. @throws CorruptError, ProofError when one is not what was written */
  static async open (kv: KeyValueStore, keys: RecordKeys, account: KeyBytes, device: Signer): Promise<Vault> {
    const vault = new Vault(kv, keys, account, device)
    for await (const [, bytes] of kv.iterate(keys.all('vault'))) {
      const { record } = openVaultRecord(bytes, account)
      const entry = { version: record.version, data: record.data }
      vault.#durable.set(record.name, entry)
      vault.#records.set(record.name, entry)
    }
    return vault
  }

  /** The decoded data of a record, or undefined. */
  get (name: string): unknown {
    const record = this.#records.get(name)
    return record === undefined ? undefined : decodeCbor(record.data, LIMITS.vaultRecordBytes)
  }

  /** A way to read records that decodes each version of one only once. `decode` gets the record's data. */
  view<T> (decode: (data: unknown) => T): VaultView<T> {
    const decoded = new WeakMap<Entry, { value: T }>()
    const of = (entry: Entry): T => {
      let known = decoded.get(entry)
      if (known === undefined) decoded.set(entry, known = { value: decode(decodeCbor(entry.data, LIMITS.vaultRecordBytes)) })
      return known.value
    }
    return {
      get: name => {
        const entry = this.#records.get(name)
        return entry === undefined ? undefined : of(entry)
      },
      list: prefix => [...this.#records].filter(([name]) => name.startsWith(prefix)).map(([, entry]) => of(entry))
    }
  }

  /** Names and data of the records whose name starts with `prefix`. */
  * list (prefix: string): Generator<[name: string, data: unknown]> {
    for (const [name, { data }] of this.#records) if (name.startsWith(prefix)) yield [name, decodeCbor(data, LIMITS.vaultRecordBytes)]
  }

  /**
   * The change that writes a record's next version: put it into a batch of {@link kv} with whatever must be written
   * in the same step. Memory has the new version at once, so batches must go out in the order of the calls.
   * @throws TooLargeError for what could not be read again
   */
  put (name: string, value: unknown): KeyValueOp {
    const data = encodeCbor(value)
    if (data.length > LIMITS.vaultRecordBytes) throw new TooLargeError(`the vault record "${name}" would take ${data.length} bytes, over the limit of ${LIMITS.vaultRecordBytes}`)
    const version = (this.#records.get(name)?.version ?? 0) + 1
    const bytes = signVaultRecord({ v: 1, account: this.#account, name, version, data }, this.#device)
    return this.#change(name, { version, data }, { type: 'put', key: this.#key(name), value: bytes })
  }

  /** The change that removes a record. */
  del (name: string): KeyValueOp {
    return this.#change(name, undefined, { type: 'del', key: this.#key(name) })
  }

  /** Writes a record durably, alone. */
  async write (name: string, value: unknown): Promise<void> { await this.kv.batch([this.put(name, value)]) }

  #change (name: string, entry: Entry | undefined, op: KeyValueOp): KeyValueOp {
    const change = { name, entry }
    this.#changes.set(op, change)
    const pending = this.#pending.get(name)
    if (pending === undefined) this.#pending.set(name, [change])
    else pending.push(change)
    this.#show(name)
    return op
  }

  #watched (kv: KeyValueStore): KeyValueStore {
    return {
      get: async key => await kv.get(key),
      getMany: async keys => await kv.getMany(keys),
      iterate: (range, options) => kv.iterate(range, options),
      batch: async (ops, options) => {
        try {
          await kv.batch(ops, options)
        } catch (error) {
          this.#settle(ops, false)
          throw error
        }
        this.#settle(ops, true)
      }
    }
  }

  /** A refused change that is on the disk after all, which the store cannot know, counts after the next start. */
  #settle (ops: readonly KeyValueOp[], written: boolean): void {
    for (const op of ops) {
      const change = this.#changes.get(op)
      if (change === undefined) continue
      const { name, entry } = change
      const pending = this.#pending.get(name) ?? []
      // Batches go out in the order of the changes: what was changed before and is still here was thrown away by its maker.
      const left = pending.slice(pending.indexOf(change) + 1)
      if (left.length > 0) this.#pending.set(name, left)
      else this.#pending.delete(name)
      if (written) put(this.#durable, name, entry)
      this.#show(name)
    }
  }

  #show (name: string): void {
    const newest = this.#pending.get(name)?.at(-1)
    put(this.#records, name, newest === undefined ? this.#durable.get(name) : newest.entry)
  }

  #key (name: string): Uint8Array { return this.#keys.one('vault', nameBytes(name)) }
}

function put (map: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) map.delete(name)
  else map.set(name, entry)
}
