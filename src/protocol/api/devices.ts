/** The devices of the account as the local API tells them. */
import type { CallOptions } from './call-options.js'

/** How a device comes to a home relay: from the relay's own machine, a local network, the internet, or through another relay. */
export type DeviceWay = 'here' | 'local' | 'internet' | 'relayed'

/** A device of the account. */
export interface DeviceInfo {
  /** Its PeerId. */
  device: string
  /** What it is called; a short id until its name is known. */
  name: string
  /** Whether it is the one that answers. */
  current: boolean
  /** When it became a device of the account; null when that is not known here. */
  since: Date | null
  /** When a home relay saw it last; null when none did, or none can be asked now. */
  lastSeen: Date | null
  /** Whether it has a session at a home relay now. */
  online: boolean
  /** How it came to the home relay that saw it last. */
  way: DeviceWay | null
  /** Whether the account has revoked it. */
  revoked: boolean
  /** What of revoking it is not done yet, in words; null when all is. */
  pending: string | null
}

/** A new device that waits for a word, and the words that both show. */
export interface DeviceMeeting {
  /** What `confirmDevice` takes. */
  id: string
  /** The new device's PeerId. */
  device: string
  /** What the new device calls itself. */
  name: string
  /** The same words stand on the new device; else somebody is in between. */
  words: string[]
  /** It ends by itself then. */
  expiresAt: Date
}

/** What one does with devices. */
export interface DeviceMethods {
  /** The devices of the account, this one first, and those that it has revoked. */
  listDevices (options?: CallOptions): Promise<DeviceInfo[]>
  /**
   * Meets a new device by the link that it shows, and returns with the words to compare. Nothing has changed by then.
   * @throws BadInputError for no such link, UnavailableError when the device is not there, DeadlineError
   */
  approveDevice (link: string, options?: CallOptions): Promise<DeviceMeeting>
  /**
   * Says whether the words are the same on both. If so, and the person says so on the new device too, that is a device of
   * the account from then on. @throws NotFoundError when the meeting is over, ForbiddenError when it was refused there, DeadlineError
   */
  confirmDevice (id: string, matches: boolean, options?: CallOptions): Promise<DeviceInfo | null>
  /** Calls a device something else, on all devices. @throws NotFoundError, AmbiguousError */
  renameDevice (device: string, name: string, options?: CallOptions): Promise<DeviceInfo>
  /**
   * Ends a device's place in the account, for good. It returns when the account's record says so at a home relay; keys are
   * renewed in every chat after that, by itself. @throws NotFoundError, AmbiguousError, BadInputError for the one that answers
   */
  revokeDevice (device: string, options?: CallOptions): Promise<DeviceInfo>
}
