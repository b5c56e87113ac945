/** The door of `relay/net`: the libp2p host, and the gateway channel for both sides. */
export type * from './types.js'
export type * from './host-types.js'
export { createHost } from './host.js'
export { errorFromFailure, saidByPeer } from './failure.js'
export { dialGateway, listenGateway } from './gateway.js'
export type { GatewayListener, GatewayListenerOptions } from './gateway.js'
export { serveVisits, visitTargets, type VisitOptions, type VisitServer } from './visit/index.js'
export { multicastNeighbours, type FindNeighbours, type OnNeighbour, type Presence } from './lan.js'
