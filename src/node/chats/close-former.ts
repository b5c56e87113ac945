/**
 * A relay from which a chat's log was taken over, because it was away, knows nothing of that when it is back: it goes on in
 * its old term, and takes the log from nobody. So before the log moves back to it, it is shown the order by which it lost it.
 */
import {
  ConflictError, decodeLeaf, ENTRY_KIND, ForbiddenError, NotFoundError, openOwnerAction, PetrelError, ProofError, RIGHT, sameBytes, signerFromSeed, toPetrelError, type KeyBytes, type StoredEntry, type TermAction
} from '../../protocol/wire/index.js'
import type { RelayLink } from '../gateway/index.js'
import type { Chat } from './chat.js'

/**
 * Shows a relay the last order by which the log was taken over from it, if there is one.
 *
 * @throws ConflictError when it does not take the order, so that it would not take the log either; what the link throws
 */
export async function closeFormer (chat: Chat, link: RelayLink, peer: KeyBytes, signal: AbortSignal): Promise<void> {
  const { log, record: { ownerSeed, home }, cursor: { tenure } } = chat
  // A log that is still at its first home was taken over from nobody.
  const order = ownerSeed === null || (tenure === undefined && home === undefined) ? undefined : await lastTakenFrom(chat, peer)
  if (order === undefined || ownerSeed === null) return
  link.setCapability(log, RIGHT.owner, signerFromSeed(ownerSeed))
  try {
    await link.ownerAction(log, order, { signal })
  } catch (error) {
    const why = toPetrelError(error)
    // It has nothing of the log, or knows of a later term already.
    if (why instanceof NotFoundError || why instanceof ConflictError) return
    if (!(why instanceof ForbiddenError || why instanceof ProofError)) throw why
    throw new ConflictError(`the relay still has this chat as it was before it was taken over from there, and does not take the owner's word for that (${why.message}): move the chat to another one`, { cause: why })
  } finally {
    if (chat.link !== link) link.dropCapability(log, RIGHT.owner)
  }
}

/** The last order by which the log was taken over from a relay, signed. */
async function lastTakenFrom ({ genesis, cursor: { seq: end, term }, record: { home: now }, raw, log }: Chat, peer: KeyBytes): Promise<Uint8Array | undefined> {
  let home = genesis.home
  let found: Uint8Array | undefined
  for (let at = 0; at < end;) {
    const page = await raw.page(at, end)
    if (page.length === 0) return found
    for (const entry of page) {
      const action = termIn(entry, log)
      if (action === undefined) continue
      if (action.by === 'takeover' && sameBytes(home, peer)) found = entry.payload ?? undefined
      home = action.home
    }
    at += page.length
  }
  // The present home may be gone before it has shown that the log was taken over to it.
  return now?.by === 'takeover' && now.term > term && sameBytes(home, peer) ? now.action : found
}

function termIn ({ leaf, payload }: StoredEntry, log: Uint8Array): TermAction | undefined {
  try {
    if (payload === null || decodeLeaf(leaf).kind !== ENTRY_KIND.control) return undefined
    const { action } = openOwnerAction(payload)
    return action.op === 'term' && sameBytes(action.log, log) ? action : undefined
  } catch (error) {
    if (error instanceof PetrelError) return undefined
    throw error
  }
}
