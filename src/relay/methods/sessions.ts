/** The calls that open, renew and close sessions, and prove capabilities. */
import { LIMITS, pb, ROLE } from '../../protocol/wire/index.js'
import { decodeBody, namedLog, requestKey } from '../decode.js'
import { failureOf } from '../failures.js'
import type { LiveSession } from '../peer.js'
import type { ServiceSet } from '../services.js'
import { EMPTY, type Method } from './method.js'

const reply = (services: ServiceSet, session: LiveSession): Uint8Array => pb.SessionReply.encode({
  id: session.id, expiresMs: Math.max(0, session.expires - services.clock.now()), role: session.role
})

/** See OpenSessionRequest. */
export const openSession: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.OpenSessionRequest.decode(body))
  // A copy, because it is kept: not the whole body with it.
  const session = await services.sessions.open(peer, { account: requestKey(request.account), manifest: request.manifest.slice(), token: request.token })
  services.follows.endAll(peer)
  services.pipes.endAll(peer)
  services.metrics.sessions.add(1, { role: session.role === ROLE.hosted ? 'hosted' : 'guest' })
  return reply(services, session)
}

/** See RenewSessionRequest. */
export const renewSession: Method = async (services, peer) => reply(services, services.sessions.renew(peer))

/** See CloseSessionRequest. */
export const closeSession: Method = async (services, peer) => {
  services.follows.endAll(peer)
  services.pipes.endAll(peer)
  services.sessions.close(peer)
  return EMPTY
}

/** See ProveRequest. Each proof is judged on its own. */
export const prove: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.ProveRequest.decode(body, { limits: { proofs: LIMITS.proofsPerCall } }))
  const now = services.clock.now()
  peer.require(now)
  // The call itself has paid for one.
  peer.calls.require(Math.max(0, request.proofs.length - 1), now, 'capability proofs')
  const proofs = request.proofs.map(({ log, right, key, signature, delegation }) => ({ log: namedLog(log), right, key: requestKey(key), signature, delegation }))
  const outcomes = await services.prover.prove(peer, proofs)
  for (const name of new Set(proofs.map(proof => proof.log.name))) services.follows.proved(peer, name)
  return pb.ProveReply.encode({ outcomes: outcomes.map(error => error === undefined ? {} : { failure: failureOf(error) }) })
}
