/** The door of `store/backup`. */
export { backupStore, copyInto } from './copy.js'
export { verifyCore, type StoreProblem, type StoreReport, type VerifyOptions } from './verify.js'
