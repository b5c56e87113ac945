/** How many of the logs kept here live elsewhere, or are on their way here: a count in memory of what stands in their meta. */
import type { LogMeta } from './meta.js'

/** See the file's head. Logs are named by their map keys. */
export class Whereabouts {
  readonly #elsewhere = new Map<string, 'moved' | 'coming' | 'mirror'>()

  /** Takes note of where a log is now. */
  note (log: string, { elsewhere }: Pick<LogMeta, 'elsewhere'>): void {
    if (elsewhere === null) this.#elsewhere.delete(log)
    else this.#elsewhere.set(log, elsewhere.at)
  }

  /** Forgets a log that is gone. */
  forget (log: string): void { this.#elsewhere.delete(log) }

  /** Logs that were moved away, and can still be read here. */
  get moved (): number { return this.#count('moved') }
  /** Logs that are being brought here. */
  get coming (): number { return this.#count('coming') }

  /** Copies of logs that live elsewhere and are mirrored here. */
  get mirrored (): number { return this.#count('mirror') }

  #count (at: 'moved' | 'coming' | 'mirror'): number {
    let count = 0
    for (const one of this.#elsewhere.values()) if (one === at) count++
    return count
  }
}
