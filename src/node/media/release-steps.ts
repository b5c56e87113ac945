/** How one file that no message uses any more is let go of: of chats, and of secret ones. */
import type { Cid } from '../../protocol/wire/index.js'
import type { Turns } from '../../store/index.js'
import type { NodeLog } from '../log.js'
import { draftTurn, type FileTable } from './file-table.js'
import type { MediaHome } from './home.js'
import type { Keeper } from './keeper.js'
import { releaseAtHomes } from './release-at-homes.js'
import type { ReleasesParts } from './releases.js'
import type { Shelf } from './upload-types.js'

interface StepParts {
  readonly table: FileTable
  readonly keeper: Pick<Keeper, 'release'>
  readonly homes: () => readonly MediaHome[]
  readonly log: NodeLog
}

/** What it takes for files of chats. `onReleased` is told when a relay has room again. */
export interface ChatFileParts extends StepParts { readonly shelf: Pick<Shelf, 'forget'>, readonly turns: Turns, readonly onReleased: () => void }

/** What it takes for files of secret chats. `forget` removes what was fetched of a file, whoever reads it. */
export interface SecretFileParts extends StepParts { readonly forget: (root: Cid) => Promise<void> }

/** A file of chats: first at the relays of the account, which may have to be waited for, then here. What no draft names that is still to be sent goes here as well. */
export function releasesChatFile ({ table, keeper, shelf, homes, turns, log, onReleased }: ChatFileParts): ReleasesParts['release'] {
  const here = async (root: Cid): Promise<void> => {
    const [file, drafts] = [await table.file(root), await table.drafts(root)]
    const sent = drafts.filter(draft => draft.sent === true).map(draft => table.delDraft(draft))
    if (file !== undefined && sent.length < drafts.length) {
      await table.kv.batch([...sent, table.put({ ...file, homes: [] }), table.released(root)])
      return
    }
    await keeper.release(root)
    await shelf.forget(root)
    // The record goes last: after a crash between the two it is let go of once more.
    await table.kv.batch([...sent, table.del(root), table.released(root)])
  }
  return async (root, signal) => {
    if (!await releaseAtHomes(homes(), root, { signal, log })) return false
    await turns.run(draftTurn(root), undefined, async () => { await here(root) })
    onReleased()
    return true
  }
}

/** A file of secret chats: first here, at once, then at the relays. One that the other device named is only ever let go of here. */
export function releasesSecretFile ({ table, keeper, forget, homes, log }: SecretFileParts): ReleasesParts['release'] {
  return async (root, signal) => {
    await keeper.release(root)
    await forget(root)
    const isOwn = await table.file(root) !== undefined
    if (isOwn && !await releaseAtHomes(homes(), root, { signal, log })) return false
    await table.kv.batch([table.del(root), table.released(root)])
    return true
  }
}
