/** What the person has begun to write in each chat, as vault records: it goes with the account, and nobody else sees it. */
import { ENTRY_ID_LENGTH, LIMITS, shape, type EntryId } from '../../protocol/wire/index.js'
import type { Vault, VaultView } from '../records/index.js'

/** One chat's draft. */
export interface Begun { readonly text: string, readonly reply: EntryId | null, readonly at: number }

const begunShape = shape.struct({ v: shape.literal(1), text: shape.text(LIMITS.textUnits * 3), reply: shape.nullable(shape.bytes(ENTRY_ID_LENGTH)), at: shape.uint() })

function decode (data: unknown): Begun {
  const { v: _v, unknown: _unknown, ...begun } = begunShape(data, 'draft')
  return begun
}

const vaultName = (chat: string): string => `draft/${chat}`

/** See the file's head. Chats are named by their ids. */
export class DraftBook {
  readonly #vault: Vault
  readonly #records: VaultView<Begun>

  constructor (vault: Vault) {
    this.#vault = vault
    this.#records = vault.view(decode)
  }

  /** A chat's draft, if it has one. */
  of (chat: string): Begun | undefined { return this.#records.get(vaultName(chat)) }

  /** Keeps a chat's draft, or takes it away. Durable when it resolves. */
  async keep (chat: string, begun: Begun | null): Promise<void> {
    if (begun === null && this.of(chat) === undefined) return
    await this.#vault.kv.batch([begun === null ? this.#vault.del(vaultName(chat)) : this.#vault.put(vaultName(chat), { v: 1, ...begun })])
  }
}
