/** The door of `node/gateway`: links to relays that come back by themselves. */
export { atRelay, reach } from './reach.js'
export type {
  AdoptPage, AppendOptions, AppendResult, BlobHolder, DeviceSession, EntriesHandler, Follow, HeldBlob, InboxGrant, InboxKey, LinkBlobs, LinkCallOptions, LinkState, LinkStatus, LogPage, PackagesLeft, RelayLink, RelayPool, RelayUsage
} from './types.js'
export type { Placed } from './placed.js'
export { createRelayPool, type RelayPoolOptions } from './pool.js'
export { relayKeyOf } from './relay-key.js'
export { hostDialer, type Dialer } from './dialer.js'
export type { HomeRuns, LinkLog } from './link-core.js'
export { monotonicClock, patiently, type LinkClock } from './clock.js'
export type { LinkTiming } from './timing.js'
export { throughHome, Visitor, type LinkIdentity, type Way } from './visitor.js'
