/**
 * Lets go of files that no message uses any more: at the relays of the account, and here. What is to be let go of is
 * written in the batch that takes the last message back, and stays until it is done, whatever is killed when.
 */
import { base32Text, InternalError, PetrelError, type Cid } from '../../protocol/wire/index.js'
import type { Turns } from '../../store/index.js'
import type { NodeLog } from '../log.js'
import { Kicked } from '../kicked.js'
import { draftTurn, type FileTable } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Keeper } from './keeper.js'
import { releaseAtHomes } from './release-at-homes.js'
import type { Shelf } from './upload-types.js'

const RETRY_MS = { first: 1000, most: 10 * 60_000 } as const

/** What it works with. */
export interface ReleasesParts {
  readonly table: FileTable
  readonly keeper: Keeper
  readonly shelf: Pick<Shelf, 'forget'>
  readonly homes: () => readonly MediaHome[]
  readonly turns: Turns
  readonly log: NodeLog
  /** Told when a relay has room again. */
  readonly onReleased: () => void
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
      isLeft = !await turns.run(base32Text(root), undefined, async () => await this.#release(root, signal)) || isLeft
    }
    return isLeft
  }

  /** One file; false when a relay could not be told yet. In the file's turn: nobody brings it to a relay meanwhile. */
  async #release (root: Cid, signal: AbortSignal): Promise<boolean> {
    const { table, turns, homes, log, onReleased } = this.#parts
    if ((await table.users(root, 1)).length > 0) {
      await table.kv.batch([table.released(root)])
      return true
    }
    if (!await releaseAtHomes(homes(), root, { signal, log })) return false
    await turns.run(draftTurn(root), undefined, async () => { await this.#here(root) })
    onReleased()
    return true
  }

  /** What no draft names goes here as well. */
  async #here (root: Cid): Promise<void> {
    const { table, keeper, shelf } = this.#parts
    const file = await table.file(root)
    if (file !== undefined && (await table.drafts(root)).length > 0) {
      await table.kv.batch([table.put({ ...file, homes: [] }), table.released(root)])
      return
    }
    await keeper.release(root)
    await shelf.forget(root)
    // The record goes last: after a crash between the two it is let go of once more.
    await table.kv.batch([table.del(root), table.released(root)])
  }
}
