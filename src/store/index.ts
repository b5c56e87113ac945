/** The door of `store`: durable logs, records and key-values, for relay and node. */
export type * from './contract.js'
export { openLevelStore, verifyStore, type LevelStore } from './level-store.js'
export { type BytesLevel, type LevelStoreOptions, type MakeLevel } from './level/index.js'
export { backupStore, type StoreProblem, type StoreReport, type VerifyOptions } from './backup/index.js'
export { syncDirectory, writeFileAtomically } from './atomic-file.js'
export { makeDirectory } from './make-directory.js'
export { systemClock } from './clock.js'
export { Turns } from './turns.js'
