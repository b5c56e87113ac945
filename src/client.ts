/** The public door `petrel/client`: a daemon's API, without the daemon and without libp2p. */
export { connect, type ConnectOptions } from './node/client/index.js'
export type * from './protocol/api/index.js'
