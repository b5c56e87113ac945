/** A chat's own messages on their way: sealed in order, each sealing durable before it is sent. No I/O here. */
import { openMessage, sealMessage, type RandomBytes } from '../../protocol/crypto/index.js'
import { cachedBody, isAbout, isSaid, signMessage, type About, type DeleteBody, type Seen } from '../../protocol/message/index.js'
import { bytesName, ENTRY_KIND, entryHash, InternalError, LIMITS, PetrelError, type Append, type Digest, type EntryId, type KeyBytes, type LogId, type Signer } from '../../protocol/wire/index.js'
import type { OutboxItem, Sealing } from './outbox-item.js'
import { isLeft, type LeftBehind } from './promises.js'

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

/** A sealed message as the home is handed it, with the hashes of the secrets that erase it. */
export function toAppend (item: OutboxItem, erasers: Digest[]): Append {
  if (item.sealing === null) throw new InternalError('an unsealed message was about to be sent')
  return { id: item.id, kind: ENTRY_KIND.data, payload: item.sealing.payload, erasers }
}

/** What an own message on its way does with another one. */
export interface Order { readonly body: About | DeleteBody, readonly createdAt: number }

/** What comes before all that waits, and what gets another number by that. */
export interface Beginning { readonly first: readonly OutboxItem[], readonly moved: ReadonlyArray<{ readonly from: OutboxItem, readonly to: OutboxItem }> }

/** The outbox of one chat, in memory; the edge writes what it returns. */
export class Outbox {
  readonly #items = new Map<string, OutboxItem>()
  /** Numbers that the home gave receipts for, of items that the log has not shown yet. */
  readonly #receipts = new Map<string, LeftBehind>()
  /** Those of them that do something with another message, by their ids' text. */
  readonly #orders = new Map<string, Order>()
  /** What this account calls itself, in profiles on their way, by their ids' text. */
  readonly #profiles = new Map<string, string>()
  #nextOrder = 1
  #marks = 0
  /** The last sealing, so that a new one need not look through all that wait. */
  #sealed: OwnRun = { devSeq: 0, entry: null }

  /** @param items - as read from the store, in order */
  constructor (items: readonly OutboxItem[]) {
    for (const item of items) this.#put(item)
    this.#nextOrder = (items.at(-1)?.order ?? 0) + 1
    for (const { sealing, error } of items) if (sealing !== null && error === null) this.#noteSealed(sealing)
  }

