/**
 * Tells the others of a chat how far this account has received and read. In a direct chat at once; in a group seldom,
 * since each word goes to every member: what came meanwhile is told together, and the members do not speak all at the same
 * moment. In a large group nothing is told but that a newcomer has come in, or one who was there before. In the same way
 * each says once what it calls itself.
 */
import { systemRandom } from '../../protocol/crypto/index.js'
import { encodeBody, type MarkBody } from '../../protocol/message/index.js'
import { InternalError, LIMITS, PetrelError } from '../../protocol/wire/index.js'
import { shortId } from '../log.js'
import { stops } from './alarm.js'
import { hasArrived } from './arrival.js'
import type { Chat } from './chat.js'
import { dueMark, markOf, type Cursor } from './cursor.js'
import type { MarkTiming } from './mark-timing.js'
import { dueProfileAlone } from './due-profile.js'

/** See the file's head. */
export class Marking {
  readonly #chat: Chat
  /** Makes a mark durable, and sends it. */
  readonly #add: (id: Uint8Array, body: Uint8Array) => Promise<unknown>
  readonly #timing: MarkTiming
  #stopped = true
  #timer: NodeJS.Timeout | undefined
  /** When the last one was made, ms. */
  #lastAt = -Infinity

  constructor (chat: Chat, add: (id: Uint8Array, body: Uint8Array) => Promise<unknown>) {
    this.#chat = chat
    this.#add = add
    this.#timing = { groupMarkMs: LIMITS.groupMarkMs, groupMarkSpreadMs: LIMITS.groupMarkSpreadMs, ...chat.deps.marks }
  }

  /** Begins. */
  start (): void {
    this.#stopped = false
  }

  /** Tells nothing more. */
  stop (): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Something may have come or been read that the others wait to hear of. Resolves when that is durable, or will be told later. @throws what the disk says */
  async look (): Promise<void> {
    if (this.#stopped || this.#timer !== undefined || (this.#due() ?? dueProfileAlone(this.#chat)) === undefined) return
    const wait = this.#wait()
    if (wait === 0) await this.#tell()
    else this.#timer = setTimeout(() => { this.#later() }, wait).unref()
  }

  #later (): void {
    this.#timer = undefined
    this.#tell().catch((error: unknown) => {
      const { deps, id } = this.#chat
      deps.log('info', 'chat.mark', { chat: shortId(id), code: error instanceof PetrelError ? error.code : InternalError.code })
    })
  }

  async #tell (): Promise<void> {
    if (this.#stopped) return
    const [profile, due] = [dueProfileAlone(this.#chat), this.#due()]
    const bodies = [...profile === undefined ? [] : [profile], ...due === undefined ? [] : [encodeBody({ kind: 'mark', ...due })]]
    if (bodies.length > 0) this.#lastAt = this.#chat.deps.now()
    await Promise.all(bodies.map(async body => await this.#add(systemRandom(16), body)))
  }

  /** How long it waits from now on, ms: in a group as long as the interval says, and then as chance wills. */
  #wait (): number {
    const { record, deps: { now } } = this.#chat
    if (record.direct) return 0
    const [random = 0] = systemRandom(1)
    return Math.max(0, this.#lastAt + this.#timing.groupMarkMs - now()) + Math.round(this.#timing.groupMarkSpreadMs * record.members.length * random / 255)
  }

  /** The mark that need not wait, once the cursor is this one; undefined when there is none, or a profile is due with it. */
  riding (cursor: Cursor): Uint8Array | undefined {
    if (this.#stopped || !this.#chat.record.direct) return undefined
    const due = this.#due(cursor)
    return due === undefined || dueProfileAlone(this.#chat) !== undefined ? undefined : encodeBody({ kind: 'mark', ...due })
  }

  /** One on its way says enough until it is there. */
  #due (cursor = this.#chat.cursor): Pick<MarkBody, 'delivered' | 'read'> | undefined {
    const { record, deps, outbox, isBlocked, hasReceipts } = this.#chat
    if (record.stage !== 'ready' || stops(cursor.alarm) || outbox.hasMark || isBlocked) return undefined
    return (hasReceipts ? dueMark(cursor, deps.me) : undefined) ?? this.#arrival()
  }

  /** Who added somebody posts the letter again until something of whom it added stands in the log since: where nothing else says so, this does. */
  #arrival (): Pick<MarkBody, 'delivered' | 'read'> | undefined {
    const { cursor, record: { direct, joined }, deps, outbox, hasReceipts } = this.#chat
    if (direct || joined === null || !hasArrived(this.#chat) || outbox.size > 0 || dueProfileAlone(this.#chat) !== undefined) return undefined
    const own = markOf(cursor, deps.me)
    const run = cursor.runs.get(deps.device.key)
    const isTold = hasReceipts ? own.delivered >= joined.seq : run !== undefined && (run.at ?? Infinity) > joined.seq
    return isTold ? undefined : { delivered: Math.max(cursor.seq, own.delivered), read: own.read }
  }
}
