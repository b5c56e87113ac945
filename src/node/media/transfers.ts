/**
 * Files on their way, as they stand: in memory, told to whoever listens. How a transfer ended is an update as well; how
 * far it got is not worth a place on the disk.
 */
import type { MediaTransfer } from '../../protocol/api/index.js'
import { base32Text, type Cid, type PetrelError } from '../../protocol/wire/index.js'

/** What is known of a transfer now. */
export interface Standing {
  readonly direction: MediaTransfer['direction']
  readonly state: MediaTransfer['state']
  /** Bytes that are there, of `total`. */
  readonly bytes: number
  readonly total: number
  readonly error?: PetrelError | null
}

/** The rate is that of so many ms at least, so that one block does not make it jump. */
const RATE_MS = 1000

interface Entry { transfer: MediaTransfer, rateFrom: { readonly at: number, readonly bytes: number } }

/** See the file's head. */
export class Transfers {
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Set<(transfer: MediaTransfer) => void>()

  /** @param now - ms, monotonic */
  constructor (now: () => number = () => performance.now()) { this.#now = now }

  /** How a file's transfer stands now; returned as it is told. One that is over is told once, and forgotten. */
  report (root: Cid, { direction, state, bytes, total, error = null }: Standing): MediaTransfer {
    const media = base32Text(root)
    const name = `${direction} ${media}`
    const before = this.#entries.get(name)
    const now = this.#now()
    const isRunning = state === 'running'
    // What was there before it began, or while it waited, was not moved just now.
    const from = before?.transfer.state === 'running' && bytes >= before.rateFrom.bytes ? before.rateFrom : { at: now, bytes }
    const ms = now - from.at
    const rate = !isRunning ? 0 : ms < RATE_MS ? before?.transfer.rate ?? 0 : Math.round((bytes - from.bytes) * 1000 / ms)
    const transfer: MediaTransfer = { media, direction, state, bytes, total, rate, error: error === null ? null : { code: error.code, message: error.message } }
    if (state === 'done' || state === 'failed') this.#entries.delete(name)
    else this.#entries.set(name, { transfer, rateFrom: ms < RATE_MS ? from : { at: now, bytes } })
    for (const listener of [...this.#listeners]) listener(transfer)
    return transfer
  }

  /** Nobody wants it any more. */
  forget (root: Cid, direction: MediaTransfer['direction']): void { this.#entries.delete(`${direction} ${base32Text(root)}`) }

  /** The transfer of a file that is on its way. */
  of (root: Cid): MediaTransfer | null {
    const media = base32Text(root)
    return (this.#entries.get(`upload ${media}`) ?? this.#entries.get(`download ${media}`))?.transfer ?? null
  }

  /** All that are on their way. */
  all (): MediaTransfer[] { return [...this.#entries.values()].map(entry => entry.transfer) }

  /** Tells `listener` of each change. Returns the way to stop that. */
  watch (listener: (transfer: MediaTransfer) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }
}
