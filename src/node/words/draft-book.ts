/** What the person has begun to write in each chat, as vault records: it goes with the account, and nobody else sees it. */
import { ENTRY_ID_LENGTH, LIMITS, sameBytes, shape, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault, VaultView } from '../records/index.js'

/** One chat's draft. */
export interface Begun { readonly text: string, readonly reply: EntryId | null, readonly at: number }

const begunShape = shape.struct({ v: shape.literal(1), text: shape.text(LIMITS.textUnits * 3), reply: shape.nullable(shape.bytes(ENTRY_ID_LENGTH)), at: shape.uint() })

/** A draft from its vault data. @throws BadInputError */
export function decodeDraft (data: unknown): Begun {
  const { v: _v, unknown: _unknown, ...begun } = begunShape(data, 'draft')
  return begun
}

const DRAFTS = 'draft/'
const vaultName = (chat: string): string => DRAFTS + chat

/** See the file's head. Chats are named by their ids. */
export class DraftBook {
  readonly #vault: Vault
  readonly #records: VaultView<Begun>

  /** @param titleOf - what a chat is called; undefined for one that is not here. Drafts of other own devices are told */
  constructor (vault: Vault, titleOf: (chat: string) => string | undefined) {
    this.#vault = vault
    this.#records = vault.view(decodeDraft)
    vault.onChange(DRAFTS, ({ name }) => {
      const chat = name.slice(DRAFTS.length)
      const title = titleOf(chat)
      return title === undefined ? undefined : { events: [{ type: 'chat', chat, title, change: 'draft' }] }
    })
  }

  /** A chat's draft, if it has one. */
  of (chat: string): Begun | undefined { return this.#records.get(vaultName(chat)) }

  /** The change that keeps a chat's draft, or takes it away; undefined when it changes nothing. */
  op (chat: string, begun: Begun | null): KeyValueOp | undefined {
    const before = this.of(chat)
    if (begun === null) return before === undefined ? undefined : this.#vault.del(vaultName(chat))
    if (before?.text === begun.text && isSame(before.reply, begun.reply)) return undefined
    return this.#vault.put(vaultName(chat), { v: 1, ...begun })
  }
}

function isSame (a: EntryId | null, b: EntryId | null): boolean { return a === null || b === null ? a === b : sameBytes(a, b) }
