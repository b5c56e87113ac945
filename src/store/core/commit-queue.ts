/** Group commit: one writer, and whatever waits meanwhile goes into its next synced write together. */
import { AbortedError, LIMITS } from '../../protocol/wire/index.js'
import type { Changes } from '../changes.js'

/** The changes of one batch: how many, how large, and they themselves, said when it is written. */
export interface QueuedOps { readonly count: number, readonly bytes: number, readonly changes: Changes }

interface Waiting {
  readonly ops: QueuedOps
  readonly soft: boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** What the queue needs from its owner. */
export interface CommitSink {
  /** Writes one group. */
  write: (changes: Changes, sync: boolean) => Promise<void>
  /** A write failed: called before anybody is told. Returns the error for the group in flight, and for those that waited behind it. */
  failed: (error: unknown) => { inFlight: Error, behind: Error }
}

/** Batches in order of arrival, many per write. */
export class CommitQueue {
  #waiting: Waiting[] = []
  #running = false
  #idle: Array<() => void> = []
  readonly #sink: CommitSink

  constructor (sink: CommitSink) { this.#sink = sink }

  /** Whether nothing waits and nothing is being written. */
  get quiet (): boolean { return !this.#running }

  /** Resolves once the batch, and all before it, are written. An empty one is a barrier. */
  add (ops: QueuedOps, soft: boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const batch: Waiting = { ops, soft, resolve, reject }
      this.#waiting.push(signal === undefined ? batch : this.#withdrawable(batch, signal))
      if (!this.#running) {
        this.#running = true
        // A microtask later, so that all batches of one tick share the first write.
        queueMicrotask(() => { void this.#run() })
      }
    })
  }

  /** Resolves when the queue is quiet. */
  async drained (): Promise<void> {
    if (this.#running) await new Promise<void>(resolve => { this.#idle.push(resolve) })
  }

  #withdrawable (batch: Waiting, signal: AbortSignal): Waiting {
    const stop = (): void => {
      const at = this.#waiting.indexOf(own)
      if (at >= 0) this.#waiting.splice(at, 1)
      batch.reject(new AbortedError(undefined, { cause: signal.reason }))
    }
    const own: Waiting = {
      ...batch,
      resolve: () => { signal.removeEventListener('abort', stop); batch.resolve() },
      reject: error => { signal.removeEventListener('abort', stop); batch.reject(error) }
    }
    signal.addEventListener('abort', stop, { once: true })
    return own
  }

  #take (): Waiting[] {
    let bytes = 0
    let ops = 0
    let n = 0
    for (const batch of this.#waiting) {
      bytes += batch.ops.bytes
      ops += batch.ops.count
      if (n > 0 && (bytes > LIMITS.storeGroupBytes || ops > LIMITS.storeGroupOps)) break
      n++
    }
    return this.#waiting.splice(0, n)
  }

  #write (group: readonly Waiting[]): Promise<void> {
    if (group.every(({ ops }) => ops.count === 0)) return Promise.resolve()
    return this.#sink.write(sink => { for (const { ops } of group) ops.changes(sink) }, group.some(({ soft }) => !soft))
  }

  async #run (): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#take()
      try {
        await this.#write(group)
        for (const batch of group) batch.resolve()
      } catch (error) {
        const { inFlight, behind } = this.#sink.failed(error)
        const rest = this.#waiting.splice(0)
        for (const batch of group) batch.reject(inFlight)
        for (const batch of rest) batch.reject(behind)
      }
    }
    this.#running = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
