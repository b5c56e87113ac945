/** The calls about accounts: manifests, key packages, reports, deletion, usage. */
import { BadInputError, chooseManifest, LIMITS, NotFoundError, openManifest, pb, sameBytes, ForbiddenError } from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'
import { decodeBody, namedLog, requestKey, requestNumber } from '../decode.js'
import { requireHosted } from '../session/admission.js'
import { EMPTY, type Method } from './method.js'

/** See PutManifestRequest. */
export const putManifest: Method = async (services, peer, { body }) => {
  const { manifest } = decodeBody(() => pb.PutManifestRequest.decode(body))
  const now = services.clock.now()
  const session = peer.require(now)
  requireHosted(session.role)
  // Each certificate in it is a signature to check, as a proof is.
  peer.calls.spend(LIMITS.devices, now)
  const checked = openManifest(manifest.slice())
  if (!sameBytes(checked.manifest.account, session.account)) throw new ForbiddenError('the manifest is another account\'s')
  await services.manifests.put(checked)
  return EMPTY
}

/** See AccountRequest; answers with a ManifestReply. */
export const getManifest: Method = async (services, peer, { body }) => {
  const account = requestKey(decodeBody(() => pb.AccountRequest.decode(body)).account)
  peer.require(services.clock.now())
  const { bytes } = await services.manifests.get(account)
  return pb.ManifestReply.encode({ manifest: bytes })
}

/** See AccountRequest; answers with a FindManifestReply. */
export const findManifest: Method = async (services, peer, { body, signal }) => {
  const account = requestKey(decodeBody(() => pb.AccountRequest.decode(body)).account)
  const now = services.clock.now()
  requireHosted(peer.require(now).role)
  services.rates.lookups.require(peer.name, 1, now, 'look-ups')
  const own = await services.manifests.find(account)
  const others = await services.directory?.find(account, signal) ?? []
  const chosen = chooseManifest(own === undefined ? others : [own, ...others])
  if (chosen === undefined) throw new NotFoundError('no relay that can be asked knows a manifest of that account')
  const { best, against } = chosen
  return pb.FindManifestReply.encode({ manifests: against === null ? [best.bytes] : [best.bytes, against.bytes] })
}

/** See PutKeyPackagesRequest. */
export const putKeyPackages: Method = async (services, peer, { body }) => {
  const { records } = decodeBody(() => pb.PutKeyPackagesRequest.decode(body, { limits: { records: LIMITS.keyPackagesPerCall } }))
  const now = services.clock.now()
  const session = peer.require(now)
  requireHosted(session.role)
  peer.calls.spend(records.length, now)
  await services.keyPackages.put(await services.manifests.get(session.account), records, now)
  return EMPTY
}

/** See GetKeyPackageRequest. */
export const getKeyPackage: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.GetKeyPackageRequest.decode(body))
  const account = requestKey(request.account)
  const now = services.clock.now()
  peer.require(now)
  if (request.use !== 0 && request.use !== 1) throw new BadInputError(`there is no use ${request.use} of a key package`)
  services.rates.keyPackages.require(peer.name, 1, now, 'key packages')
  const { record, lastResort } = await services.keyPackages.get(await services.manifests.get(account), request.use === 0 ? 'cloud' : 'secret', now)
  return pb.KeyPackageReply.encode({ record, lastResort })
}

/** See ReportRequest. */
export const report: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.ReportRequest.decode(body))
  const { log } = namedLog(request.log)
  const seq = requestNumber(request.seq, 'seq')
  const now = services.clock.now()
  peer.require(now)
  services.rates.reports.require(peer.name, 1, now, 'reports')
  await services.reports.add({ log, seq, message: request.message, note: request.note })
  services.log('info', 'report.received')
  return EMPTY
}

/** See DeleteAccountRequest. */
export const deleteAccount: Method = async (services, peer, { body }) => {
  const { deletion } = decodeBody(() => pb.DeleteAccountRequest.decode(body))
  const { account } = peer.require(services.clock.now())
  await services.deletion.delete(account, await services.manifests.find(account), deletion)
  services.log('info', 'account.deleted')
  return EMPTY
}

/** Answers with a UsageReply. */
export const usage: Method = async (services, peer) => {
  const session = peer.require(services.clock.now())
  const { logs, bytes } = services.ledger.usage(mapKey(session.account))
  const { leases, bytes: mediaBytes, quotaBytes: mediaQuotaBytes } = services.blobs.usage(session.account)
  return pb.UsageReply.encode({ role: session.role, logs, bytes, quotaBytes: services.options.quota.accountBytes, leases, mediaBytes, mediaQuotaBytes })
}
