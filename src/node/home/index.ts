/** The door of `node/home`: the directory that holds one identity. */
export type { CreateHomeOptions, NewHome, OpenHome, Unlock, UnlockKind } from './types.js'
export { createHome } from './create-home.js'
export { openHome, unlockKindOf } from './open-home.js'
export { rewrapHome } from './rewrap-home.js'
export { claimHome, type HomeClaim } from './claim-home.js'
