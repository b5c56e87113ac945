/** What a node does about the account's other devices, with its own parts. */
import { UnavailableError } from '../protocol/wire/index.js'
import type { ChatBook } from './chats/index.js'
import { deviceParts, hearRequests, renewInbox, type DeviceParts, type DevicePartsDeps, type RenewInboxParts } from './devices/index.js'
import { renewMediaSecret } from './media/index.js'
import type { NodeOptions } from './options.js'

/** The parts that it works with. */
interface OwnDevicesParts extends RenewInboxParts, Omit<DevicePartsDeps, 'signal' | 'timing' | 'write' | 'deeds'> {
  readonly options: Pick<NodeOptions, 'timing'>
  readonly chats: ChatBook
  readonly ending: AbortController
}

/** Puts the parts about devices together, and lets the others hear what other devices change. */
export function ownDevices (core: OwnDevicesParts): DeviceParts {
  const { options, vault, updates, chats, ending } = core
  hearRequests(vault)
  return deviceParts({
    ...core, signal: ending.signal, timing: options.timing,
    write: async (ops, events) => { await updates.write(ops, events) },
    deeds: {
      keys: async signal => { await renewInbox(core, { signal }) },
      media: async () => { await renewMediaSecret(vault) },
      chats: async () => {
        const stale = chats.all().filter(({ chat }) => chat.leaf !== 'holds')
        for (const session of stale) session.committer.renewLeaf()
        // Each commit takes its time, and some homes are away: looked at again until none is left.
        if (stale.length > 0) throw new UnavailableError(`${stale.length} chats have no new leaf yet`)
      }
    }
  })
}
