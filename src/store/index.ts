/** The door of `store`: durable logs, records and key-values, for relay and node. */
export type * from './contract.js'
export { openLevelStore, type LevelStoreOptions, type MakeLevel } from './level/index.js'
export { MemoryDisk, openMemoryStore } from './memory/index.js'
export { follow, type FollowOptions } from './log/index.js'
export { syncDirectory, writeFileAtomically } from './atomic-file.js'
export { systemClock } from './clock.js'
