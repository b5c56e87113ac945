/**
 * Lays what is to be sent on the disk. Sealing and handing over to the store are one step, so that the order on the disk
 * is the order of the device's numbers, and what many lay at once shares an fsync.
 */
import { systemRandom } from '../../protocol/crypto/index.js'
import type { EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Chat } from './chat.js'
import { loggedRun, seenAt, type Cursor } from './cursor.js'
import { sealItem, type OwnRun } from './outbox.js'
import type { OutboxItem } from './outbox-item.js'

/** A message that goes to the disk in a batch that somebody else writes, in the step that made this. One of the two is called when that has ended. */
export interface Rider {
  readonly ops: readonly KeyValueOp[]
  /** It is durable, and the chat is as the batch says. `mayGo`: it may leave at once. */
  readonly written: (mayGo: boolean) => void
  readonly failed: () => void
}

/** Gives the mark that goes with a batch after which the cursor is this one. Call it in the step that hands over the batch. */
export type Ride = (cursor: Cursor) => Rider | undefined

/** Writes a batch with what rides on it. @throws what `write` throws: then it is as if there was no rider */
export async function withRider (rider: Rider | undefined, write: (ops: readonly KeyValueOp[]) => Promise<void>): Promise<void> {
  try {
    await write(rider?.ops ?? [])
  } catch (error) {
    rider?.failed()
    throw error
  }
}

/** See the file's head. */
export class Laying {
  readonly #chat: Chat
  /** Items that are on their way to the disk: they may not leave yet. */
  readonly #writing = new Set<OutboxItem['order']>()
  /** Takes back what a failed write may have left on the disk after all: goes out with the next write. */
  #undo: KeyValueOp[] = []

  constructor (chat: Chat) { this.#chat = chat }

  /** Whether an item may leave, as far as the disk is concerned. */
  isDurable ({ order }: OutboxItem): boolean { return !this.#writing.has(order) }

  /**
   * Makes a new item durable, in place of what it was before if so: sealed, if the chat is ready.
   *
   * @throws TooLargeError; whatever the store throws, and then nothing was taken
   */
  async lay (taken: OutboxItem, run: OwnRun, extra: readonly KeyValueOp[], before?: OutboxItem): Promise<OutboxItem> {
    const { outbox, record, sealing: context } = this.#chat
    let item = taken
    try {
      // Sealed in any case, so that what does not fit is refused now and not when it is its turn.
      const sealing = sealItem(item, run, context)
      if (record.stage === 'ready' && item.parked !== true) item = { ...item, sealing }
      outbox.set(item)
      this.#writing.add(item.order)
      await this.write([item], extra)
    } catch (error) {
      this.#takeBack(item, extra)
      if (before !== undefined) {
        this.#undo.push(this.#chat.itemOp(before))
        outbox.set(before)
      }
      throw error
    } finally {
      this.#writing.delete(item.order)
    }
    return item
  }

  /** A mark for the batch that brings the chat to `cursor`, in the epoch of now; `onEnd` when it is durable, or will not be. Undefined while something is to be taken back first. */
  ride (body: Uint8Array, cursor: Cursor, onEnd: (mayGo: boolean) => void): Rider & { readonly id: EntryId } | undefined {
    const { outbox, sealing, deps } = this.#chat
    if (this.#undo.length > 0) return undefined
    const run = outbox.run(loggedRun(cursor, deps.device.key))
    const added = outbox.add(systemRandom(16), body, deps.now(), true)
    const item = { ...added, sealing: sealItem(added, run, { ...sealing, seen: seenAt(cursor) }) }
    outbox.set(item)
    this.#writing.add(item.order)
    return {
      id: item.id,
      ops: [this.#chat.itemOp(item)],
      written: mayGo => {
        this.#writing.delete(item.order)
        onEnd(mayGo)
      },
      failed: () => {
        this.#writing.delete(item.order)
        this.#takeBack(item, [])
        onEnd(true)
      }
    }
  }

  /** Writes items durably, with other changes in the same batch. */
  async write (items: readonly OutboxItem[], extra: readonly KeyValueOp[]): Promise<void> {
    const undo = this.#undo
    this.#undo = []
    try {
      await this.#chat.deps.kv.batch([...undo, ...items.map(i => this.#chat.itemOp(i)), ...extra])
    } catch (error) {
      this.#undo = [...undo, ...this.#undo]
      throw error
    }
  }

  #takeBack (item: OutboxItem, extra: readonly KeyValueOp[]): void {
    this.#chat.outbox.undo(item)
    this.#undo.push(this.#chat.itemDel(item), ...extra.filter(op => op.type === 'put').map((op): KeyValueOp => ({ type: 'del', key: op.key })))
  }
}
