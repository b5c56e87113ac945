/** How a stream of frames ends, whatever it carries: its last words have a time, and it is cut after that. */
import type { Stream } from '@libp2p/interface'
import { UnavailableError, type PetrelError } from '../../protocol/wire/index.js'

/** Closes the stream after its last words, and cuts it if they do not leave within `ms`. `cut`: it is cut then in any case, for this. */
export async function endStream (stream: Stream, cut: PetrelError | undefined, ms: number): Promise<void> {
  try {
    await stream.close({ signal: AbortSignal.timeout(ms) })
    if (cut !== undefined) stream.abort(cut)
    // A peer that never ends its own half would keep the stream; no harm when it has ended.
    else setTimeout(() => { stream.abort(new UnavailableError('the peer did not end the stream')) }, ms).unref()
  } catch {
    stream.abort(cut ?? new UnavailableError('the peer did not take the last bytes in time'))
  }
}

/** What a connection that is gone is for who used it. */
export function lost (cause: Error | undefined): PetrelError {
  return new UnavailableError('the connection to the peer was lost', cause === undefined ? {} : { cause })
}

/** What a stream says that has no more bytes: nothing yet (the close event tells why), or how it ended. `partial`: in the middle of a frame. */
export function endOf (stream: Stream, partial: boolean): 'told later' | { readonly reason: PetrelError | undefined, readonly isGone: boolean } {
  const { status } = stream
  if (status === 'reset' || status === 'aborted') return 'told later'
  if (status === 'closed') return { reason: lost(undefined), isGone: true }
  return { reason: partial ? new UnavailableError('the peer went away in the middle of a frame') : undefined, isGone: false }
}

/** The same memory as a plain Uint8Array: sockets give Buffers, whose slice() is a view where others' is a copy. */
export function plain (chunk: Uint8Array): Uint8Array {
  return Buffer.isBuffer(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk
}
