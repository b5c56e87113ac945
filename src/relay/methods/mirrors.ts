/** The calls by which a device has its relay mirror logs of other homes. */
import { LIMITS, pb } from '../../protocol/wire/index.js'
import { decodeBody, namedLog } from '../decode.js'
import { failureOf } from '../failures.js'
import { mirrorWish } from '../mirrors/request.js'
import { requireHosted } from '../session/admission.js'
import { EMPTY, type Method } from './method.js'

/** See MirrorRequest. Each delegation is a signature to check. */
export const mirror: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.MirrorRequest.decode(body, { limits: { addrs: LIMITS.addressesPerRelay, delegations: LIMITS.delegationsPerCall } }))
  const now = services.clock.now()
  const { account, role } = peer.require(now)
  requireHosted(role)
  peer.calls.spend(request.delegations.length, now)
  const { seq, current, trouble } = await services.mirrors.mirror(account, mirrorWish(request, services.home, now))
  return pb.MirrorReply.encode({ seq, current, ...trouble === undefined ? {} : { trouble: failureOf(trouble) } })
}

/** Takes a LogRequest. */
export const unmirror: Method = async (services, peer, { body }) => {
  const log = namedLog(decodeBody(() => pb.LogRequest.decode(body)).log)
  const { account } = peer.require(services.clock.now())
  await services.mirrors.unmirror(account, log)
  return EMPTY
}
