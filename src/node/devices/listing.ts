/** The account's devices as its home relays have seen them. */
import type { DeviceInfo, DeviceWay } from '../../protocol/api/index.js'
import { LIMITS, peerIdText, sameBytes, WAY, type KeyBytes, type Way } from '../../protocol/wire/index.js'
import type { DeviceSession, RelayLink } from '../gateway/index.js'
import type { Devices } from './devices.js'

const WAYS: Readonly<Record<Way, DeviceWay | null>> = { [WAY.unknown]: null, [WAY.here]: 'here', [WAY.local]: 'local', [WAY.internet]: 'internet', [WAY.relayed]: 'relayed' }

/** What the homes that can be asked now have seen of the account's devices: of each the latest. */
export async function sessionsAt (homes: readonly RelayLink[], signal?: AbortSignal): Promise<DeviceSession[]> {
  const asked = await Promise.all(homes.filter(link => link.state === 'connected').map(async link => {
    // A relay that cannot say, or is too old to, says nothing.
    return await link.sessions({ deadlineMs: LIMITS.sessionsAskMs, ...signal === undefined ? {} : { signal } }).catch(() => [])
  }))
  const latest: DeviceSession[] = []
  for (const one of asked.flat()) {
    const at = latest.findIndex(other => sameBytes(other.device, one.device))
    const known = latest[at]
    if (known === undefined) latest.push(one)
    else if (Number(one.open) > Number(known.open) || (one.open === known.open && one.seen > known.seen)) latest[at] = one
  }
  return latest
}

/** A device as the local API tells it. */
export function deviceView (devices: Devices, device: KeyBytes, sessions: readonly DeviceSession[], { own, pending }: { readonly own: KeyBytes, readonly pending: string | null }): DeviceInfo {
  const record = devices.recordOf(device)
  const session = sessions.find(one => sameBytes(one.device, device))
  const revoked = devices.isRevoked(device)
  return {
    device: peerIdText(device),
    name: devices.nameOf(device),
    current: sameBytes(device, own),
    since: record === undefined ? null : new Date(record.since),
    lastSeen: session === undefined ? null : new Date(session.seen),
    online: session?.open === true && !revoked,
    way: session === undefined ? null : WAYS[session.way],
    revoked,
    pending: revoked ? pending : null
  }
}
