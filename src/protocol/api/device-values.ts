/** The descriptions of devices. */
import type { DeviceInfo, DeviceMeeting, DeviceWay } from './devices.js'
import { bool, choice, date, list, nullable, object, text } from './spec.js'

/** Describes {@link DeviceInfo}. */
export const deviceInfo = object<DeviceInfo>('DeviceInfo', {
  device: text(), name: text(), current: bool, since: nullable(date), lastSeen: nullable(date), online: bool,
  way: nullable(choice<DeviceWay>({ here: 1, local: 2, internet: 3, relayed: 4 })), revoked: bool, pending: nullable(text())
})

/** Describes {@link DeviceMeeting}. */
export const deviceMeeting = object<DeviceMeeting>('DeviceMeeting', { id: text(), device: text(), name: text(), words: list(text()), expiresAt: date })
