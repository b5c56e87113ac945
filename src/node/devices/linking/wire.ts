/** How the two sides of linking hand each other frames: by the pipes of a relay, or of the new device itself. */
import { linkAddress, openLinkFrame, sealLinkFrame, type LinkSide } from '../../../protocol/crypto/index.js'
import type { RelayLink } from '../../gateway/index.js'

/** Frames to the other side. One that does not get there is said again by whoever waits for the answer. */
export interface LinkWire {
  send (frame: Uint8Array): void
  close (): void
}

/** Frames that come; those that do not open are nobody's. */
export type OnLinkFrame = (frame: Uint8Array) => void

/** The other side of a side. */
function otherSide (side: LinkSide): LinkSide { return side === 'old' ? 'new' : 'old' }

/** Opens what came for a side. */
export function openFor (secret: Uint8Array, side: LinkSide, sealed: Uint8Array, onFrame: OnLinkFrame): void {
  let frame: Uint8Array
  try {
    frame = openLinkFrame(secret, sealed, side)
  } catch {
    // Anybody who learns the address can send there.
    return
  }
  onFrame(frame)
}

/** Both sides meet at the pipe addresses that follow from the link's secret. */
export function pipeWire (link: RelayLink, secret: Uint8Array, side: LinkSide, onFrame: OnLinkFrame): LinkWire {
  const stop = link.listenPipe(linkAddress(secret, side), sealed => { openFor(secret, side, sealed, onFrame); return undefined })
  const to = otherSide(side)
  return {
    send: frame => { link.sendPipe(linkAddress(secret, to), sealLinkFrame(secret, frame, to)).catch(() => undefined) },
    close: stop
  }
}
