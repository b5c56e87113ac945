/** The calls that open, renew and close sessions, and prove capabilities. */
import { BadInputError, LIMITS, pb, ROLE } from '../../protocol/wire/index.js'
import { decodeBody, namedLog, requestKey } from '../decode.js'
import { failureOf } from '../failures.js'
import { wayOf } from '../net/index.js'
import type { LiveSession } from '../peer.js'
import type { ServiceSet } from '../services.js'
import { requireHosted } from '../session/admission.js'
import { EMPTY, type Method } from './method.js'

const reply = (services: ServiceSet, session: LiveSession, manifest?: Uint8Array): Uint8Array => pb.SessionReply.encode({
  id: session.id, expiresMs: Math.max(0, session.expires - services.clock.now()), role: session.role, ...manifest === undefined ? {} : { manifest }
})

/** A number of 16 bytes, or none. */
function requireRun (run: Uint8Array): Uint8Array {
  if (run.length !== 0 && run.length !== LIMITS.runBytes) throw new BadInputError(`the number of a session has ${LIMITS.runBytes} bytes`)
  return run.slice()
}

/** See OpenSessionRequest. */
export const openSession: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.OpenSessionRequest.decode(body, { limits: { runsBefore: LIMITS.runsKept } }))
  // Copies, because they are kept: not the whole body with them.
  const manifest = request.manifest.slice()
  const account = requestKey(request.account)
  const session = await services.sessions.open(peer, {
    account, manifest, token: request.token, runs: { run: requireRun(request.run), before: request.runsBefore.map(requireRun) }, way: wayOf(peer.channel.remoteAddress)
  })
  services.follows.endAll(peer)
  services.pipes.endAll(peer)
  services.keptPipes.endAll(peer)
  services.metrics.sessions.add(1, { role: session.role === ROLE.hosted ? 'hosted' : 'guest' })
  return reply(services, session, await services.sessions.newerManifest(account, manifest))
}

/** See RenewSessionRequest. */
export const renewSession: Method = async (services, peer) => reply(services, services.sessions.renew(peer))

/** See CloseSessionRequest. */
export const closeSession: Method = async (services, peer) => {
  services.follows.endAll(peer)
  services.pipes.endAll(peer)
  services.keptPipes.endAll(peer)
  services.sessions.close(peer)
  return EMPTY
}

/** Answers with a SessionsReply. */
export const listSessions: Method = async (services, peer) => {
  const session = peer.require(services.clock.now())
  requireHosted(session.role)
  return pb.SessionsReply.encode({ sessions: await services.sessions.devices(session.account) })
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
