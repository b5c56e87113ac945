/** How a link reaches its relay: over the node's libp2p host, or over what a simulation puts in its place. */
import { peerIdText, type KeyBytes, type PetrelError } from '../../protocol/wire/index.js'
import { dialGateway, openBlobs, type BlobClient, type ChannelOptions, type GatewayChannel, type Host } from '../../relay/net/index.js'

/** Reaches relays. */
export interface Dialer {
  /** A channel to `peer` at one of `addrs`; `fresh`: over a connection of its own, though there may be one. @throws as dialGateway */
  dial (addrs: readonly string[], peer: KeyBytes, options: ChannelOptions & { readonly signal: AbortSignal, readonly fresh?: boolean }): Promise<GatewayChannel>
  /** A stream of blocks to `peer`, by the connection of its channel. Without it no blocks travel by this way. @throws as openBlobs */
  blobs? (addrs: readonly string[], peer: KeyBytes, options: { readonly signal?: AbortSignal | undefined }): Promise<BlobClient>
  /** Drops connections to `peer` that may be dead, so that the next dial does not use them again. */
  hangUp (peer: KeyBytes, reason: PetrelError): void
}

/** The dialer of a node's host. */
export function hostDialer (host: Host): Dialer {
  return {
    dial: async (addrs, peer, options) => await dialGateway(host, addrs, peer, options),
    blobs: async (addrs, peer, options) => await openBlobs(host, addrs, peer, options),
    hangUp: (peer, reason) => {
      const text = peerIdText(peer)
      // Aborted, not closed: closing would wait for an answer that a dead connection does not give.
      for (const connection of host.node.getConnections()) if (connection.remotePeer.toString() === text) connection.abort(reason)
    }
  }
}
