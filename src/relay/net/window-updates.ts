/**
 * How often a stream tells the peer that it has room again. The library does so behind every message that comes: with
 * small ones that is a packet of its own for each, sealed, written and read at the other end, half of all that pass. Here
 * what was read is told once it has gathered. Yamux leaves this to the reader: a window is only ever widened by it.
 */
import type { Stream } from '@libp2p/interface'

/**
 * The part of a window that is read before it is told: half, so that a sender still has the other half while the word is on
 * its way. The window itself grows as the library sees fit.
 */
const GATHERED = 1 / 2
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
    const isSmall = typeof recvWindow === 'number' && typeof recvWindowCapacity === 'number' && recvWindow - recvWindowCapacity < recvWindow * GATHERED
    if (!isSmall || state !== ESTABLISHED) tell.call(windowed)
  }
}
