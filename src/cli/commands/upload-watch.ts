/** Watches files on their way to the relay: shows how far they are, and tells when nothing moves. */
import type { MediaTransfer, Petrel } from '../../protocol/api/index.js'
import type { Progress } from '../terminal/progress.js'

/** What a watch is told. `lookMs`: how long to look for a relay; `stallMs`: how long bytes may stand still while one takes them. */
export interface WatchOptions { readonly progress: Progress, readonly what: string, readonly lookMs: number, readonly stallMs: number }

/** One watch over the files of one message. */
export class UploadWatch {
  readonly #options: WatchOptions
  readonly #transfers = new Map<string, MediaTransfer>()
  readonly #still = new AbortController()
  readonly #over = new AbortController()
  readonly #done = new AbortController()
  #count = Infinity
  #timer: NodeJS.Timeout | undefined
  #bytes = -1
  #movedAt = performance.now()

  constructor (options: WatchOptions) {
    this.#options = options
    this.#expect(options.lookMs)
  }

  /** Aborts when nothing has moved for too long. */
  get still (): AbortSignal { return this.#still.signal }

  /** Aborts when all files are there. */
  get done (): AbortSignal { return this.#done.signal }

  /** Why files wait, in words; null when nobody has said. */
  get trouble (): string | null { return [...this.#transfers.values()].find(one => one.error !== null)?.error?.message ?? null }

  /** Watches until {@link end}, or until the signal aborts. Never throws: watching is not sending. */
  async run (petrel: Pick<Petrel, 'transfers'>, media: readonly string[], signal: AbortSignal): Promise<void> {
    this.#count = media.length
    try {
      for await (const transfer of petrel.transfers({ media: [...media], signal: AbortSignal.any([signal, this.#over.signal]) })) this.#take(transfer)
    } catch {
      // A daemon that is older, or gone, tells nothing of transfers: whoever sends hears what becomes of the message.
    }
  }

  /** Ends it. */
  end (): void {
    clearTimeout(this.#timer)
    this.#over.abort()
  }

  #take (transfer: MediaTransfer): void {
    if (transfer.direction !== 'upload') return
    this.#transfers.set(transfer.media, transfer)
    const all = [...this.#transfers.values()]
    if (all.length >= this.#count && all.every(one => one.state === 'done')) this.#done.abort()
    const sum = (of: (one: MediaTransfer) => number): number => all.reduce((total, one) => total + of(one), 0)
    const [bytes, total] = [sum(one => one.bytes), sum(one => one.total)]
    const running = all.some(one => one.state === 'running')
    const { progress, what, lookMs, stallMs } = this.#options
    progress.show({ what: `${what}: ${running ? 'uploading' : bytes < total ? 'waiting for a relay' : 'uploaded'}`, bytes, total, rate: sum(one => one.rate) })
    // Only bytes count as movement: a relay that is tried again and again must not keep the person.
    if (bytes !== this.#bytes) this.#movedAt = performance.now()
    this.#bytes = bytes
    // The last byte is not the end: the message still has to get its place.
    this.#expect((running ? stallMs : lookMs) - (performance.now() - this.#movedAt))
  }

  #expect (ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#over.signal.aborted) this.#timer = setTimeout(() => { this.#still.abort() }, Math.max(0, ms))
  }
}
