/**
 * libp2p's list of all connections, made in one pass. The library copies what it has so far for each connection that it adds,
 * and asks for the list twice for each one that comes: with 2,000 connections that is 4 ms, with 10,000 it is 80, of each
 * that comes then.
 */
import type { Connection, PeerId } from '@libp2p/interface'

/** The part of libp2p's connection manager that keeps connections. */
export interface ConnectionKeeper {
  getConnections: (peer?: PeerId) => Connection[]
  readonly getConnectionsMap: () => { values: () => Iterable<readonly Connection[]> }
}

/** Has the manager list all connections in one pass; those of one peer it lists as before. */
export function listInOnePass (manager: ConnectionKeeper): void {
  const before = manager.getConnections.bind(manager)
  manager.getConnections = peer => {
    if (peer !== undefined) return before(peer)
    const all: Connection[] = []
    for (const some of manager.getConnectionsMap().values()) for (const one of some) all.push(one)
    return all
  }
}
