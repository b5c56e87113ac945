/** Has the relays hold files of secret chats for longer, while their lines are there. */
import { mediaLayout } from '../../protocol/crypto/index.js'
import { base32Text, LIMITS, sameBytes, type Cid } from '../../protocol/wire/index.js'
import type { Turns } from '../../store/index.js'
import type { FileTable } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Uploader } from './uploader.js'

/** What it works with. */
export interface RenewalParts {
  readonly table: FileTable
  readonly uploader: Pick<Uploader, 'want'>
  readonly homes: () => readonly MediaHome[]
  readonly now: () => number
  readonly turns: Turns
  readonly signal: AbortSignal
}

/** A third of a file's time is over before it is asked for anew: a device that is away for some weeks is in time still. */
const DUE_MS = LIMITS.secretBlobMs / 3

/** See the file's head. What a relay has let go of meanwhile is brought to it again if it is still here. @throws what a relay says: it is to be tried again */
export async function renewFiles (parts: RenewalParts): Promise<void> {
  const { table, uploader, now, turns, signal } = parts
  for await (const { root, size, addedAt } of table.files()) {
    if (signal.aborted) return
    if (now() - addedAt < DUE_MS) continue
    const sealed = mediaLayout(size).sealedBytes
    // Nobody lets go of it meanwhile.
    const isThere = await turns.run(base32Text(root), undefined, async () => await renewed(parts, root, sealed))
    if (!isThere) uploader.want({ root, size: sealed, sources: [] }, { ready: () => undefined, failed: () => undefined })
  }
}

/** @returns false when the relay does not have it any more */
async function renewed ({ table, homes, now, signal }: RenewalParts, root: Cid, sealed: number): Promise<boolean> {
  const file = await table.file(root)
  const home = homes().find(one => one.isConnected && file?.homes.some(({ peer }) => sameBytes(peer, one.peer)) === true)
  if (file === undefined || home === undefined) return true
  const isThere = await home.lease(root, sealed, [], { signal })
  if (!isThere) await home.release(root, { signal })
  await table.kv.batch([table.put({ ...file, addedAt: now(), homes: isThere ? file.homes : [] })])
  return isThere
}
