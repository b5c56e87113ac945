/** The door of `protocol/api`: the local API's contract. */
export type * from './petrel.js'
