/** When lines of secret chats go: by the machine's steady clock while the node runs, by the wall clock over a restart, and never later than their time from when they were read. */
import type { SecretChat } from './secret-chat.js'
import type { SecretStore } from './store.js'
import { told, type Lines } from './lines.js'
import { LIMITS } from '../../protocol/wire/index.js'

/** What they work with. */
export interface SecretTimersDeps {
  readonly chats: () => Iterable<SecretChat>
  readonly store: SecretStore
  readonly now: () => number
  /** Told when lines went: their bytes are to be taken off the disk. */
  readonly erased: () => void
  readonly failed: (error: unknown) => void
}

// A timer of Node's holds no longer than 24 days; a machine that slept looks again soon.
const LOOK_MS = 60_000

/** See the file's head. */
export class SecretTimers {
  readonly #deps: SecretTimersDeps
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = true

  constructor (deps: SecretTimersDeps) { this.#deps = deps }

  /** Begins. */
  start (): void {
    this.#stopped = false
    this.look()
  }

  /** Stops after what runs. */
  async stop (): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  /** Looks now what is due, and when the next is. */
  look (): void {
    if (this.#stopped) return
    this.#again = true
    this.#running ??= this.#run().catch((error: unknown) => { this.#deps.failed(error) }).finally(() => { this.#running = undefined })
  }

  async #run (): Promise<void> {
    let next = Infinity
    while (this.#again && !this.#stopped) {
      this.#again = false
      next = Infinity
      for (const chat of this.#deps.chats()) next = Math.min(next, await this.#sweep(chat))
    }
    clearTimeout(this.#timer)
    if (this.#stopped || next === Infinity) return
    this.#timer = setTimeout(() => { this.look() }, Math.min(Math.max(next - this.#deps.now(), 0), LOOK_MS)).unref()
  }

  /** Erases what is due. @returns when the next line of the chat is, ms */
  async #sweep (chat: SecretChat): Promise<number> {
    const { store, now } = this.#deps
    return await chat.exclusive(async () => {
      let next = Infinity
      const lines: Lines = { rows: [], ops: [], events: [], record: chat.record }
      for (const { row, value } of await store.rows(chat.record.chat, Infinity, LIMITS.secretUnacknowledged * 4)) {
        if (value.goesAt === null || value.readAt === null) continue
        const time = now()
        // A clock that was set back does not make it live longer than it was told to.
        const due = time < value.readAt ? time : value.goesAt
        if (due <= time) lines.ops.push(...store.dropRow(chat.record.chat, row, value))
        else next = Math.min(next, due)
      }
      if (lines.ops.length > 0) {
        told(chat, lines, 'expired')
        await chat.change({}, lines)
        this.#deps.erased()
      }
      return next
    })
  }
}
