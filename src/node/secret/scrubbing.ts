/** Takes erased keys off the disk: lines whose timers run out together share one rewriting of the files. */
import { LIMITS } from '../../protocol/wire/index.js'
import { Kicked } from '../kicked.js'
import type { NodeLog } from '../log.js'
import type { SecretStore } from './store.js'

const RETRY_MS = { first: 1000, most: 600_000 } as const

/** What it works with. */
export interface ScrubbingDeps {
  readonly store: Pick<SecretStore, 'scrub'>
  /** Whether there are secret chats: without any it rewrites nothing, unless one has just gone. */
  readonly hasChats: () => boolean
  readonly failed: (error: unknown) => void
  readonly log: NodeLog
}

/** See the file's head. */
export class Scrubbing {
  readonly #work: Kicked
  #isErased = false
  #due: NodeJS.Timeout | undefined

  constructor ({ store, hasChats, failed, log }: ScrubbingDeps) {
    this.#work = new Kicked({ pass: async signal => {
      if (!hasChats() && !this.#isErased) return false
      this.#isErased = false
      try {
        await store.scrub({ signal })
      } catch (error) {
        this.#isErased = true
        throw error
      }
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

  /** Keys were erased. */
  erased (): void {
    this.#isErased = true
    this.#due ??= setTimeout(() => {
      this.#due = undefined
      this.#work.kick()
    }, LIMITS.secretScrubMs).unref()
  }
}
