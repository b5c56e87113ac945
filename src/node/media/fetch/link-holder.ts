/** A peer that a link leads to, as a holder of one file's blocks. */
import type { Holder } from '../../../protocol/message/index.js'
import { peerIdText, toPetrelError, UnavailableError, type Block, type Cid, type PetrelError } from '../../../protocol/wire/index.js'
import type { RelayLink } from '../../gateway/index.js'
import type { BlockHolder } from './holder.js'

/** The calls about blocks that a link has. */
export interface LinkBlobs {
  /** Has the relay keep a file for this account, and fetch what it lacks from others that hold it. */
  lease (root: Cid, size: number, sources: readonly Holder[], options: { readonly signal: AbortSignal }): Promise<unknown>
  /** Blocks as they come, each compared with its CID; those that are not there are left out. */
  get (cids: readonly Cid[], options: { readonly signal: AbortSignal, readonly first?: boolean }): AsyncIterable<Block>
}

/** How a peer is asked for a file. */
export interface LinkHolderParts {
  readonly link: Pick<RelayLink, 'peer' | 'state' | 'lastError' | 'onState'>
  readonly blobs: LinkBlobs
  readonly rank: number
  readonly root: Cid
  /** Of the sealed file. */
  readonly size: number
  /** Of an own relay: it is to keep the file for this account, and may fetch it from these. Null: it is only asked for blocks. */
  readonly sources: readonly Holder[] | null
  /** Called once the relay keeps it. */
  readonly onHeld?: () => void
}

/** See the file's head. The relay hears once that it is to keep the file, before it is asked for the first block. */
export function linkHolder ({ link, blobs, rank, root, size, sources, onHeld }: LinkHolderParts): BlockHolder {
  let leased = sources === null
  let problem: PetrelError | null = null
  return {
    name: peerIdText(link.peer),
    rank,
    get problem () { return problem },
    async * get (cids, { signal, first = false }) {
      if (link.state !== 'connected') throw new UnavailableError('the relay cannot be reached now', { cause: link.lastError ?? undefined })
      if (!leased && sources !== null) {
        try {
          await blobs.lease(root, size, sources, { signal })
          leased = true
          problem = null
          onHeld?.()
        } catch (error) {
          const known = toPetrelError(error)
          // It has too much to do for now, and says when to ask again: what is not leased there it would not fetch.
          if (known instanceof UnavailableError || known.details.retryMs !== undefined || signal.aborted) throw error
          // Full, or told not to: it may have the blocks for somebody else all the same.
          problem = known
          leased = true
        }
      }
      yield * blobs.get(cids, { signal, first })
    },
    onReady: listener => link.onState(({ state }) => { if (state === 'connected') listener() })
  }
}
