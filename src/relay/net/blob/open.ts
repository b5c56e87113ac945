/** Opening a stream of blocks. */
import { BLOB_PROTOCOL, LIMITS, type KeyBytes } from '../../../protocol/wire/index.js'
import { dialStream } from '../dial-stream.js'
import type { Host } from '../host-types.js'
import { BlobAsker } from './client.js'
import { blobTimes } from './times.js'
import type { BlobClient } from './types.js'
import type { BlobTimes } from './wire.js'

/**
 * Opens a stream of blocks to the peer with the key `peer`, over a connection to it that is open, else at the first of
 * `addresses` that answers.
 *
 * @throws BadInputError when no address is a multiaddr of that key, ProofError when another key answers there
 * @throws UnavailableError when nobody answers, UnsupportedError when it serves no blocks, DeadlineError, AbortedError
 */
export async function openBlobs (host: Host, addresses: readonly string[], peer: KeyBytes, options: { readonly signal?: AbortSignal | undefined, readonly times?: Partial<BlobTimes> } = {}): Promise<BlobClient> {
  const { stream } = await dialStream(host, addresses, peer, { protocol: BLOB_PROTOCOL, maxStreams: LIMITS.blobStreamsPerPeer, signal: options.signal })
  return new BlobAsker(stream, peer, blobTimes(options.times))
}
