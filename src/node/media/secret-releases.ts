/**
 * Lets go of files of secret chats when their lines go: first of what is here, then at the relays of this account, which
 * may have to be waited for. A file that the other device named is only ever let go of here.
 */
import { base32Text, InternalError, PetrelError, type Cid } from '../../protocol/wire/index.js'
import type { Turns } from '../../store/index.js'
import { Kicked } from '../kicked.js'
import type { NodeLog } from '../log.js'
import type { FileTable } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Keeper } from './keeper.js'
import { releaseAtHomes } from './release-at-homes.js'

/** What it works with. */
export interface SecretReleasesParts {
  readonly table: FileTable
  readonly keeper: Pick<Keeper, 'release'>
  /** Removes what was fetched of a file, whoever reads it. */
  readonly forget: (root: Cid) => Promise<void>
  readonly homes: () => readonly MediaHome[]
  readonly turns: Turns
  readonly log: NodeLog
}

const RETRY_MS = { first: 1000, most: 10 * 60_000 } as const

/** See the file's head. */
export class SecretReleases {
  readonly #parts: SecretReleasesParts
  readonly #work: Kicked

  constructor (parts: SecretReleasesParts) {
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

  /** One file; false when a relay could not be told yet. */
  async #release (root: Cid, signal: AbortSignal): Promise<boolean> {
    const { table, keeper, forget, homes, log } = this.#parts
    // Who is sent a file can name it in a message too; that one's end is not this one's.
    if ((await table.users(root, 1)).length > 0) {
      await table.kv.batch([table.released(root)])
      return true
    }
    await keeper.release(root)
    await forget(root)
    const isOwn = await table.file(root) !== undefined
    if (isOwn && !await releaseAtHomes(homes(), root, { signal, log })) return false
    await table.kv.batch([table.del(root), table.released(root)])
    return true
  }
}
