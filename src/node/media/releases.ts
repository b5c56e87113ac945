/**
 * Lets go of files that no message uses any more: at the relays of the account, and here. What is to be let go of is
 * written in the batch that takes the last message back, and stays until it is done, whatever is killed when.
 */
import { base32Text, InternalError, NotFoundError, PetrelError, UnavailableError, UnsupportedError, type Cid } from '../../protocol/wire/index.js'
import type { Turns } from '../../store/index.js'
import type { NodeLog } from '../log.js'
import { RetryTimer } from '../retry-timer.js'
import { draftTurn, type FileTable } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Keeper } from './keeper.js'
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
  readonly #retry = new RetryTimer(() => { this.kick() }, RETRY_MS)
  #running: Promise<void> | undefined
  #again = false
  #stopping = new AbortController()

  constructor (parts: ReleasesParts) {
    this.#parts = parts
    this.#stopping.abort()
  }

  /** Begins. */
  start (): void {
    this.#stopping = new AbortController()
    this.kick()
  }

  /** Stops; what waits stays. */
  async stop (): Promise<void> {
    this.#stopping.abort()
    this.#retry.stop()
    await this.#running
  }

  /** Goes on with what waits, now. */
  kick (): void {
    this.#retry.stop()
    this.#again = true
    if (this.#stopping.signal.aborted) return
    this.#running ??= this.#run().finally(() => { this.#running = undefined })
  }

  async #run (): Promise<void> {
    const { table, turns, log } = this.#parts
    let isLeft = false
    try {
      while (this.#again && !this.#stopping.signal.aborted) {
        this.#again = false
        isLeft = false
        for (const root of await table.releases()) {
          if (this.#stopping.signal.aborted) return
          isLeft = !await turns.run(base32Text(root), undefined, async () => await this.#release(root)) || isLeft
        }
      }
      if (!isLeft) this.#retry.succeeded()
    } catch (error) {
      isLeft = true
      log('info', 'media.release', { code: error instanceof PetrelError ? error.code : InternalError.code })
    }
    if (isLeft && !this.#stopping.signal.aborted) this.#retry.later()
  }

  /** One file; false when a relay could not be told yet. In the file's turn: nobody brings it to a relay meanwhile. */
  async #release (root: Cid): Promise<boolean> {
    const { table, turns, onReleased } = this.#parts
    if ((await table.users(root, 1)).length > 0) {
      await table.kv.batch([table.released(root)])
      return true
    }
    if (!await this.#atHomes(root)) return false
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

  async #atHomes (root: Cid): Promise<boolean> {
    const told = await Promise.all(this.#parts.homes().map(async home => {
      if (!home.isConnected) return false
      try {
        await home.release(root, { signal: this.#stopping.signal })
        return true
      } catch (error) {
        // It holds nothing of it.
        if (error instanceof NotFoundError || error instanceof UnsupportedError) return true
        if (error instanceof UnavailableError || !(error instanceof PetrelError)) throw error
        this.#parts.log('info', 'media.release', { code: error.code })
        return false
      }
    }))
    return told.every(Boolean)
  }
}
