/** The calls about pipes. */
import { BadInputError, LIMITS, pb, sameBytes, TooLargeError } from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'
import { decodeBody } from '../decode.js'
import type { PipeAddress } from '../pipes/pipes.js'
import { requireHosted } from '../session/admission.js'
import { inboxKey } from './accounts.js'
import { EMPTY, type Method } from './method.js'

const ADDRESS_BYTES = 32

function pipeAddress (bytes: Uint8Array): PipeAddress {
  if (bytes.length !== ADDRESS_BYTES) throw new BadInputError(`a pipe address has ${ADDRESS_BYTES} bytes`)
  return { bytes, name: mapKey(bytes) }
}

function namedIn (body: Uint8Array): { addresses: PipeAddress[], most: number, again: number } {
  const { addresses, most, again } = decodeBody(() => pb.PipeAddressesRequest.decode(body, { limits: { addresses: LIMITS.pipeAddressesPerCall } }))
  return { addresses: addresses.map(pipeAddress), most, again }
}

function addressesOf (body: Uint8Array): PipeAddress[] { return namedIn(body).addresses }

function frameOf (body: Uint8Array): { at: PipeAddress, frame: Uint8Array } {
  const { address, frame } = decodeBody(() => pb.PipeSendRequest.decode(body))
  const at = pipeAddress(address)
  if (frame.length > LIMITS.pipeFrameBytes) throw new TooLargeError(`a frame of a pipe has at most ${LIMITS.pipeFrameBytes} bytes`, { details: { bytes: frame.length, limit: LIMITS.pipeFrameBytes } })
  return { at, frame }
}

/** See PipeAddressesRequest. */
export const pipeListen: Method = async (services, peer, { body }) => {
  const addresses = addressesOf(body)
  peer.require(services.clock.now())
  services.pipes.listen(peer, addresses)
  return EMPTY
}

/** See PipeAddressesRequest. */
export const pipeUnlisten: Method = async (services, peer, { body }) => {
  const addresses = addressesOf(body)
  peer.require(services.clock.now())
  services.pipes.unlisten(peer, addresses)
  return EMPTY
}

/** See PipeSendRequest. */
export const pipeSend: Method = async (services, peer, { body }) => {
  const { at, frame } = frameOf(body)
  const now = services.clock.now()
  const { role } = peer.require(now)
  peer.pipes.require(1, now, 'frames by pipe')
  services.pipes.send(at, frame, role)
  return EMPTY
}

/** See PipeAddressesRequest: frames are kept there until this account's device has them. */
export const pipeKeep: Method = async (services, peer, { body }) => {
  const { addresses, most, again } = namedIn(body)
  const session = peer.require(services.clock.now())
  requireHosted(session.role)
  await services.keptPipes.keep(peer, session.account, addresses, { again, ...most === 0 ? {} : { most } })
  return EMPTY
}

/** See PipeAddressesRequest: and are kept there no more. */
export const pipeForget: Method = async (services, peer, { body }) => {
  const addresses = addressesOf(body)
  const session = peer.require(services.clock.now())
  await services.keptPipes.forget(peer, session.account, addresses)
  return EMPTY
}

/** See PipeSendRequest. Answered once the frame is durable. */
export const pipePost: Method = async (services, peer, { body }) => {
  const { at, frame } = frameOf(body)
  const now = services.clock.now()
  const { account: own } = peer.require(now)
  peer.pipes.require(1, now, 'frames by pipe')
  await services.keptPipes.post(at, frame, async account => sameBytes(account, own) || inboxKey(peer, await services.manifests.find(account)) !== undefined)
  return EMPTY
}

/** See PipeTakenRequest. */
export const pipeTaken: Method = async (services, peer, { body }) => {
  const { address, through } = decodeBody(() => pb.PipeTakenRequest.decode(body))
  const at = pipeAddress(address)
  const session = peer.require(services.clock.now())
  await services.keptPipes.taken(session.account, at, through)
  return EMPTY
}
