/** The door of `node/secret`: secret chats of this device. */
export { secretParts, type SecretParts } from './parts.js'
export type { SecretChat } from './secret-chat.js'
export { readAll } from './read-all.js'
export type { SecretRow } from './record.js'
export { filesOfLine, lineView, secretView } from './view.js'
export { fact, isAbout, note, saidRow, told, type Lines } from './lines.js'
