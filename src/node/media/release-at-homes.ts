/** Has every home relay of the account let go of a file. */
import { NotFoundError, PetrelError, UnavailableError, UnsupportedError, type Cid } from '../../protocol/wire/index.js'
import type { NodeLog } from '../log.js'
import type { MediaHome } from './home.js'

/** See the file's head. @returns whether all were told @throws UnavailableError, and what is no relay's answer: it is to be tried again */
export async function releaseAtHomes (homes: readonly MediaHome[], root: Cid, { signal, log }: { readonly signal: AbortSignal, readonly log: NodeLog }): Promise<boolean> {
  const told = await Promise.all(homes.map(async home => {
    if (!home.isConnected) return false
    try {
      await home.release(root, { signal })
      return true
    } catch (error) {
      // It holds nothing of it.
      if (error instanceof NotFoundError || error instanceof UnsupportedError) return true
      if (error instanceof UnavailableError || !(error instanceof PetrelError)) throw error
      log('info', 'media.release', { code: error.code })
      return false
    }
  }))
  return told.every(Boolean)
}
