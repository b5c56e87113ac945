/** What the members of one chat call themselves, as its log says: people who are no contacts are known by it. */
import { foldedName, type Profile } from '../../protocol/message/index.js'
import { decodeCbor, encodeCbor, keyShape, LIMITS, shape, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { RecordKeys } from '../records/index.js'
import { accountName } from './member-manifests.js'

/** A name, and the signed message that says it: newcomers are handed that. Empty where it was read in what was before this account came. */
export interface SignedProfile extends Profile { readonly signed: Uint8Array }

const recordShape = shape.tuple(shape.literal(1), keyShape, shape.text(LIMITS.nameBytes), shape.bytes({ max: LIMITS.profileBytes }))

/** See the file's head. Names are in memory, the signed messages on the disk alone. */
export class ChatNames {
  readonly #kv: KeyValueStore
  readonly #keys: RecordKeys
  readonly #log: LogId
  /** Who was heard of longest ago first. */
  readonly #names = new Map<string, Profile>()
  /** How many go by a name, by the name as it is compared. */
  readonly #bearers = new Map<string, number>()

  constructor (kv: KeyValueStore, keys: RecordKeys, log: LogId) {
    this.#kv = kv
    this.#keys = keys
    this.#log = log
  }

  /** Reads them. */
  async load (): Promise<void> {
    for await (const [, bytes] of this.#kv.iterate(this.#keys.within('name', this.#log))) this.keep(decode(bytes))
  }

  /** What a member calls itself, if that is known. */
  get (account: KeyBytes): string | undefined { return this.#names.get(accountName(account))?.name }

  /** How many accounts go by a name that is compared as this one. */
  bearers (folded: string): number { return this.#bearers.get(folded) ?? 0 }

  /** The changes that write a name; {@link keep} it once they are durable. Of very many, the oldest of who is no member goes. */
  ops ({ account, name, signed }: SignedProfile, isMember: (account: KeyBytes) => boolean): KeyValueOp[] {
    const put: KeyValueOp = { type: 'put', key: this.#key(account), value: encodeCbor([1, account, name, signed]) }
    if (this.#names.size < LIMITS.namesPerChat || this.get(account) !== undefined) return [put]
    const oldest = [...this.#names.values()].find(one => !isMember(one.account))
    return oldest === undefined ? [] : [{ type: 'del', key: this.#key(oldest.account) }, put]
  }

  /** Has a name in memory. */
  keep ({ account, name }: Profile): void {
    const key = accountName(account)
    const before = this.#names.get(key)
    if (before !== undefined) this.#count(before.name, -1)
    this.#names.delete(key)
    this.#names.set(key, { account, name })
    this.#count(name, 1)
  }

  /** The signed messages that say these members' names, as many as fit. */
  async signed (accounts: readonly KeyBytes[], maxBytes: number): Promise<Uint8Array[]> {
    const known = accounts.filter(account => this.get(account) !== undefined)
    const found: Uint8Array[] = []
    let bytes = 0
    for (const record of await this.#kv.getMany(known.map(account => this.#key(account)))) {
      if (record === undefined) continue
      const { signed } = decode(record)
      if (signed.length === 0) continue
      bytes += signed.length
      if (bytes > maxBytes) break
      found.push(signed)
    }
    return found
  }

  #count (name: string, by: number): void {
    const folded = foldedName(name)
    const count = this.bearers(folded) + by
    if (count > 0) this.#bearers.set(folded, count)
    else this.#bearers.delete(folded)
  }

  #key (account: KeyBytes): Uint8Array { return this.#keys.of('name', this.#log, account) }
}

function decode (bytes: Uint8Array): SignedProfile {
  const [, account, name, signed] = recordShape(decodeCbor(bytes, LIMITS.recordBytes), 'name')
  return { account, name, signed }
}
