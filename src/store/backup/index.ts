/** The door of `store/backup`. */
export { backupStore, copyInto } from './copy.js'
export type { StoreProblem, VerifyOptions } from './findings.js'
export { verifyCore, type StoreReport } from './verify.js'
