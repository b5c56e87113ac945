/** The door of `node/devices`: the devices of an account, and what lets one in and puts one out. */
export { gated } from './gate.js'
export { renewInbox, type RenewInboxParts } from './renew-inbox.js'
export { deviceView, sessionsAt } from './listing.js'
export { linkHome, type LinkedHome, type LinkHomeOptions, type LinkingAccount } from './linking/link-home.js'
export { deviceParts, type DeviceParts, type DevicePartsDeps } from './parts.js'
export { Runs } from './runs.js'
export { hearRequests } from './hear-requests.js'
export { Standing, type Stopped } from './standing.js'
