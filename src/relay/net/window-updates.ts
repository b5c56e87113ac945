/**
 * How often a stream tells the peer that it has room again. The library does so behind every message that comes: with
 * small ones that is a packet of its own for each, sealed, written and read at the other end, half of all that pass. Here
 * what was read is told once it has gathered. Yamux leaves this to the reader: a window is only ever widened by it.
 */
import type { Stream } from '@libp2p/interface'

/**
 * Bytes read before they are told. A quarter of the smallest window a sender has (256 KiB), so that nobody waits for it;
 * larger messages are told one by one as before, and the window grows as the library sees fit.
 */
const GATHER_BYTES = 64 * 1024
/** What the library calls a stream that both sides know of; in any other state the message also carries a flag. */
const ESTABLISHED = 3

/** What a yamux stream of the library has beside a stream. */
interface Windowed {
  readonly state: unknown
  readonly recvWindow: unknown
  readonly recvWindowCapacity: unknown
  sendWindowUpdate: () => void
}

/** Has a stream gather its window updates. One of another kind, or of another library, is left as it is. */
export function gatherWindowUpdates (stream: Stream): void {
  const windowed: Stream & Partial<Windowed> = stream
  const tell = windowed.sendWindowUpdate
  if (typeof tell !== 'function') return
  windowed.sendWindowUpdate = () => {
    const { state, recvWindow, recvWindowCapacity } = windowed
    const isSmall = typeof recvWindow === 'number' && typeof recvWindowCapacity === 'number' && recvWindow - recvWindowCapacity < GATHER_BYTES
    if (!isSmall || state !== ESTABLISHED) tell.call(windowed)
  }
}
