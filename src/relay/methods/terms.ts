/** The calls that bring logs to a new home and give up old copies. */
import { LIMITS, pb } from '../../protocol/wire/index.js'
import { decodeBody, namedLog, requestNumber } from '../decode.js'
import { requireHosted } from '../session/admission.js'
import { EMPTY, type Method } from './method.js'

/** Entries of an adopted page that cost as much as a call: each has two hashes to make. */
const ENTRIES_PER_CALL = 8

/** See AdoptLogRequest. */
export const adoptLog: Method = async (services, peer, { body, signal }) => {
  const request = decodeBody(() => pb.AdoptLogRequest.decode(body, { limits: { entries: LIMITS.readItems, handovers: LIMITS.handoversPerCall } }))
  const now = services.clock.now()
  const { account, role } = peer.require(now)
  requireHosted(role)
  peer.calls.spend(request.entries.length / ENTRIES_PER_CALL + request.handovers.length, now)
  const entries = request.entries.map(({ leaf, payload = null }) => ({ leaf, payload }))
  const { genesis, action, open, hash, handovers, done } = request
  const after = requestNumber(request.after, 'after')
  return pb.AdoptLogReply.encode(await services.adoptions.adopt(account, { genesis, action, open, hash, handovers, after, entries, done }, signal))
}

/** Takes a LogRequest. */
export const dropLog: Method = async (services, peer, { body }) => {
  const log = namedLog(decodeBody(() => pb.LogRequest.decode(body)).log)
  const { account } = peer.require(services.clock.now())
  await services.adoptions.drop(account, peer.proven(log.name), log)
  return EMPTY
}
