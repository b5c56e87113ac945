/** The door of `store/log`. */
export { CoreLogStore } from './log-store.js'
export { ProcessBus } from './bus.js'
export { decodeEntry, decodeHead, decodeSeq } from './codec.js'
export { KIND, partsOfKey, SLOTS } from './layout.js'
