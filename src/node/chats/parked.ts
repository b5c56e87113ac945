/** A chat's own messages whose files are not at a relay yet: each takes its place when they are, and nothing waits for it. */
import { decodeBody } from '../../protocol/message/index.js'
import { base32Text, cutText, LIMITS, peerIdText, type EntryId, type PetrelError } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import type { Brought } from './files.js'
import type { OutboxItem } from './outbox-item.js'

/** See the file's head. */
export class Parked {
  readonly #chat: Chat
  readonly #onBrought: () => void
  /** How the wait of each is ended. */
  readonly #waits = new Map<string, () => void>()
  /** In the order in which their files came. */
  readonly #brought = new Map<string, { readonly id: EntryId, readonly outcome: Brought }>()

  /** @param onBrought - called when {@link next} has one more */
  constructor (chat: Chat, onBrought: () => void) {
    this.#chat = chat
    this.#onBrought = onBrought
  }

  /** Goes on with what waited before a restart. */
  start (): void { for (const item of this.#chat.outbox.all()) this.bring(item) }

  /** Has the files of a message brought, if it waits for them. */
  bring ({ id, body, parked, error }: OutboxItem): void {
    const name = base32Text(id)
    const { files } = this.#chat.deps
    if (parked !== true || error !== null || files === undefined || this.#waits.has(name) || this.#brought.has(name)) return
    this.#waits.set(name, files.bring(body, outcome => {
      this.#waits.delete(name)
      this.#brought.set(name, { id, outcome })
      this.#onBrought()
    }))
  }

  /** The first message whose files came, or never will. It stays the first until {@link drop}. */
  next (): { item: OutboxItem, outcome: Brought } | undefined {
    for (const [name, { id, outcome }] of this.#brought) {
      const item = this.#chat.outbox.get(id)
      if (item?.parked === true && item.error === null) return { item, outcome }
      this.#brought.delete(name)
    }
    return undefined
  }

  /** A message waits no more. */
  drop ({ id }: Pick<OutboxItem, 'id'>): void {
    const name = base32Text(id)
    this.#brought.delete(name)
    this.#waits.get(name)?.()
    this.#waits.delete(name)
  }

  /** A message's files never will be at a relay, durably when this resolves. */
  async fail (item: OutboxItem, { code, message }: PetrelError): Promise<void> {
    const { outbox, deps, id: chat } = this.#chat
    const error = { code, message: cutText(message, LIMITS.noteBytes) }
    const failed: OutboxItem = { ...item, error }
    outbox.set(failed)
    try {
      await deps.updates.write([this.#chat.itemOp(failed)], [{ type: 'messageState', chat, id: base32Text(item.id), state: 'failed', error }])
    } catch (cause) {
      // It is tried again, and told then.
      outbox.set(item)
      throw cause
    }
    this.drop(item)
    this.#chat.reached(item.id, 'failed')
  }

  /**
   * Takes back a message that waits for its files: it never leaves, and nobody hears of it. False when it does not wait
   * for them, or not any more.
   */
  async cancel (id: EntryId): Promise<boolean> {
    const { outbox, deps, log, id: chat } = this.#chat
    const item = outbox.get(id)
    if (item?.parked !== true || item.error !== null) return false
    // At once: so that it cannot take its place while this is written.
    outbox.delete(item)
    this.drop(item)
    try {
      const ops = [this.#chat.itemDel(item), ...deps.files?.unused(log, id, decodeBody(item.body)) ?? []]
      await deps.updates.write(ops, [{ type: 'messageDeleted', chat, id: base32Text(id), seq: 0, by: peerIdText(deps.me) }])
    } catch (error) {
      outbox.set(item)
      this.bring(item)
      throw error
    }
    this.#chat.reached(id, 'failed')
    deps.files?.letGo()
    return true
  }

  /** Ends all waits; the messages stay. */
  stop (): void {
    for (const end of this.#waits.values()) end()
    this.#waits.clear()
  }
}
