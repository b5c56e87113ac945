/** Watches files on their way to the relay: shows how far they are, and tells when nothing moves. */
import type { MediaTransfer, Petrel } from '../../protocol/api/index.js'
import { codeOf } from '../failure.js'
import type { Progress } from '../terminal/progress.js'

/** What a watch is told. `lookMs`: how long to look for a relay; `stallMs`: how long bytes may stand still while one takes them. */
export interface WatchOptions { readonly progress: Progress, readonly what: string, readonly lookMs: number, readonly stallMs: number }

/** One watch over the files of one message. */
export class UploadWatch {
  readonly #options: WatchOptions
  readonly #transfers = new Map<string, MediaTransfer>()
  readonly #still = new AbortController()
  readonly #over = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #bytes = -1
  #running = false

  constructor (options: WatchOptions) {
    this.#options = options
    this.#expect(options.lookMs)
  }

  /** Aborts when nothing has moved for too long. */
  get still (): AbortSignal { return this.#still.signal }

  /** Watches until {@link end}, or until the signal aborts. Never throws: watching is not sending. */
  async run (petrel: Pick<Petrel, 'transfers'>, media: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      for await (const transfer of petrel.transfers({ media: [...media], signal: AbortSignal.any([signal, this.#over.signal]) })) this.#take(transfer)
    } catch (error) {
      // A daemon that is older tells nothing of transfers; the message goes all the same.
      if (codeOf(error) === 'ERR_UNSUPPORTED') return
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
    const sum = (of: (one: MediaTransfer) => number): number => all.reduce((total, one) => total + of(one), 0)
    const [bytes, total] = [sum(one => one.bytes), sum(one => one.total)]
    const running = all.some(one => one.state === 'running')
    const { progress, what, lookMs, stallMs } = this.#options
    progress.show({ what: `${what}: ${running ? 'uploading' : bytes < total ? 'waiting for a relay' : 'uploaded'}`, bytes, total, rate: sum(one => one.rate) })
    // The last byte is not the end: the message still has to get its place.
    if (bytes !== this.#bytes || running !== this.#running) this.#expect(running ? stallMs : lookMs)
    this.#bytes = bytes
    this.#running = running
  }

  #expect (ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#over.signal.aborted) this.#timer = setTimeout(() => { this.#still.abort() }, ms)
  }
}
