import type { GatewayCall } from '../net/index.js'
import type { Peer } from '../peer.js'
import type { ServiceSet } from '../services.js'

/** Answers one method's calls: decodes the body, asks the services, encodes the reply. */
export type Method = (services: ServiceSet, peer: Peer, call: GatewayCall) => Promise<Uint8Array>

/** The reply that says nothing but "done". */
export const EMPTY = new Uint8Array(0)
