/** The door of `store/log`. */
export { CoreLogStore } from './log-store.js'
export { ProcessBus } from './bus.js'
export { follow, type FollowOptions } from './follow.js'
export { decodeEntry, decodeHead } from './codec.js'
export { headsOf, LogKeys, logOfHeadKey, slotOf, SLOTS } from './layout.js'
