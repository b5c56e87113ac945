/** Work at a relay for a person who waits for it. */
export { atRelay, reach } from '../gateway/index.js'
