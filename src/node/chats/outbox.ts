/** A chat's own messages on their way: sealed in order, each sealing durable before it is sent. No I/O here. */
import { sealMessage, type RandomBytes } from '../../protocol/crypto/index.js'
import { signMessage, type Seen } from '../../protocol/message/index.js'
import { base32Text, entryHash, type Digest, type EntryId, type KeyBytes, type LogId, type Signer } from '../../protocol/wire/index.js'
import type { OutboxItem, Sealing } from './outbox-item.js'

/** What a message is sealed with. */
export interface SealContext {
  log: LogId
  epoch: number
  /** CK_e. */
  content: Uint8Array
  account: KeyBytes
  device: Signer
  seen: Seen
  random?: RandomBytes
}

/** Where this device's run in the log stands. */
export interface OwnRun { devSeq: number, entry: Digest | null }

/** Seals a message as the one after `run`. @throws TooLargeError when it would not fit an entry */
export function sealItem (item: Pick<OutboxItem, 'id' | 'body' | 'createdAt'>, run: OwnRun, context: SealContext): Sealing {
  const devSeq = run.devSeq + 1
  const signed = signMessage({
    v: 1, chat: context.log, epoch: context.epoch, id: item.id, account: context.account, devSeq, prevOwn: run.entry, seen: context.seen, ts: item.createdAt, body: item.body
  }, context.device)
  const payload = sealMessage(context.content, signed, { log: context.log, epoch: context.epoch, id: item.id }, context.random)
  return { epoch: context.epoch, devSeq, entry: entryHash(payload), payload }
}

/** The outbox of one chat, in memory; the edge writes what it returns. */
export class Outbox {
  readonly #items = new Map<string, OutboxItem>()
  #nextOrder = 1
  /** The last sealing, so that a new one need not look through all that wait. */
  #sealed: OwnRun = { devSeq: 0, entry: null }

  /** @param items - as read from the store, in order */
  constructor (items: readonly OutboxItem[]) {
    for (const item of items) this.#items.set(base32Text(item.id), item)
    this.#nextOrder = (items.at(-1)?.order ?? 0) + 1
    for (const { sealing, error } of items) if (sealing !== null && error === null) this.#noteSealed(sealing)
  }

  /** Messages that wait, failed ones included. */
  get size (): number { return this.#items.size }
  /** All items, in order. */
  all (): OutboxItem[] { return [...this.#items.values()] }
  /** The item of a message id. */
  get (id: EntryId): OutboxItem | undefined { return this.#items.get(base32Text(id)) }

  /** A new item at the end, not yet sealed. */
  add (id: EntryId, body: Uint8Array, createdAt: number, mark: boolean): OutboxItem {
    const item: OutboxItem = { order: this.#nextOrder++, id, body, createdAt, mark, sealing: null, earlier: [], error: null }
    this.#items.set(base32Text(id), item)
    return item
  }

  /** Puts a changed item in its place. */
  set (item: OutboxItem): void {
    this.#items.set(base32Text(item.id), item)
    if (item.sealing !== null && item.error === null) this.#noteSealed(item.sealing)
  }
  /** Drops an item. */
  delete (item: OutboxItem): void { this.#items.delete(base32Text(item.id)) }

  /** Drops an item that could not be made durable: its number is given again, so that no gap is left behind it. */
  undo (item: OutboxItem): void {
    this.delete(item)
    this.#sealed = { devSeq: 0, entry: null }
    for (const { sealing, error } of this.#items.values()) if (sealing !== null && error === null) this.#noteSealed(sealing)
  }

  /** The run after the last sealing; `logged` is this device's run in the log. */
  run (logged: OwnRun): OwnRun {
    return this.#sealed.devSeq > logged.devSeq ? this.#sealed : logged
  }

  #noteSealed ({ devSeq, entry }: OwnRun): void { if (devSeq > this.#sealed.devSeq) this.#sealed = { devSeq, entry } }

  /**
   * Seals every waiting item anew, in order, from the log's run on: after a new epoch, or when one of them failed for
   * good. Call it only when the log up to its head is known, so that no older sealing can still turn up unseen. Items
   * that `settled` says are in the log already keep their sealing.
   */
  resealAll (logged: OwnRun, context: SealContext, settled: (item: OutboxItem) => boolean): OutboxItem[] {
    let run = logged
    this.#sealed = logged
    const changed: OutboxItem[] = []
    for (const item of this.#items.values()) {
      if (item.error !== null) continue
      if (item.sealing !== null && settled(item)) {
        run = { devSeq: item.sealing.devSeq, entry: item.sealing.entry }
        this.#noteSealed(run)
        continue
      }
      const sealing = sealItem(item, run, context)
      run = { devSeq: sealing.devSeq, entry: sealing.entry }
      const next = { ...item, sealing, earlier: item.sealing === null ? item.earlier : [...item.earlier, item.sealing.entry].slice(-64) }
      this.set(next)
      changed.push(next)
    }
    return changed
  }
}
