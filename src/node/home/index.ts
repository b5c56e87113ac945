/** The door of `node/home`: the directory that holds one identity. */
export type { CreateHomeOptions, NewHome, OpenHome, Unlock, UnlockKind } from './types.js'
export { createHome } from './create-home.js'
export { openHome, unlockKindOf } from './open-home.js'
export { rewrapHome, type RewrapOptions } from './rewrap-home.js'
export { claimHome, homeHolder, type HomeClaim } from './claim-home.js'
export { HOME_FILES } from './files.js'
export { CONFIG_KEYS, readConfig, type Config, type ConfigSources } from './config.js'
