/** When lines of secret chats go: by a clock that never goes back while the node runs, by the wall clock over a restart, and never later than their time from when they were read. */
import type { SecretChat } from './secret-chat.js'
import type { SecretDue, SecretStore } from './store.js'
import { told, type Lines } from './lines.js'

/** What they work with. */
export interface SecretTimersDeps {
  readonly chats: () => Iterable<SecretChat>
  readonly store: SecretStore
  /** See {@link steadyClock}. */
  readonly steady: () => number
  /** Told when lines went: their bytes are to be taken off the disk. */
  readonly erased: () => void
  readonly failed: (error: unknown) => void
}

// A timer of Node's holds no longer than 24 days; a machine that slept looks again soon.
const LOOK_MS = 60_000
const PAGE = 256

/** See the file's head. */
export class SecretTimers {
  readonly #deps: SecretTimersDeps
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = true
  #isFirst = true

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
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#again = false
      this.#deps.failed(error)
      this.#lookIn(LOOK_MS)
    }).finally(() => {
      this.#running = undefined
      // It may have come after the last look: nothing else would look for it.
      if (this.#again) this.look()
    })
  }

  async #run (): Promise<void> {
    const { store, steady } = this.#deps
    while (this.#again && !this.#stopped) {
      this.#again = false
      if (this.#isFirst) await this.#setBack()
      this.#isFirst = false
      for (let due = await this.#now(); due.length > 0 && !this.#stopped; due = await this.#now()) await this.#erase(due)
      const [next] = await store.due(undefined, 1)
      // One that has come meanwhile may go before it.
      if (next !== undefined && !this.#again) this.#lookIn(next.goesAt - steady())
    }
  }

  #lookIn (ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#stopped) this.#timer = setTimeout(() => { this.look() }, Math.min(Math.max(ms, 0), LOOK_MS)).unref()
  }

  async #now (): Promise<SecretDue[]> { return await this.#deps.store.due(this.#deps.steady() + 1, PAGE) }

  /** Over a restart the clock may have been set back: how long ago those were read that were read later than now nobody knows, and they go. */
  async #setBack (): Promise<void> {
    const { store, steady } = this.#deps
    const now = steady()
    // Only lines whose time runs stand there.
    const wrong = (await store.due()).filter(({ readAt }) => readAt > now)
    for (let i = 0; i < wrong.length; i += PAGE) await this.#erase(wrong.slice(i, i + PAGE))
  }

  async #erase (due: readonly SecretDue[]): Promise<void> {
    const { store, erased } = this.#deps
    const left = new Set(due)
    for (const chat of this.#deps.chats()) {
      const own = [...left].filter(one => Buffer.compare(one.chat, chat.record.chat) === 0)
      if (own.length === 0) continue
      for (const one of own) left.delete(one)
      await chat.exclusive(async () => {
        const lines: Lines = { rows: [], ops: own.map(one => store.dropDue(one)), events: [], record: chat.record }
        for (const { row } of own) {
          const value = await store.row(chat.record.chat, row)
          if (value !== undefined) lines.ops.push(...store.dropRow(chat.record.chat, row, value))
        }
        told(chat, lines, 'expired')
        await chat.change({}, lines)
      })
      erased()
    }
    // Of chats that are no more.
    if (left.size > 0) await store.forgetDue([...left])
  }
}
