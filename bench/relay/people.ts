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

/** Seeds of a log's keys, in hexadecimal digits. */
export interface Rights { readonly owner: string, readonly append: string, readonly read: string, readonly mirror: string }

/** Keys for a log, or for many. */
export function newRights (): Rights {
  const [owner = '', append = '', read = '', mirror = ''] = Array.from({ length: 4 }, () => Buffer.from(randomSeed()).toString('hex'))
  return { owner, append, read, mirror }
}

const signers = new Map<string, Wire.Signer>()
function signerOf (seed: string): Wire.Signer {
  const known = signers.get(seed) ?? signerFromSeed(new Uint8Array(Buffer.from(seed, 'hex')))
  signers.set(seed, known)
  return known
}

/** Proves rights on a log over a channel. */
export async function prove (channel: Net.GatewayChannel, log: Uint8Array, rights: Rights, wanted: ReadonlyArray<'append' | 'read'>): Promise<void> {
  const proofs = wanted.map(right => {
    const [value, key] = [RIGHT[right], signerOf(rights[right])]
    const signature = proveCapability({ log, right: value, verifier: channel.remotePeer, prover: channel.localPeer, nonce: channel.remoteHello.nonce }, key)
    return { log, right: value, key: key.key, signature }
  })
  const { outcomes } = pb.ProveReply.decode(await channel.call(METHOD.prove, pb.ProveRequest.encode({ proofs })))
  const failure = outcomes.find(outcome => outcome.failure !== undefined)?.failure
  if (failure !== undefined) throw new Error(`a right was refused: ${failure.message}`)
}

/** A log that was made, and its keys. */
export interface Made { readonly log: Uint8Array, readonly rights: Rights }

/** Makes a log at the relay. Whoever made it may append and read, unless `proves` is false. */
export async function makeLog (channel: Net.GatewayChannel, rights = newRights(), proves = true): Promise<Made> {
  const [owner, append, read, mirror] = [rights.owner, rights.append, rights.read, rights.mirror].map(signerOf) as [Wire.Signer, Wire.Signer, Wire.Signer, Wire.Signer]
  const genesis = encodeGenesis({ v: 1, kind: 'log', salt: new Uint8Array(randomBytes(16)), owner: owner.key, home: channel.remotePeer })
  const log = logIdOf(genesis)
  const open = signOwnerAction({ op: 'open', log, caps: { append: append.key, read: read.key, mirrors: [mirror.key] } }, owner)
  await channel.call(METHOD.createLog, pb.CreateLogRequest.encode({ genesis, open }))
  if (proves) await prove(channel, log, rights, ['append', 'read'])
  return { log, rights }
}
