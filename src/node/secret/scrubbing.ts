/** Takes erased keys off the disk: lines whose timers run out together share one rewriting of the files. */
import { LIMITS } from '../../protocol/wire/index.js'
import { Kicked } from '../kicked.js'
import type { NodeLog } from '../log.js'
import type { SecretStore } from './store.js'

const RETRY_MS = { first: 1000, most: 600_000 } as const

/** What it works with. */
export interface ScrubbingDeps {
  readonly store: Pick<SecretStore, 'scrub' | 'isErased' | 'dropErased'>
  /** Whether there are secret chats: without any it rewrites nothing, unless one has gone since it last did. */
  readonly hasChats: () => boolean
  readonly failed: (error: unknown) => void
  readonly log: NodeLog
}

/** See the file's head. */
export class Scrubbing {
  readonly #work: Kicked
  /** How often something was erased, and up to which of these the disk is rid of it. */
  #erased = 0
  #scrubbed = 0
  #due: NodeJS.Timeout | undefined

  constructor ({ store, hasChats, failed, log }: ScrubbingDeps) {
    this.#work = new Kicked({ pass: async signal => {
      const isNoted = await store.isErased()
      const erased = this.#erased
      if (!hasChats() && erased === this.#scrubbed && !isNoted) return false
      await store.scrub({ signal })
      this.#scrubbed = erased
      // What was erased meanwhile may be noted by the same.
      if (isNoted && erased === this.#erased) await store.dropErased()
      log('debug', 'secret.scrubbed')
      return false
    }, failed, retryMs: RETRY_MS })
  }

  /** Begins. */
  start (): void { this.#work.start() }

  /** Stops; what is left is done after the next start. */
  async stop (): Promise<void> {
    clearTimeout(this.#due)
    await this.#work.stop()
  }

  /** Keys were erased, or are about to be. */
  erased (): void {
    this.#erased++
    this.#due ??= setTimeout(() => {
      this.#due = undefined
      this.#work.kick()
    }, LIMITS.secretScrubMs).unref()
  }
}
