/** The door of `node`: a person's own gateway, message service and key holder. */
export { createNode, type PetrelNode } from './node.js'
export { runDaemon, type DaemonOptions, type DaemonReady } from './daemon.js'
export type { NodeOptions } from './options.js'
export { createHome, openHome, rewrapHome, unlockKindOf, homeHolder, readConfig, CONFIG_KEYS, type CreateHomeOptions, type NewHome, type OpenHome, type Unlock, type UnlockKind, type Config } from './home/index.js'
export { linkHome, type LinkedHome, type LinkHomeOptions, type LinkingAccount } from './devices/index.js'
export type { NodeLog } from './log.js'
export { newApiToken, serveApi, type ApiServer, type ApiToken, type ServeApiOptions } from './api/index.js'
