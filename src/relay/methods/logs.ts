/** The calls about logs. */
import { ForbiddenError, LIMITS, NotFoundError, pb } from '../../protocol/wire/index.js'
import { decodeBody, namedLog, requestKey, requestNumber } from '../decode.js'
import { requireUp } from '../logs/access.js'
import { decodeMeta } from '../logs/meta.js'
import { requireHosted } from '../session/admission.js'
import type { NamedLog } from '../peer.js'
import type { ServiceSet } from '../services.js'
import { EMPTY, type Method } from './method.js'

/** What counting an inbox's grants costs, in calls: it reads LIMITS.inboxGrants small records at most. */
const GRANT_COUNT_COST = 100

const headReply = (head: Uint8Array): Uint8Array => pb.HeadReply.encode({ head })

/** See CreateLogRequest; answers with a HeadReply. */
export const createLog: Method = async (services, peer, { body }) => {
  const { genesis, open } = decodeBody(() => pb.CreateLogRequest.decode(body))
  const session = peer.require(services.clock.now())
  requireHosted(session.role)
  return headReply(await services.logs.create(session.account, genesis.slice(), open))
}

/** See ReadRequest. */
export const read: Method = async (services, peer, call) => {
  const request = decodeBody(() => pb.ReadRequest.decode(call.body))
  const log = namedLog(request.log)
  const after = requestNumber(request.after, 'after')
  peer.require(services.clock.now())
  await call.room(Math.min(request.maxBytes === 0 ? LIMITS.readBytes : request.maxBytes, LIMITS.readBytes) + LIMITS.commitBytes)
  return pb.ReadReply.encode(await services.logs.read(peer, log, { after, limit: request.limit, maxBytes: request.maxBytes, signal: call.signal }))
}

/** See FollowRequest; answers with a HeadReply, and pushes begin after it. */
export const follow: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.FollowRequest.decode(body))
  const log = namedLog(request.log)
  const after = requestNumber(request.after, 'after')
  const erasures = request.erasures === undefined ? undefined : requestNumber(request.erasures, 'erasures')
  peer.require(services.clock.now())
  const mirrored = services.mirrors.find(log.name)
  const broken = mirrored === undefined ? undefined : services.mirrors.brokenError(mirrored)
  if (broken !== undefined) throw broken
  const head = await services.logs.head(peer, log)
  await services.follows.follow(peer, log, after, erasures)
  return headReply(head)
}

/** See LogRequest. */
export const unfollow: Method = async (services, peer, { body }) => {
  services.follows.unfollow(peer, namedLog(decodeBody(() => pb.LogRequest.decode(body)).log).name)
  return EMPTY
}

/** See LogRequest; answers with a HeadReply. */
export const head: Method = async (services, peer, { body }) => {
  const log = namedLog(decodeBody(() => pb.LogRequest.decode(body)).log)
  peer.require(services.clock.now())
  await services.mirrors.refresh(log.name)
  return headReply(await services.logs.head(peer, log))
}

/** See EraseRequest. */
export const erase: Method = async (services, peer, { body, deadlineMs }) => {
  const request = decodeBody(() => pb.EraseRequest.decode(body))
  const log = namedLog(request.log)
  const seq = requestNumber(request.seq, 'seq')
  peer.require(services.clock.now())
  try {
    await eraseHere(services, log, { seq, secret: request.secret, body, deadlineMs })
  } catch (error) {
    if (!(error instanceof NotFoundError) || Object.keys(peer.proven(log.name)).length > 0) throw error
    // As any call says that there is no such log here. Beyond that, who may not read a log must not learn by this how long it is.
    requireUp(decodeMeta((await services.store.logs.head(log.log)).meta))
    throw new ForbiddenError('the secret does not erase this entry')
  }
  return EMPTY
}

async function eraseHere (services: ServiceSet, log: NamedLog, { seq, secret, body, deadlineMs }: { seq: number, secret: Uint8Array, body: Uint8Array, deadlineMs: number }): Promise<void> {
  const mirrored = services.mirrors.find(log.name)
  if (mirrored?.link === undefined) {
    await services.logs.erase(log, seq, secret)
    return
  }
  // Here at once, whether the home is there or not.
  await services.logs.erase(log, seq, secret).catch((error: unknown) => {
    // The copy may be behind, and so may what it knows of the owner key.
    if (!(error instanceof NotFoundError) && !(error instanceof ForbiddenError && error.details.owner === 'unknown')) throw error
  })
  await services.forward.erase(mirrored, body, deadlineMs)
}

/** See OwnerActionRequest; answers with a HeadReply. */
export const ownerAction: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.OwnerActionRequest.decode(body))
  const log = namedLog(request.log)
  peer.require(services.clock.now())
  return headReply(await services.logs.order(peer, log, request.action))
}

/** See GrantRequest. */
export const grant: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.GrantRequest.decode(body, { limits: { grants: LIMITS.grantsPerCall } }))
  const log = namedLog(request.log)
  const grants = request.grants.map(({ key, expiresAt }) => ({ key: requestKey(key), expiresAt: requestNumber(expiresAt, 'expires_at') }))
  const now = services.clock.now()
  peer.require(now)
  peer.calls.spend(grants.length + GRANT_COUNT_COST, now)
  await services.grants.grant(peer, log, grants)
  return EMPTY
}

/** See RevokeRequest. */
export const revoke: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.RevokeRequest.decode(body, { limits: { keys: LIMITS.grantsPerCall } }))
  const log = namedLog(request.log)
  const keys = request.keys.map(requestKey)
  const now = services.clock.now()
  peer.require(now)
  peer.calls.spend(keys.length, now)
  await services.grants.revoke(peer, log, keys)
  return EMPTY
}
