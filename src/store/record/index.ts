/** The door of `store/record`. */
export { CoreRecordStore } from './record-store.js'
