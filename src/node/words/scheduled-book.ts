/**
 * Own messages that wait for their time: durable, in memory, and sent when they are due by the node's clock. Each has its
 * id from the beginning, so that it is sent once whatever is killed when.
 */
import { base32Text, cutText, InternalError, LIMITS, PetrelError, QuotaError, RateLimitError, toPetrelError, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { shortId, type NodeLog } from '../log.js'
import type { RecordKeys } from '../records/index.js'
import { Serial } from '../serial.js'
import { decodeScheduled, encodeScheduled, type Scheduled } from './scheduled.js'

/** How long it may sleep, ms: a clock that is set, or a machine that slept, is noticed within this. */
const LOOK_MS = 30_000
/** What could not be sent for now is tried again after this, ms. */
const AGAIN_MS = 30_000

/** What the book works with. */
export interface ScheduledParts {
  readonly kv: KeyValueStore
  readonly keys: RecordKeys
  readonly now: () => number
  readonly log: NodeLog
  /** Hands a message to its chat, with these changes in the same batch. Again for one that the chat has: writes the changes alone. */
  readonly send: (scheduled: Scheduled, ops: readonly KeyValueOp[]) => Promise<void>
  /** Writes a message that could not be sent, and tells of it. */
  readonly failed: (scheduled: Scheduled, op: KeyValueOp) => Promise<void>
}

/** See the file's head. */
export class ScheduledBook {
  readonly #parts: ScheduledParts
  readonly #all = new Map<string, Scheduled>()
  readonly #turns = new Serial()
  /** Not to be tried before, by id. */
  readonly #pauses = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #running = false

  private constructor (parts: ScheduledParts) { this.#parts = parts }

  /** Reads what waits. */
  static async open (parts: ScheduledParts): Promise<ScheduledBook> {
    const book = new ScheduledBook(parts)
    for await (const [, bytes] of parts.kv.iterate(parts.keys.all('scheduled'))) book.#keep(decodeScheduled(bytes))
    return book
  }

  /** What waits, the next one first. */
  all (): Scheduled[] { return [...this.#all.values()].sort((a, b) => a.at - b.at || a.createdAt - b.createdAt) }

  /** One that waits. */
  get (id: EntryId): Scheduled | undefined { return this.#all.get(base32Text(id)) }

  /** @throws QuotaError when no more may wait */
  requireRoom (): void {
    if (this.#all.size >= LIMITS.scheduledMessages) throw new QuotaError(`${LIMITS.scheduledMessages} messages wait for their time already: let some be sent, or take some back`)
  }

  /** Keeps a message until its time; `write` writes the change with what else belongs to it. */
  async add (scheduled: Scheduled, write: (op: KeyValueOp) => Promise<void>): Promise<void> {
    this.requireRoom()
    // Its place is taken at once: many calls at a time must not go over the bound together.
    this.#keep(scheduled)
    try {
      await write(this.#put(scheduled))
    } catch (error) {
      this.#all.delete(base32Text(scheduled.id))
      throw error
    }
    this.#arm()
  }

  /** Takes a message back; `write` writes the change with what else belongs to it. False when it does not wait any more. */
  async cancel (id: EntryId, write: (scheduled: Scheduled, op: KeyValueOp) => Promise<void>): Promise<boolean> {
    return await this.#turns.run(async () => {
      const scheduled = this.get(id)
      if (scheduled === undefined) return false
      await write(scheduled, this.#del(scheduled))
      this.#all.delete(base32Text(id))
      return true
    })
  }

  /** Has a message say something else when it goes; `write` writes the change with what else belongs to it. False when it does not wait any more. */
  async change (id: EntryId, body: Uint8Array, write: (scheduled: Scheduled, op: KeyValueOp) => Promise<void>): Promise<boolean> {
    return await this.#turns.run(async () => {
      const scheduled = this.get(id)
      if (scheduled === undefined) return false
      const next = { ...scheduled, body }
      await write(next, this.#put(next))
      this.#keep(next)
      return true
    })
  }

  /** Sends a message now. False when it does not wait any more. @throws whatever stands in the way; it waits on then */
  async sendNow (id: EntryId): Promise<boolean> {
    return await this.#turns.run(async () => {
      const scheduled = this.get(id)
      if (scheduled === undefined) return false
      await this.#send(scheduled)
      return true
    })
  }

  /** Begins to send what is due; what was due while the node did not run goes at once. */
  start (): void {
    this.#running = true
    this.#arm()
  }

  /** Stops; what is being sent is durable, or waits, when it resolves. */
  async stop (): Promise<void> {
    this.#running = false
    clearTimeout(this.#timer)
    await this.#turns.idle()
  }

  #keep (scheduled: Scheduled): void { this.#all.set(base32Text(scheduled.id), scheduled) }
  #key ({ id }: Scheduled): Uint8Array { return this.#parts.keys.one('scheduled', id) }
  #put (scheduled: Scheduled): KeyValueOp { return { type: 'put', key: this.#key(scheduled), value: encodeScheduled(scheduled) } }
  #del (scheduled: Scheduled): KeyValueOp { return { type: 'del', key: this.#key(scheduled) } }

  #dueAt (scheduled: Scheduled): number { return Math.max(scheduled.at, this.#pauses.get(base32Text(scheduled.id)) ?? 0) }
  #waiting (): Scheduled[] { return this.all().filter(one => one.error === null) }

  #arm (): void {
    clearTimeout(this.#timer)
    const waiting = this.#waiting()
    if (!this.#running || waiting.length === 0) return
    const next = waiting.reduce((least, one) => Math.min(least, this.#dueAt(one)), Infinity)
    this.#timer = setTimeout(() => { void this.#turns.run(async () => { await this.#sendDue() }) }, Math.min(Math.max(0, next - this.#parts.now()), LOOK_MS)).unref()
  }

  async #sendDue (): Promise<void> {
    for (const one of this.#waiting()) {
      if (!this.#running) return
      if (this.#dueAt(one) > this.#parts.now()) continue
      await this.#send(one).catch(async (error: unknown) => { await this.#refused(one, error) })
    }
    this.#arm()
  }

  async #send (scheduled: Scheduled): Promise<void> {
    try {
      await this.#parts.send(scheduled, [this.#del(scheduled)])
    } catch (error) {
      // A write that failed may have taken effect after all: what the person sees is what is kept.
      await this.#parts.kv.batch([this.#put(scheduled)]).catch(() => undefined)
      this.#pauses.set(base32Text(scheduled.id), this.#parts.now() + AGAIN_MS)
      throw error
    }
    this.#all.delete(base32Text(scheduled.id))
    this.#pauses.delete(base32Text(scheduled.id))
  }

  /** What passes by itself is waited for; anything else is told, and waits for the person. */
  async #refused (scheduled: Scheduled, thrown: unknown): Promise<void> {
    const { log, now, failed } = this.#parts
    const error = toPetrelError(thrown)
    log('info', 'scheduled.refused', { message: shortId(base32Text(scheduled.id)), code: error.code })
    if (error instanceof RateLimitError && typeof error.details.retryMs === 'number') this.#pauses.set(base32Text(scheduled.id), now() + Math.max(1000, error.details.retryMs))
    if (error instanceof RateLimitError || !isFinal(error)) return
    const next: Scheduled = { ...scheduled, error: { code: error.code, message: cutText(error.message, LIMITS.noteBytes) } }
    this.#keep(next)
    await failed(next, this.#put(next)).catch((cause: unknown) => {
      // The disk is full or gone: it is tried again, and told then.
      this.#keep(scheduled)
      log('info', 'scheduled.unwritten', { code: cause instanceof PetrelError ? cause.code : InternalError.code })
    })
  }
}

/** Whether it is of no use to try again by itself: the person must decide, or it can never be sent. */
function isFinal ({ code }: PetrelError): boolean { return ['ERR_FORBIDDEN', 'ERR_BAD_INPUT', 'ERR_TOO_LARGE', 'ERR_PROOF', 'ERR_NOT_FOUND', 'ERR_CONFLICT'].includes(code) }
