/** The devices of the account. */
import type { CallOptions, DeviceInfo, DeviceMeeting } from '../../protocol/api/index.js'
import { peerIdText, type KeyBytes } from '../../protocol/wire/index.js'
import type { NodeCore } from '../core.js'
import { deviceView, sessionsAt } from '../devices/index.js'
import type { EngineRoom } from '../engine-room.js'

/** All of them, this one first. */
export async function listDevices (core: NodeCore, options: CallOptions): Promise<DeviceInfo[]> {
  // One that is not let in yet asks no relay.
  const sessions = core.standing.stopped === undefined ? await sessionsAt(core.publisher.homes(), options.signal) : []
  return core.devices.all().map(device => deviceView(core.devices, device, sessions, viewer(core)))
}

/** Meets a new device. */
export async function approveDevice (core: NodeCore, link: string, options: CallOptions): Promise<DeviceMeeting> {
  const { id, device, name, words, expiresAt } = await core.approvals.meet(link, options)
  return { id, device: peerIdText(device), name, words: [...words], expiresAt: new Date(expiresAt) }
}

/** Lets it in, or not. */
export async function confirmDevice (core: NodeCore, id: string, matches: boolean, options: CallOptions): Promise<DeviceInfo | null> {
  if (!matches) {
    core.approvals.refuse(id)
    return null
  }
  return await one(core, (await core.approvals.confirm(id, options)).device, options)
}

/** Calls a device something else. */
export async function renameDevice (core: NodeCore, words: string, name: string, options: CallOptions): Promise<DeviceInfo> {
  const device = core.devices.called(words)
  await core.devices.rename(device, name)
  return await one(core, device, options)
}

/** Puts a device out. What follows goes on by itself. */
export async function revokeDevice (core: NodeCore, room: EngineRoom, words: string, options: CallOptions): Promise<DeviceInfo> {
  const device = core.devices.called(words)
  if (!core.devices.isRevoked(device)) {
    core.devices.requireOther(device)
    // First, so that a stop right behind the manifest loses nothing of what must follow.
    await core.revocation.begin()
    await core.devices.putOut(device, options)
  }
  room.revoke()
  return await one(core, device, options)
}

async function one (core: NodeCore, device: KeyBytes, options: CallOptions): Promise<DeviceInfo> {
  return deviceView(core.devices, device, await sessionsAt(core.publisher.homes(), options.signal), viewer(core))
}

function viewer (core: NodeCore): { own: KeyBytes, pending: string | null } { return { own: core.account.device.key, pending: core.revocation.pending } }
