/**
 * The link that a new device shows, as text and as QR: `petrel:link?device=<PeerId>&secret=<16 bytes>&at=<multiaddr>`.
 * Who reads it can meet the device and no more: it becomes an account's only when a device of that account says so
 * after both have shown the same words.
 */
import { CUT } from './link.js'
import { BadInputError, keyFromPeerId, LIMITS, peerIdText, TooLargeError, type KeyBytes } from '../wire/index.js'

/** A device link's content. Addresses end in the PeerId of a relay at which the device waits, or in the device's own. */
export interface DeviceLink {
  device: KeyBytes
  /** 16 random bytes: where it waits at a relay, and what frames there are sealed with. */
  secret: Uint8Array
  at: string[]
}

const PREFIX = 'petrel:link?'
/** A device link's secret, in bytes. */
export const LINK_SECRET_BYTES = 16

/** A device link as text. */
export function formatDeviceLink ({ device, secret, at }: DeviceLink): string {
  const query = new URLSearchParams({ device: peerIdText(device), secret: Buffer.from(secret).toString('base64url') })
  for (const address of at) query.append('at', address)
  return PREFIX + query.toString().replaceAll('%2F', '/')
}

/**
 * A device link from text. Parameters it does not know are ignored.
 *
 * @throws TooLargeError over the limit, BadInputError when it is none
 */
export function parseDeviceLink (text: string): DeviceLink {
  const trimmed = text.trim()
  if (trimmed.length > LIMITS.linkBytes) throw new TooLargeError(`a petrel: link has at most ${LIMITS.linkBytes} characters`)
  if (!trimmed.startsWith(PREFIX)) throw new BadInputError('that is no device\'s link: it starts with petrel:link, and petrel devices link shows it on the new device')
  const query = new URLSearchParams(trimmed.slice(PREFIX.length))
  const at = query.getAll('at')
  // A shell cuts at the first `&`.
  if (at.length === 0) throw new BadInputError(CUT)
  if (at.length > LIMITS.homeRelays || at.some(a => a.length > LIMITS.addressBytes || !a.startsWith('/'))) {
    throw new BadInputError('the link names too many addresses or something that is no multiaddr')
  }
  return { device: keyFromPeerId(query.get('device') ?? ''), secret: secretIn(query.get('secret') ?? ''), at }
}

function secretIn (text: string): Uint8Array {
  const secret = Buffer.from(text, 'base64url')
  // The decoder skips what is not base64url, so that a damaged secret could come out as another one.
  if (secret.length !== LINK_SECRET_BYTES || secret.toString('base64url') !== text) throw new BadInputError('the link is damaged: show it again on the new device')
  return new Uint8Array(secret)
}
