/** The calls about blobs: uploads, leases, and which blocks are here. The blocks themselves travel on streams of their own. */
import { BadInputError, decodeCid, LIMITS, pb, TooLargeError, type Cid } from '../../protocol/wire/index.js'
import type { BlobSource } from '../blobs/index.js'
import { decodeBody, requestKey, requestNumber } from '../decode.js'
import type { Peer } from '../peer.js'
import type { ServiceSet } from '../services.js'
import { requireHosted } from '../session/admission.js'
import { EMPTY, type Method } from './method.js'

/** CIDs of which the look-ups cost as much as a call. */
const CIDS_PER_CALL = 64

/** The account that asks. @throws SessionError, AdmissionError: files are kept only for those who are hosted here */
function hosted (services: ServiceSet, peer: Peer): Uint8Array {
  const { account, role } = peer.require(services.clock.now())
  requireHosted(role)
  return account
}

/** A root or a block in a request. A copy: what is kept in memory must not hold on to a whole call's body. */
function cidIn (bytes: Uint8Array): Cid { return decodeCid(bytes).slice() }

/** See BeginUploadRequest. */
export const beginUpload: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.BeginUploadRequest.decode(body))
  const owner = hosted(services, peer)
  const { expires } = await services.blobs.begin(owner, request.upload.slice(), requestNumber(request.bytes, 'bytes'))
  return pb.BeginUploadReply.encode({ expiresMs: Math.max(0, expires - services.clock.now()) })
}

/** See FinishUploadRequest. */
export const finishUpload: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.FinishUploadRequest.decode(body))
  const owner = hosted(services, peer)
  const size = requestNumber(request.size, 'size')
  spendLook(services, peer, size)
  const { missing } = await services.blobs.finish(owner, request.upload.slice(), cidIn(request.root), size, keepOf(request))
  return pb.FinishUploadReply.encode({ missing: [...missing] })
}

/** See CancelUploadRequest. */
export const cancelUpload: Method = async (services, peer, { body }) => {
  const { upload } = decodeBody(() => pb.CancelUploadRequest.decode(body))
  await services.blobs.cancel(hosted(services, peer), upload.slice())
  return EMPTY
}

/** See LeaseRequest. */
export const lease: Method = async (services, peer, { body }) => {
  const request = decodeBody(() => pb.LeaseRequest.decode(body, { limits: { sources: LIMITS.holdersPerFile } }))
  const owner = hosted(services, peer)
  const size = requestNumber(request.size, 'size')
  const sources = request.sources.map(sourceIn)
  spendLook(services, peer, size)
  const { state, have } = await services.blobs.lease(owner, cidIn(request.root), size, sources, keepOf(request))
  return pb.LeaseReply.encode({ state: state === 'held' ? 1 : 0, have })
}

/** See ReleaseRequest. */
export const release: Method = async (services, peer, { body }) => {
  const { root } = decodeBody(() => pb.ReleaseRequest.decode(body))
  await services.blobs.release(hosted(services, peer), cidIn(root))
  return EMPTY
}

/** See HasBlocksRequest. */
export const hasBlocks: Method = async (services, peer, { body }) => {
  const { cids, upload } = decodeBody(() => pb.HasBlocksRequest.decode(body, { limits: { cids: LIMITS.cidsPerCall } }))
  const owner = hosted(services, peer)
  peer.calls.spend(cids.length / CIDS_PER_CALL, services.clock.now())
  const here = await services.blobs.hasBlocks(cids.map(cidIn), upload === undefined ? undefined : { owner, upload: upload.slice() })
  const bits = new Uint8Array(Math.ceil(here.length / 8))
  for (const [i, isHere] of here.entries()) if (isHere) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7))
  return pb.HasBlocksReply.encode({ here: bits })
}

/** See ListLeasesRequest. */
export const listLeases: Method = async (services, peer, { body }) => {
  const { after } = decodeBody(() => pb.ListLeasesRequest.decode(body))
  const owner = hosted(services, peer)
  const page = await services.blobs.leases(owner, { limit: LIMITS.leasesPerPage, ...after.length === 0 ? {} : { after: cidIn(after) } })
  peer.calls.spend(page.leases.length / CIDS_PER_CALL, services.clock.now())
  return pb.ListLeasesReply.encode({ leases: page.leases.map(({ root, size, state }) => ({ root, size, state: state === 'held' ? 1 : 0 })), more: page.more })
}

/** For how long a lease is made; undefined: until it is given up. */
function keepOf ({ keepMs }: { readonly keepMs?: number | undefined }): number | undefined { return keepMs === undefined ? undefined : requestNumber(keepMs, 'keep_ms') }

/** A look at a blob's tree costs a look-up for each of its blocks. */
function spendLook (services: ServiceSet, peer: Peer, size: number): void {
  if (size > LIMITS.blobTreeBytes) throw new TooLargeError(`a blob has at most ${LIMITS.blobTreeBytes} bytes, not ${size}`, { details: { bytes: size, limit: LIMITS.blobTreeBytes } })
  peer.calls.spend(size / LIMITS.blobBytes / CIDS_PER_CALL, services.clock.now())
}

/** @throws BadInputError */
function sourceIn ({ peer, addrs }: pb.BlobSource): BlobSource {
  if (addrs.length > LIMITS.addressesPerRelay) throw new BadInputError(`a source has at most ${LIMITS.addressesPerRelay} addresses`)
  for (const addr of addrs) if (addr.length > LIMITS.addressBytes || !/^\/[!-~]*$/.test(addr)) throw new BadInputError('a source\'s address is not a multiaddr')
  return { peer: requestKey(peer), addrs: [...addrs] }
}
