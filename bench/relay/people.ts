/** Devices of new accounts that come to a relay, and logs that they make there: for benchmarks. */
import { randomBytes } from 'node:crypto'
import type * as Child from '../kit/child.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Net from '../../src/relay/net/index.js'

const { load } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { encodeGenesis, logIdOf, METHOD, pb, proveCapability, randomSeed, RIGHT, signCertificate, signerFromSeed, signManifest, signOwnerAction } = await load<typeof Wire>('protocol/wire/index.js')
const { createHost, dialGateway } = await load<typeof Net>('relay/net/index.js')

/** A device with a session. */
export interface Guest { readonly channel: Net.GatewayChannel, readonly end: () => Promise<void> }

/** A device of a new account: its seed, and what it shows. */
export interface Device { readonly seed: Uint8Array, readonly account: Uint8Array, readonly manifest: Uint8Array }

/** A new account with one device. */
export function newDevice (): Device {
  const seed = randomSeed()
  const [account, device] = [signerFromSeed(randomSeed()), signerFromSeed(seed)]
  const manifest = signManifest({
    v: 1, account: account.key, generation: 1, version: 1, prev: null, time: 1, revoked: [], relays: [], inbox: null, keyPackages: [],
    devices: [{ key: device.key, cert: signCertificate({ v: 1, account: account.key, device: device.key, time: 1 }, account) }]
  }, account)
  return { seed, account: account.key, manifest }
}

/** A device comes, a new one unless told which, and opens a session. */
export async function comeTo (address: string, relay: Uint8Array, { device = newDevice(), onPush }: { readonly device?: Device, readonly onPush?: Net.PushHandler } = {}): Promise<Guest> {
  const host = await createHost({ role: 'node', seed: device.seed, dht: false, gossip: false, circuitServer: false, autonat: false })
  try {
    const channel = await dialGateway(host, [address], relay, onPush === undefined ? {} : { onPush })
    await channel.call(METHOD.openSession, pb.OpenSessionRequest.encode({ account: device.account, manifest: device.manifest }))
    return { channel, end: async () => { await host.stop() } }
  } catch (error) {
    await host.stop()
    throw error
  }
}

/** A log that was made, and how others get its rights. */
export interface Made { readonly log: Uint8Array, readonly proveAs: (channel: Net.GatewayChannel, right: 'append' | 'read') => Promise<void> }

/** Makes a log at the relay; whoever made it may append and read. */
export async function makeLog (channel: Net.GatewayChannel): Promise<Made> {
  const [owner, append, read, mirror] = Array.from({ length: 4 }, () => signerFromSeed(randomSeed())) as [Wire.Signer, Wire.Signer, Wire.Signer, Wire.Signer]
  const genesis = encodeGenesis({ v: 1, kind: 'log', salt: new Uint8Array(randomBytes(16)), owner: owner.key, home: channel.remotePeer })
  const log = logIdOf(genesis)
  const open = signOwnerAction({ op: 'open', log, caps: { append: append.key, read: read.key, mirrors: [mirror.key] } }, owner)
  await channel.call(METHOD.createLog, pb.CreateLogRequest.encode({ genesis, open }))
  const proveAs: Made['proveAs'] = async (to, right) => {
    const [value, key] = right === 'append' ? [RIGHT.append, append] as const : [RIGHT.read, read] as const
    const signature = proveCapability({ log, right: value, verifier: to.remotePeer, prover: to.localPeer, nonce: to.remoteHello.nonce }, key)
    const { outcomes } = pb.ProveReply.decode(await to.call(METHOD.prove, pb.ProveRequest.encode({ proofs: [{ log, right: value, key: key.key, signature }] })))
    const failure = outcomes[0]?.failure
    if (failure !== undefined) throw new Error(`a right was refused: ${failure.message}`)
  }
  await proveAs(channel, 'append')
  await proveAs(channel, 'read')
  return { log, proveAs }
}