  /** Messages that wait, failed ones included. */
  get size (): number { return this.#items.size }
  /** Whether a mark is on its way. */
  get hasMark (): boolean { return this.#marks > 0 }
  /** The name in the newest profile that is on its way. */
  get profile (): string | undefined { return [...this.#profiles.values()].at(-1) }
  /** Whether something that this person says is on its way: a message, and not what is done with one. It will stand in the log no earlier than now. */
  get isSaying (): boolean {
    for (const { mark, error, body } of this.#items.values()) if (!mark && error === null && isSaid(cachedBody(body))) return true
    return false
  }

  /** All items, in order. */
  all (): OutboxItem[] { return [...this.#items.values()] }
  /** The item of a message id. */
  get (id: EntryId): OutboxItem | undefined { return this.#items.size === 0 ? undefined : this.#items.get(bytesName(id)) }

  /** How far the item of a message id has got; undefined when it is not here. */
  stateOf (id: EntryId): 'failed' | 'stored' | 'queued' | undefined {
    const item = this.get(id)
    if (item === undefined) return undefined
    if (item.error !== null) return 'failed'
    return this.receiptOf(id) === undefined ? 'queued' : 'stored'
  }

  /** What those that have not failed do with other messages, in order. */
  orders (): Order[] { return [...this.#orders.values()] }

  /** A new item at the end, not yet sealed. */
  add (id: EntryId, body: Uint8Array, createdAt: number, mark: boolean): OutboxItem {
    const item: OutboxItem = { order: this.#nextOrder++, id, body, createdAt, mark, sealing: null, earlier: [], error: null }
    this.#put(item)
    return item
  }

  /**
   * Numbers for items that go before all that wait and may not be at the home yet, and for those behind them. Nothing
   * changes before {@link begin} takes it.
   */
  beginning (firsts: ReadonlyArray<Pick<OutboxItem, 'id' | 'body' | 'createdAt' | 'mark' | 'earlier'>>): Beginning {
    const behind = this.all().filter(({ id, error, parked }) => error === null && parked !== true && this.receiptOf(id) === undefined)
    const first = firsts.map((one): OutboxItem => ({ ...one, order: this.#nextOrder++, sealing: null, error: null }))
    return { first, moved: firsts.length === 0 ? [] : behind.map(from => ({ from, to: { ...from, order: this.#nextOrder++ } })) }
  }

  /** Takes what is on the disk by now. */
  begin ({ first, moved }: Beginning): void {
    const left = moved.filter(({ from: { id } }) => this.get(id) !== undefined)
    for (const { from } of left) this.delete(from)
    for (const item of [...first, ...left.map(({ to }) => to)]) this.#put(item)
    const inOrder = this.all().sort((a, b) => a.order - b.order)
    this.#items.clear()
    for (const item of inOrder) this.#items.set(bytesName(item.id), item)
  }

  /** A parked item as one that waits like the others, with this body: the newest of them. */
  unpark ({ id, createdAt, mark, earlier }: OutboxItem, body: Uint8Array): OutboxItem {
    this.#items.delete(bytesName(id))
    const item: OutboxItem = { order: this.#nextOrder++, id, body, createdAt, mark, sealing: null, earlier, error: null }
    this.#put(item)
    return item
  }

  /** Puts a changed item in its place. */
  set (item: OutboxItem): void {
    this.#put(item)
    if (item.sealing !== null && item.error === null) this.#noteSealed(item.sealing)
  }

  /** Of these, those that one call takes: sealed, and without a receipt; at most so many, as many bytes as a call may have, and none behind one that may not leave yet. */
  batch (ids: readonly EntryId[], most: number, mayLeave: (item: OutboxItem) => boolean): OutboxItem[] {
    const items: OutboxItem[] = []
    let bytes = 0
    for (const id of ids) {
      const item = this.get(id)
      if (item?.sealing == null || item.error !== null || this.receiptOf(id) !== undefined) continue
      if (!mayLeave(item)) break
      bytes += item.sealing.payload.length
      if (items.length >= most || (items.length > 0 && bytes > LIMITS.readBytes)) break
      items.push(item)
    }
    return items
  }

  /** Drops an item, and what was known of it. */
  delete (item: OutboxItem): void {
    const name = bytesName(item.id)
    this.#receipts.delete(name)
    this.#orders.delete(name)
    this.#profiles.delete(name)
    if (this.#items.delete(name) && item.mark) this.#marks--
  }

  /** The home's receipt for an item came: it stands at this number, in this term. */
  receipted (item: OutboxItem, { term, seq }: LeftBehind): void { this.#receipts.set(bytesName(item.id), { term, seq }) }
  /** The number an item was receipted at, while the log has not shown it yet. */
  receiptOf (id: EntryId): number | undefined { return this.#receipts.get(bytesName(id))?.seq }

  /** What was receipted counts as not sent, all of it or what a takeover left behind: the home that gave the receipts is gone. */
  forgetReceipts (left?: LeftBehind): void {
    for (const [name, receipt] of this.#receipts) if (left === undefined || isLeft(receipt, left)) this.#receipts.delete(name)
  }

  /** Drops an item that could not be made durable: its number in the run is given again, so that no gap is left behind it. */
  undo (item: OutboxItem): void {
    this.delete(item)
    this.#sealed = { devSeq: 0, entry: null }
    for (const { sealing, error } of this.#items.values()) if (sealing !== null && error === null) this.#noteSealed(sealing)
  }

  /** The run after the last sealing; `logged` is this device's run in the log. */
  run (logged: OwnRun): OwnRun {
    return this.#sealed.devSeq > logged.devSeq ? this.#sealed : logged
  }

  /**
   * Whether what waits must be sealed anew before anything leaves: one is unsealed, sealed for another epoch, or does
   * not follow the one before it in this device's run. A crash between a commit (or a final failure) and the new sealing leaves that.
   */
  needsSealing (logged: OwnRun, context: SealContext): boolean {
    let next = logged.devSeq + 1
    for (const item of this.#items.values()) {
      if (item.error !== null || item.parked === true) continue
      if (!isSealedAs(item, next++, context)) return true
    }
    return false
  }

  #put (item: OutboxItem): void {
    const name = bytesName(item.id)
    if (item.mark && !this.#items.has(name)) this.#noteMark(name, item)
    if (item.error !== null) this.#orders.delete(name)
    else if (!item.mark && !this.#items.has(name)) this.#noteOrder(name, item)
    this.#items.set(name, item)
  }

  #noteMark (name: string, { body: bytes }: OutboxItem): void {
    this.#marks++
    const body = cachedBody(bytes)
    if (body.kind === 'profile') this.#profiles.set(name, body.name)
  }

  #noteOrder (name: string, { body: bytes, createdAt }: OutboxItem): void {
    const body = cachedBody(bytes)
    if (isAbout(body) || body.kind === 'delete') this.#orders.set(name, { body, createdAt })
  }

  #noteSealed ({ devSeq, entry }: OwnRun): void { if (devSeq > this.#sealed.devSeq) this.#sealed = { devSeq, entry } }

  /**
   * Seals every waiting item anew, in order, from the log's run on: after a new epoch, or when one of them failed for
   * good. Call it only when the log up to the epoch's commit is known, so that no older sealing can still turn up
   * unseen. Items that have a receipt are in the log already and keep their sealing; with `keep`, so do those in front
   * whose sealing still holds.
   */
  resealAll (logged: OwnRun, context: SealContext, keep = false): OutboxItem[] {
    let run = logged
    let isKept = keep
    this.#sealed = logged
    const changed: OutboxItem[] = []
    for (const item of this.#items.values()) {
      if (item.error !== null || item.parked === true) continue
      isKept &&= isSealedAs(item, run.devSeq + 1, context)
      if (item.sealing !== null && (isKept || this.receiptOf(item.id) !== undefined)) {
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

/** Whether an item is sealed for this epoch, under its very keys, with this number. */
function isSealedAs ({ id, sealing }: OutboxItem, devSeq: number, { log, epoch, content }: SealContext): boolean {
  return sealing?.epoch === epoch && sealing.devSeq === devSeq && canOpen(content, sealing.payload, { log, epoch, id })
}

/** Whether a sealed message opens under an epoch's key. Two commits can make one epoch number, and only one of them stays. */
export function canOpen (content: Uint8Array, payload: Uint8Array, place: { log: LogId, epoch: number, id: EntryId }): boolean {
  try {
    openMessage(content, payload, place)
    return true
  } catch (error) {
    if (error instanceof PetrelError) return false
    throw error
  }
}
