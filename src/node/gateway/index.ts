/** The door of `node/gateway`: links to relays that come back by themselves. */
export type {
  AppendResult, EntriesHandler, Follow, InboxGrant, LinkCallOptions, LinkState, LinkStatus, LogPage, RelayLink, RelayPool, RelayUsage
} from './types.js'
export { createRelayPool, type LinkLog, type LinkTiming, type RelayPoolOptions } from './pool.js'
export { hostDialer, type Dialer } from './dialer.js'
