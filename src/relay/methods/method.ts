import type { CallAnswer, GatewayCall } from '../net/index.js'
import type { Peer } from '../peer.js'
import type { ServiceSet } from '../services.js'

/** Answers one method's calls: decodes the body, asks the services, encodes the reply. */
export type Method = (services: ServiceSet, peer: Peer, call: GatewayCall) => Promise<Uint8Array>

/** Like {@link Method}, without a promise for each call: tells its answer, now or later, once. What it throws is the answer too. */
export type QuickMethod = (services: ServiceSet, peer: Peer, call: GatewayCall, answer: CallAnswer) => void

/** The reply that says nothing but "done". */
export const EMPTY = new Uint8Array(0)
