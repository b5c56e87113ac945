/** The door of `node/links`: joining groups by links. */
export { Joinings } from './joinings.js'
export { Joins } from './joins.js'
export { LinkBook } from './link-book.js'
export { linkGrants } from './grants.js'
export { decodeGroupLink, groupLinkName, type GroupLinkRecord } from './link-record.js'
export { decodeJoin } from './join-record.js'
export { decodeJoining } from './joining-record.js'
