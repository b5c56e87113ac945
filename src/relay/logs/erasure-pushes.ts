/** Erasures on their way to a mirror that follows a log. */
import { LIMITS, pb, PUSH } from '../../protocol/wire/index.js'
import type { NamedLog, Peer } from '../peer.js'
import type { LogContext } from './context.js'
import type { Feed } from './feed.js'

/** Who is told. */
export interface ToldFollow {
  readonly peer: Peer
  readonly log: NamedLog
  readonly stop: AbortController
  readonly feed: { readonly feed: Feed }
  /** How many it was told. */
  erasures: number | undefined
}

/** Tells of the erasures after number `known`, page by page, as the peer's credit allows. */
export async function tellErasures ({ erasures }: LogContext, follow: ToldFollow, known: number): Promise<void> {
  const { peer, log: { log }, stop: { signal } } = follow
  for (let from = 0, isLast = false; !isLast && !signal.aborted;) {
    const permit = await peer.channel.reserve(LIMITS.pushEntryBytes, { signal })
    try {
      const page = await erasures.page(log, known, from)
      permit.send(PUSH.erased, pb.ErasedPush.encode({ log, revision: page.revision, erasures: page.erasures }))
      follow.erasures = page.revision
      from = page.erasures.at(-1)?.seq ?? from
      isLast = page.isLast
      // A page that was read before the erase must not be sent after it.
      follow.feed.feed.changed()
    } finally {
      permit.release()
    }
  }
}
