/**
 * Brings files to a home relay of the account for the messages that wait for them: small ones several at a time and in
 * their order, large ones one after another beside them. What cannot be brought now is tried again when a relay is
 * there, and at times by itself; nothing else waits for it.
 */
import { base32Text, LIMITS } from '../../protocol/wire/index.js'
import { Lane } from './lane.js'
import { UploadJob } from './upload-job.js'
import type { UploaderParts, Waiter, Wanted } from './upload-types.js'

/** See the file's head. */
export class Uploader {
  readonly #parts: UploaderParts
  readonly #jobs = new Map<string, UploadJob>()
  readonly #lanes = { small: new Lane(LIMITS.uploadsAtOnce), large: new Lane(1) }
  #unwatch: Array<() => void> = []
  #stopped = true
  /** Bytes of blocks that were handed to relays since this node runs. */
  sentBytes = 0

  constructor (parts: UploaderParts) { this.#parts = parts }

  /** Begins, or looks anew where the homes are. */
  start (): void {
    this.#stopped = false
    for (const unwatch of this.#unwatch) unwatch()
    this.#unwatch = this.#parts.homes().map(home => home.onConnected(() => { this.kick() }))
    this.kick()
  }

  /** Tries at once what waits: a relay is there, or has room again. */
  kick (): void {
    if (this.#stopped) return
    const isReached = this.#parts.homes().some(home => home.isConnected)
    for (const job of this.#jobs.values()) job.again(isReached)
    for (const lane of Object.values(this.#lanes)) lane.open = isReached
  }

  /** Ends what is on its way; it goes on from there at the next start. */
  async stop (): Promise<void> {
    this.#stopped = true
    for (const unwatch of this.#unwatch.splice(0)) unwatch()
    for (const lane of Object.values(this.#lanes)) lane.open = false
    await Promise.all([...this.#jobs.values()].map(async job => { await job.stop() }))
  }

  /** Has a file brought to a home. The waiter is told once; until then the returned way ends its wait, and the upload when nobody else waits. */
  want (wanted: Wanted, waiter: Waiter): () => void {
    const name = base32Text(wanted.root)
    const job = this.#jobs.get(name) ?? this.#begin(name, wanted)
    job.waiters.add(waiter)
    return () => {
      job.waiters.delete(waiter)
      if (job.waiters.size === 0) job.cancel()
    }
  }

  #begin (name: string, wanted: Wanted): UploadJob {
    const lane = wanted.size <= LIMITS.smallUploadBytes ? this.#lanes.small : this.#lanes.large
    const job = new UploadJob({
      ...this.#parts, wanted, lane,
      onSent: bytes => { this.sentBytes += bytes },
      onEnd: () => { if (this.#jobs.get(name) === job) this.#jobs.delete(name) },
      onUnreached: () => { this.#unreached() }
    })
    this.#jobs.set(name, job)
    const isReached = this.#parts.homes().some(home => home.isConnected)
    lane.open = isReached && !this.#stopped
    job.begin(isReached)
    return job
  }

  /** No home is there: nothing is begun until one is. */
  #unreached (): void {
    if (!this.#parts.homes().some(home => home.isConnected)) for (const lane of Object.values(this.#lanes)) lane.open = false
  }
}
