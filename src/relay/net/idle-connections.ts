/** Closes connections on which nothing happens: whoever is here for something has a stream open. */
import type { Connection, PeerId } from '@libp2p/interface'

/** What is looked at: a libp2p node, as far as it matters here. */
export interface Watched {
  readonly getConnections: () => Connection[]
  /** Whether this peer may be silent: it waits to be reached through a circuit. */
  readonly mayWait: (peer: PeerId) => boolean
}

/**
 * Looks again and again, and closes each connection that had no stream at two looks in a row; so it is closed after `idleMs`
 * at the least and twice that at the most. Returns what ends it.
 */
export function closeIdleConnections ({ getConnections, mayWait }: Watched, idleMs: number): () => void {
  let quiet = new Set<Connection>()
  const timer = setInterval(() => {
    const now = getConnections().filter(connection => connection.streams.length === 0 && !mayWait(connection.remotePeer))
    for (const connection of now) if (quiet.has(connection)) connection.close().catch((error: unknown) => { connection.abort(error instanceof Error ? error : new Error(String(error))) })
    quiet = new Set(now)
  }, idleMs)
  timer.unref()
  return () => { clearInterval(timer) }
}
