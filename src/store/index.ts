/** The door of `store`: durable logs, records and key-values, for relay and node. */
export type * from './contract.js'
