/** The door of `node/links`: joining groups by links. */
export { Joinings } from './joinings.js'
export { Joins } from './joins.js'
export { LinkBook } from './link-book.js'
export { linkGrants } from './grants.js'
export { groupLinkName, type GroupLinkRecord } from './link-record.js'
