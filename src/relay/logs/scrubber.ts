/**
 * After an erase or a removal the old bytes may still lie in the store's files. A scrubber takes them off the disk
 * within a stated time: what a person takes back for all must not wait until the store happens to tidy up. There is one
 * for the entries of logs, and one for frames that waited for a device.
 */
import { encodeCbor } from '../../protocol/wire/index.js'
import type { Cancel, Clock, RecordStore } from '../../store/index.js'
import { mapKey, bytesOfMapKey } from '../bytes-text.js'
import type { Logger } from '../logger.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

/** What a scrubber works on. */
export interface ScrubberParts {
  readonly records: RecordStore
  /** Takes the bytes of one of them (a log's id, say) off the disk. */
  readonly scrub: (id: Uint8Array, options: { signal: AbortSignal }) => Promise<void>
  /** Where those are noted that wait. */
  readonly notes: 'scrub' | 'scrubFrames'
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
    const { records, notes } = this.#parts
    for await (const [key] of records.list(recordKey(notes))) this.#waiting.add(mapKey(recordKeyRest(notes, key)))
    if (this.#waiting.size > 0) this.#later()
  }

  /** How many are not clean yet. */
  get waiting (): number { return this.#waiting.size }

  /** Notes durably that one has bytes to take off the disk: before who asked for it is answered. */
  async expect (id: Uint8Array): Promise<void> {
    // In memory first: a pass that ends just now must see it, and leave the note there.
    this.#waiting.add(mapKey(id))
    this.#later()
    const { records, notes } = this.#parts
    await records.put(recordKey(notes, id), encodeCbor([1]))
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
    const { records, notes, scrub, log } = this.#parts
    const { signal } = this.#closing
    // As they are now: what is erased while one is scrubbed needs another pass.
    for (const name of [...this.#waiting]) {
      if (signal.aborted) return
      this.#waiting.delete(name)
      const id = bytesOfMapKey(name)
      try {
        await scrub(id, { signal })
        // An erase that came meanwhile has found its note there and put it back among those that wait.
        if (!this.#waiting.has(name)) await records.delete(recordKey(notes, id))
        log('debug', 'store.scrubbed', { what: notes })
      } catch (error) {
        this.#waiting.add(name)
        if (signal.aborted) return
        log('warn', 'store.not-scrubbed', { what: notes, reason: error instanceof Error ? error.name : 'unknown' })
      }
    }
    if (this.#waiting.size > 0) this.#later()
  }
}
