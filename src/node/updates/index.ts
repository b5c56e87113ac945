/** The door of `node/updates`: what happened, durable and numbered. */
export { newsOf, type Said, type TellSaid } from './said.js'
export { UpdateLog } from './update-log.js'
export { withoutPictures } from './without-pictures.js'
