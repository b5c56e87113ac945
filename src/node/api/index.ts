/** The door of `node/api`: the local API's server. */
export { serveApi } from './serve.js'
export { newApiToken } from './tokens.js'
export type { ApiLimits, ApiServer, ApiToken, ServeApiOptions } from './types.js'
export { MediaDoor } from './media/door.js'
export type { FileSource } from './media/serve-file.js'
export type { ServedFile } from './media/answer.js'
export type { MediaPlace } from './media/tickets.js'
