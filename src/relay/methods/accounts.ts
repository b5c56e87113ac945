/** The calls about accounts: manifests, key packages, reports, deletion, usage. */
import { BadInputError, chooseManifest, LIMITS, NotFoundError, openManifest, pb, sameBytes, ForbiddenError, type CheckedManifest } from '../../protocol/wire/index.js'
import type { PackageAsker } from '../accounts/key-packages.js'
import { mapKey } from '../bytes-text.js'
import { decodeBody, namedLog, requestKey, requestNumber } from '../decode.js'
import type { ProvenKey } from '../logs/access.js'
import type { Peer } from '../peer.js'
import type { ServiceSet } from '../services.js'
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
  const manifest = await services.manifests.get(session.account)
  await services.keyPackages.put(manifest, records, now)
  const { left, lastResorts, lastResortAt } = await services.keyPackages.left(session.account, peer.device)
  return pb.PutKeyPackagesReply.encode({ left, lastResorts, lastResortAt, counted: true })
}

/** See GetKeyPackageRequest. */
export const getKeyPackage: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.GetKeyPackageRequest.decode(body))
  const account = requestKey(request.account)
  const now = services.clock.now()
  peer.require(now)
  if (request.use !== 0 && request.use !== 1) throw new BadInputError(`there is no use ${request.use} of a key package`)
  services.rates.keyPackages.require(peer.name, 1, now, 'key packages')
  const device = request.device.length === 0 ? undefined : requestKey(request.device)
  const manifest = await services.manifests.get(account)
  const { record, lastResort } = request.use === 0
    ? await services.keyPackages.cloud(manifest, now)
    : await services.keyPackages.secret(manifest, device, now, packageAsker(services, peer, manifest, now))
  return pb.KeyPackageReply.encode({ record, lastResort })
}

/**
 * Whether a one-time package may be used up for somebody. Devices cost nothing, so it is not they who are counted: it is
 * the key to the account's inbox by which one comes, and without one all strangers together. Beyond that there is the last resort.
 */
function packageAsker ({ rates }: Pick<ServiceSet, 'rates'>, peer: Peer, checked: CheckedManifest, now: number): PackageAsker {
  const { account } = checked.manifest
  const held = inboxKey(peer, checked)
  return held === undefined
    ? { isStranger: true, mayTake: () => rates.strangersPackages.take(mapKey(account), 1, now) === 0 }
    : { isStranger: false, mayTake: () => rates.oneTimePackages.take(`${mapKey(account)} ${mapKey(held.key)}`, 1, now) === 0 }
}

/** The key to an account's inbox by which one comes; undefined for who has proved none here: a stranger. */
export function inboxKey (peer: Peer, checked: CheckedManifest | undefined): ProvenKey | undefined {
  const inbox = checked?.manifest.inbox ?? null
  return inbox === null ? undefined : peer.proven(mapKey(inbox.log)).append
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
