/** The door of `node/updates`: what happened, durable and numbered. */
export type { Said, TellSaid } from './said.js'
export { UpdateLog } from './update-log.js'
export { withoutPictures } from './without-pictures.js'
