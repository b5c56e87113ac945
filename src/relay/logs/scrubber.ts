/**
 * After an erase or a removal the old bytes may still lie in the store's files. The scrubber takes them off the disk
 * within a stated time: what a person takes back for all must not wait until the store happens to tidy up.
 */
import { encodeCbor } from '../../protocol/wire/index.js'
import type { Cancel, Clock, Store } from '../../store/index.js'
import { mapKey, bytesOfMapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

/** What a scrubber works on. */
export interface ScrubberParts {
  readonly store: Pick<Store, 'logs' | 'records'>
  readonly clock: Clock
  readonly log: Logger
  /** How long after the first erase a log is scrubbed, ms: erases that come meanwhile share it. */
  readonly delayMs: number
}

/** See the file's head. */
export class Scrubber {
  readonly #parts: ScrubberParts
  readonly #waiting = new Set<string>()
  #cancel: Cancel | undefined
  #running: Promise<void> = Promise.resolve()
  #closing = new AbortController()

  constructor (parts: ScrubberParts) { this.#parts = parts }

  /** Goes on with what a restart interrupted. */
  async recover (): Promise<void> {
    for await (const [key] of this.#parts.store.records.list(recordKey('scrub'))) this.#waiting.add(mapKey(recordKeyRest('scrub', key)))
    if (this.#waiting.size > 0) this.#later()
  }

  /** Logs whose files are not clean yet. */
  get waiting (): number { return this.#waiting.size }

  /** Notes durably that a log has bytes to take off the disk: before who asked for it is answered. */
  async expect (log: Uint8Array): Promise<void> {
    // In memory first: a pass that ends just now must see it, and leave the note there.
    this.#waiting.add(mapKey(log))
    this.#later()
    await this.#parts.store.records.put(recordKey('scrub', log), encodeCbor([1]))
  }

  /** Scrubs everything that waits, now. What fails is tried again later. */
  async run (): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    this.#running = this.#running.then(() => this.#run())
    await this.#running
  }

  /** Stops; what waits is gone on with at the next start. */
  async close (): Promise<void> {
    this.#closing.abort()
    this.#cancel?.()
    await this.#running
  }

  #later (): void {
    if (this.#closing.signal.aborted) return
    this.#cancel ??= this.#parts.clock.after(this.#parts.delayMs, () => { void this.run() })
  }

  async #run (): Promise<void> {
    const { store, log } = this.#parts
    const { signal } = this.#closing
    // As they are now: what is erased while one is scrubbed needs another pass.
    for (const name of [...this.#waiting]) {
      if (signal.aborted) return
      this.#waiting.delete(name)
      const id = bytesOfMapKey(name)
      try {
        await store.logs.scrub(id, { signal })
        // An erase that came meanwhile has found its note there and put the log back among those that wait.
        if (!this.#waiting.has(name)) await store.records.delete(recordKey('scrub', id))
        log('debug', 'log.scrubbed')
      } catch (error) {
        this.#waiting.add(name)
        if (signal.aborted) return
        log('warn', 'log.not-scrubbed', { reason: error instanceof Error ? error.name : 'unknown' })
      }
    }
    if (this.#waiting.size > 0) this.#later()
  }
}
