/** The door of `node/search`: search over the own history. */
export { parseQuery, rangesIn } from './query.js'
export { Search } from './search.js'
export { placeText, readPlace } from './walk.js'
