/** The door of `node/api`: the local API's server. */
export { serveApi } from './serve.js'
export { newApiToken } from './tokens.js'
export type { ApiLimits, ApiServer, ApiToken, ServeApiOptions } from './types.js'
