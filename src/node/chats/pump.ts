/**
 * Sends a chat's messages: each is sealed and durable before it leaves, all leave in order, and what became of
 * them is settled by id. A call whose outcome is unknown is made again with the same bytes.
 */
import { encodeBody } from '../../protocol/message/index.js'
import { systemRandom } from '../../protocol/crypto/index.js'
import {
  base32Text, cutText, ENTRY_KIND, InternalError, LIMITS, PetrelError, ProofError, QuotaError, sameBytes, TooLargeError, BadInputError,
  type Append, type Attested, type EntryId, type Receipt
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { AppendResult } from '../gateway/index.js'
import { shortId } from '../log.js'
import type { Chat } from './chat.js'
import { markOf } from './cursor.js'
import { sealItem } from './outbox.js'
import type { OutboxItem } from './outbox-item.js'

// Between tries when the relay refuses for now: long enough not to press it, short enough for a person who waits.
const RETRY_MS = { first: 250, most: 30_000 } as const

/** The sending side of one chat. */
export class Pump {
  readonly #chat: Chat
  /** Raises the chat's alarm: the home's receipt does not hold. */
  readonly #accuse: (error: PetrelError) => Promise<void>
  /** Ids of durable sealings, in order, that have no receipt yet. */
  #queue: EntryId[] = []
  readonly #receipted = new Map<string, number>()
  /** Takes back what a failed write may have left on the disk after all: goes out with the next write. */
  #undo: KeyValueOp[] = []
  #running = false
  #stopped = true
  #retryMs: number = RETRY_MS.first
  #timer: NodeJS.Timeout | undefined

  constructor (chat: Chat, accuse: (error: PetrelError) => Promise<void>) {
    this.#chat = chat
    this.#accuse = accuse
  }

  /** Begins to send: what was sealed before a restart first. */
  start (): void {
    this.#stopped = false
    this.requeue()
    this.kick()
  }

  /** Stops sending; what waits stays. */
  stop (): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** The number a message was receipted at, while the log has not shown it yet. */
  receiptOf (id: EntryId): number | undefined { return this.#receipted.get(base32Text(id)) }

  /** Sends everything sealed and not receipted again, in order: after a restart or a new sealing. */
  requeue (): void {
    this.#queue = this.#chat.outbox.all().filter(i => i.sealing !== null && i.error === null && this.receiptOf(i.id) === undefined).map(i => i.id)
  }

  /**
   * Takes a message: sealed if the chat is ready, and durable when this resolves. Sealing and handing over to the
   * store are one step, so many calls at once share an fsync and keep their order; a new epoch seals all anew.
   *
   * @throws QuotaError when too many wait; TooLargeError; whatever the store throws, and then nothing was taken
   */
  async add (id: EntryId, body: Uint8Array, createdAt: number, mark: boolean, extra: readonly KeyValueOp[] = []): Promise<OutboxItem> {
    const { outbox, record } = this.#chat
    if (outbox.size >= LIMITS.outboxItems) throw new QuotaError(`${LIMITS.outboxItems} messages of this chat wait for a relay already`)
    const run = outbox.run(this.#chat.loggedRun)
    let item = outbox.add(id, body, createdAt, mark)
    try {
      if (record.stage === 'ready') item = { ...item, sealing: sealItem(item, run, this.#chat.sealing) }
      outbox.set(item)
      await this.write([item], extra)
    } catch (error) {
      outbox.undo(item)
      this.#undo.push(this.#chat.itemDel(item), ...extra.map((op): KeyValueOp => ({ type: 'del', key: op.key })))
      throw error
    }
    if (item.sealing !== null) this.#queue.push(item.id)
    this.kick()
    return item
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

  /** Seals everything that waits anew, durably: after a new epoch or a final failure. What has a receipt stays as it is. */
  async reseal (): Promise<void> {
    const changed = this.#chat.outbox.resealAll(this.#chat.loggedRun, this.#chat.sealing, item => this.receiptOf(item.id) !== undefined)
    if (changed.length > 0) await this.write(changed, [])
    this.requeue()
    this.kick()
  }

  /** Sends a mark if others wait for one and none is on its way: so marks merge by themselves. */
  async markIfDue (): Promise<void> {
    const { cursor, record, deps, outbox } = this.#chat
    if (record.stage !== 'ready' || cursor.alarm !== null || outbox.all().some(i => i.mark)) return
    if (this.#chat.peers.every(p => deps.isBlocked(p))) return
    const own = markOf(cursor, deps.me)
    if (cursor.received <= own.delivered && cursor.read <= own.read) return
    const body = encodeBody({ kind: 'mark', delivered: Math.max(cursor.received, own.delivered), read: Math.max(cursor.read, own.read) })
    await this.add(systemRandom(16), body, deps.now(), true)
  }

  /** Starts the sending loop if it is not running. */
  kick (): void {
    if (this.#running || this.#stopped || this.#queue.length === 0 || this.#chat.cursor.alarm !== null) return
    this.#running = true
    clearTimeout(this.#timer)
    void this.#loop().catch((error: unknown) => {
      this.#chat.deps.log('error', 'chat.pump', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
      this.#later()
    }).finally(() => { this.#running = false })
  }

  async #loop (): Promise<void> {
    while (!this.#stopped && this.#queue.length > 0) {
      const items = this.#batch()
      if (items.length === 0) return
      let results: AppendResult[]
      try {
        results = await this.#chat.link.append(this.#chat.log, items.map(toAppend))
      } catch (error) {
        this.#chat.deps.log('debug', 'chat.append', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
        this.#later()
        return
      }
      if (!await this.#settle(items, results)) return
      this.#retryMs = RETRY_MS.first
    }
  }

  #batch (): OutboxItem[] {
    const items: OutboxItem[] = []
    let bytes = 0
    for (const id of this.#queue) {
      const item = this.#chat.outbox.get(id)
      if (item?.sealing == null || item.error !== null) continue
      bytes += item.sealing.payload.length
      if (items.length >= LIMITS.appendItems || (items.length > 0 && bytes > LIMITS.readBytes)) break
      items.push(item)
    }
    if (items.length === 0) this.#queue = []
    return items
  }

  /** Settles a call's results; false when the loop must wait. */
  async #settle (items: OutboxItem[], results: AppendResult[]): Promise<boolean> {
    try {
      for (const [i, item] of items.entries()) {
        const result = results[i]
        if (result === undefined) return this.#later()
        if (result instanceof ProofError) return await this.#caught(result)
        if (result instanceof PetrelError) return await this.#refused(item, result)
        if (!await this.#takeReceipt(item, result.receipt)) return false
      }
      return true
    } finally {
      this.#queue = this.#queue.filter(id => this.#chat.outbox.get(id) !== undefined && this.receiptOf(id) === undefined)
    }
  }

  async #takeReceipt (item: OutboxItem, receipt: Attested<Receipt>): Promise<boolean> {
    const known = [item.sealing?.entry, ...item.earlier].some(hash => hash !== undefined && sameBytes(hash, receipt.statement.entry))
    if (!sameBytes(receipt.home, this.#chat.genesis.home) || !sameBytes(receipt.statement.log, this.#chat.log) || !known) {
      return await this.#caught(new ProofError('the relay\'s receipt is for something else than what was sent'))
    }
    if (!await this.#chat.holdsReceipt(receipt.statement)) {
      return await this.#caught(new ProofError(`the relay's receipt for entry ${receipt.statement.seq} contradicts the entry that is known there: the log was rolled back or rewritten`))
    }
    // The log may have shown it before the receipt came.
    if (this.#chat.outbox.get(item.id) === undefined) return true
    this.#receipted.set(base32Text(item.id), receipt.statement.seq)
    if (!item.mark) this.#chat.reached(item.id, 'stored')
    return true
  }

  async #caught (error: ProofError): Promise<false> {
    await this.#accuse(error)
    return false
  }

  async #refused (item: OutboxItem, error: PetrelError): Promise<boolean> {
    this.#chat.deps.log('info', 'chat.refused', { chat: shortId(this.#chat.id), code: error.code })
    if (!(error instanceof TooLargeError || error instanceof BadInputError)) return this.#later(error)
    const failed: OutboxItem = { ...item, error: { code: error.code, message: cutText(error.message, LIMITS.noteBytes) } }
    this.#chat.outbox.set(failed)
    await this.#chat.deps.updates.write([this.#chat.itemOp(failed)], item.mark ? [] : [{ type: 'messageState', chat: this.#chat.id, id: base32Text(item.id), state: 'failed', error: failed.error }])
    this.#chat.reached(item.id, 'failed')
    await this.reseal()
    return true
  }

  #later (error?: PetrelError): false {
    const told = error?.details.retryMs
    // A relay cannot make this node try without pause.
    const wait = typeof told === 'number' ? Math.min(Math.max(told, RETRY_MS.first), RETRY_MS.most) : this.#retryMs
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.most)
    clearTimeout(this.#timer)
    if (!this.#stopped) this.#timer = setTimeout(() => { this.kick() }, wait).unref()
    return false
  }
}

function toAppend (item: OutboxItem): Append {
  if (item.sealing === null) throw new InternalError('an unsealed message was about to be sent')
  return { id: item.id, kind: ENTRY_KIND.data, payload: item.sealing.payload }
}
