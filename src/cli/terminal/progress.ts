/** Bytes on their way, as one line on stderr that is written over. */
import { formatDuration } from '../duration.js'
import type { Io } from '../io.js'
import type { Settings } from '../settings.js'
import { oneLine } from './safe-text.js'
import { bytesText } from './time.js'
import { cut } from './width.js'

/** Written no more often than the eye follows, ms. */
const EVERY_MS = 100
/** A rate is the mean of about this long, ms: one that jumps tells nothing. */
const SMOOTH_MS = 3000
/** Before so long a rate says nothing yet, ms. */
const SETTLE_MS = 500
const USUAL_COLUMNS = 80

/** How far something is. `rate` is bytes per second, 0 while it is not known. */
export interface Standing { readonly what: string, readonly bytes: number, readonly total: number, readonly rate: number }

/** `holiday.mp4: uploading  45 %  540 MiB of 1.2 GiB  10.2 MiB/s  1m 4s left`. Pure. @internal */
export function progressText ({ what, bytes, total, rate }: Standing): string {
  const percent = total === 0 ? 100 : Math.floor(bytes / total * 100)
  const left = rate > 0 && bytes < total ? [`${bytesText(rate)}/s`, `${formatDuration(Math.max(1000, (total - bytes) / rate * 1000))} left`] : []
  return [oneLine(what), `${String(percent).padStart(3)} %`, `${bytesText(bytes)} of ${bytesText(total)}`, ...left].join('  ')
}

/** Counts bytes and tells their rate. `now` is in ms and never goes back. Pure but for what it remembers. */
export class Meter {
  readonly #what: string
  readonly #total: number
  readonly #started: number
  #bytes: number
  #rate = 0
  #last: number

  /** `bytes` are there already, and do not count for the rate. */
  constructor (what: string, total: number, now: number, bytes = 0) {
    this.#what = what
    this.#total = total
    this.#bytes = bytes
    this.#started = now
    this.#last = now
  }

  /** Some more. */
  add (bytes: number, now: number): Standing {
    const passed = now - this.#last
    this.#bytes += bytes
    if (passed > 0) {
      const weight = 1 - Math.exp(-passed / SMOOTH_MS)
      this.#rate += (bytes / passed * 1000 - this.#rate) * weight
      this.#last = now
    }
    // The mean began at nothing: what that pulls it down by is known.
    const settled = 1 - Math.exp(-(now - this.#started) / SMOOTH_MS)
    return { what: this.#what, bytes: this.#bytes, total: this.#total, rate: now - this.#started < SETTLE_MS ? 0 : this.#rate / settled }
  }
}

/** The line. Nothing is shown where stderr is no terminal, and with --quiet and --json. */
export interface Progress {
  show (standing: Standing): void
  /** Takes the line away, so that others can be written. */
  clear (): Promise<void>
}

/** The progress line of one run. */
export function progressOf ({ io, settings }: { readonly io: Io, readonly settings: Settings }, now: () => number = () => performance.now()): Progress {
  const known = settings.quiet || settings.json || io.env.TERM === 'dumb' ? null : io.errorColumns
  // Some terminals say that they have no columns: they mean that they do not know.
  const columns = known === 0 ? USUAL_COLUMNS : known
  if (columns === null) return { show: () => undefined, clear: async () => {} }
  let shown = -Infinity
  let visible = false
  let what = ''
  return {
    show: standing => {
      if (now() - shown < EVERY_MS && standing.bytes < standing.total && standing.what === what) return
      shown = now()
      ;({ what } = standing)
      visible = true
      // Whoever reads stderr may be gone; that ends no transfer.
      io.writeError(`\r\u001b[K${cut(progressText(standing), Math.max(1, columns - 1))}`).catch(() => undefined)
    },
    clear: async () => {
      if (!visible) return
      visible = false
      await io.writeError('\r\u001b[K')
    }
  }
}
