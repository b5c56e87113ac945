/**
 * Lets go of files that no message uses any more. What is to be let go of is written in the batch that takes the last
 * message back, and stays until it is done, whatever is killed when. How one file is let go of, the caller says.
 */
import { base32Text, InternalError, PetrelError, type Cid } from '../../protocol/wire/index.js'
import type { Turns } from '../../store/index.js'
import { Kicked } from '../kicked.js'
import type { NodeLog } from '../log.js'
import type { FileTable } from './file-table.js'

const RETRY_MS = { first: 1000, most: 10 * 60_000 } as const

/** What it works with. */
export interface ReleasesParts {
  readonly table: FileTable
  readonly turns: Turns
  readonly log: NodeLog
  /** Lets go of a file that nothing uses. Runs in the file's turn: nobody brings it to a relay meanwhile. @returns false when a relay could not be told yet */
  readonly release: (root: Cid, signal: AbortSignal) => Promise<boolean>
}

/** See the file's head. */
export class Releases {
  readonly #parts: ReleasesParts
  readonly #work: Kicked

  constructor (parts: ReleasesParts) {
    this.#parts = parts
    this.#work = new Kicked({
      pass: async signal => await this.#pass(signal), retryMs: RETRY_MS,
      failed: error => { parts.log('info', 'media.release', { code: error instanceof PetrelError ? error.code : InternalError.code }) }
    })
  }

  /** Begins. */
  start (): void { this.#work.start() }

  /** Stops; what waits stays. */
  async stop (): Promise<void> { await this.#work.stop() }

  /** Goes on with what waits, now. */
  kick (): void { this.#work.kick() }

  async #pass (signal: AbortSignal): Promise<boolean> {
    const { table, turns } = this.#parts
    let isLeft = false
    for (const root of await table.releases()) {
      if (signal.aborted) return true
      isLeft = !await turns.run(base32Text(root), undefined, async () => await this.#one(root, signal)) || isLeft
    }
    return isLeft
  }

  /** Another message may name the file: that one's end is not this one's. */
  async #one (root: Cid, signal: AbortSignal): Promise<boolean> {
    const { table, release } = this.#parts
    if ((await table.users(root, 1)).length === 0) return await release(root, signal)
    await table.kv.batch([table.released(root)])
    return true
  }
}
