import {
  decodeCbor, encodeCaps, errorFromCode, METHOD, pb, proveCapability, PUSH, RIGHT, signDelegation, verifyAttested, type Append, type Delegation, type ErrorDetails, type KeyBytes, type PetrelError,
  type Right, type Signer, type Statement
} from '../../../src/protocol/wire/index.js'
import type { GatewayChannel, PushHandler } from '../../../src/relay/net/index.js'
import { entryId, type TestLog } from './people.js'

/** A device's calls over a channel, as a client makes them. */
export class Client {
  readonly channel: GatewayChannel
  constructor (channel: GatewayChannel) { this.channel = channel }

  async open (person: { readonly account: { readonly key: KeyBytes }, readonly bytes: Uint8Array }, options: { manifest?: Uint8Array, token?: string, run?: Uint8Array, before?: Uint8Array[] } = {}): Promise<pb.SessionReply> {
    const { manifest = person.bytes, token, run = new Uint8Array(), before = [] } = options
    const body = pb.OpenSessionRequest.encode({ account: person.account.key, manifest, run, runsBefore: before, ...token === undefined ? {} : { token } })
    return pb.SessionReply.decode(await this.channel.call(METHOD.openSession, body))
  }

  async renew (): Promise<pb.SessionReply> { return pb.SessionReply.decode(await this.channel.call(METHOD.renewSession, new Uint8Array())) }
  async close (): Promise<void> { await this.channel.call(METHOD.closeSession, new Uint8Array()) }

  proof (log: Uint8Array, right: Right, key: Signer, nonce = this.channel.remoteHello.nonce, prover = this.channel.localPeer): pb.CapabilityProof {
    const signature = proveCapability({ log, right, verifier: this.channel.remotePeer, prover, nonce }, key)
    return { log, right, key: key.key, signature }
  }

  /** A right that is lent to whoever is on this side of the channel. */
  lent (log: Uint8Array, right: 1 | 2 | 3, key: Signer, expires: number, change: Partial<Delegation> = {}): pb.CapabilityProof {
    const delegation = signDelegation({ v: 1, log, right, home: this.channel.remotePeer, relay: this.channel.localPeer, expires, ...change }, key)
    return { log, right, key: key.key, signature: new Uint8Array(), delegation }
  }

  /** Proves keys; the outcomes as errors. */
  async tryProve (...proofs: pb.CapabilityProof[]): Promise<Array<PetrelError | undefined>> {
    const reply = pb.ProveReply.decode(await this.channel.call(METHOD.prove, pb.ProveRequest.encode({ proofs })))
    return reply.outcomes.map(outcome => outcome.failure === undefined ? undefined : errorOf(outcome.failure))
  }

  async prove (...proofs: pb.CapabilityProof[]): Promise<void> {
    for (const error of await this.tryProve(...proofs)) if (error !== undefined) throw error
  }

  /** Proves append, read and owner of a log. */
  async proveAll (log: TestLog): Promise<void> {
    await this.prove(this.proof(log.id, RIGHT.append, log.epoch.append), this.proof(log.id, RIGHT.read, log.epoch.read), this.proof(log.id, RIGHT.owner, log.owner))
  }

  async createLog (log: TestLog, open = log.open()): Promise<Statement> {
    return headOf(await this.channel.call(METHOD.createLog, pb.CreateLogRequest.encode({ genesis: log.genesisBytes, open })))
  }

  async appendRaw (log: Uint8Array, items: Append[], pipeline?: number): Promise<pb.AppendOutcome[]> { return (await this.appendReply(log, items, { pipeline })).outcomes }

  /** `runs`: one receipt for all will do. */
  async appendReply (log: Uint8Array, items: Append[], { pipeline, runs = false }: { pipeline?: number | undefined, runs?: boolean } = {}): Promise<pb.AppendReply> {
    const wire = items.map(({ id, kind, payload, base, caps, erasers = [], expectHead, expectTerm }): pb.AppendItem => ({
      id, kind, payload, erasers,
      ...base === undefined ? {} : { base }, ...caps === undefined ? {} : { caps: encodeCaps(caps) }, ...expectHead === undefined ? {} : { expectHead }, ...expectTerm === undefined ? {} : { expectTerm }
    }))
    const body = pb.AppendRequest.encode({ log, items: wire, runs, ...pipeline === undefined ? {} : { pipeline } })
    return pb.AppendReply.decode(await this.channel.call(METHOD.append, body))
  }

  /** Appends; receipts or errors, one per item. */
  async append (log: Uint8Array, items: Append[], pipeline?: number): Promise<Array<{ receipt: Statement, duplicate: boolean } | PetrelError>> {
    return (await this.appendRaw(log, items, pipeline)).map(({ receipt, duplicate, failure }) =>
      failure === undefined ? { receipt: verifyAttested(receipt!).statement, duplicate } : errorOf(failure))
  }

  /** Appends one item; its receipt, or throws. */
  async appendOne (log: Uint8Array, item: Append, pipeline?: number): Promise<{ receipt: Statement, duplicate: boolean }> {
    const [outcome] = await this.append(log, [item], pipeline)
    if (outcome instanceof Error) throw outcome
    return outcome!
  }

  async read (log: Uint8Array, after = 0, limit = 0, maxBytes = 0): Promise<{ entries: pb.WireEntry[], head: Statement }> {
    const { entries, head } = pb.ReadReply.decode(await this.channel.call(METHOD.read, pb.ReadRequest.encode({ log, after, limit, maxBytes })))
    return { entries, head: verifyAttested(head).statement }
  }

  async head (log: Uint8Array): Promise<Statement> { return headOf(await this.channel.call(METHOD.head, pb.LogRequest.encode({ log }))) }
  async follow (log: Uint8Array, after = 0, erasures?: number): Promise<Statement> {
    return headOf(await this.channel.call(METHOD.follow, pb.FollowRequest.encode({ log, after, ...erasures === undefined ? {} : { erasures } })))
  }

  async sessions (): Promise<pb.DeviceSession[]> { return pb.SessionsReply.decode(await this.channel.call(METHOD.listSessions, pb.Empty.encode({}))).sessions }

  async unfollow (log: Uint8Array): Promise<void> { await this.channel.call(METHOD.unfollow, pb.LogRequest.encode({ log })) }
  async erase (log: Uint8Array, seq: number, secret: Uint8Array): Promise<void> { await this.channel.call(METHOD.erase, pb.EraseRequest.encode({ log, seq, secret })) }
  async order (log: Uint8Array, action: Uint8Array): Promise<Statement> { return headOf(await this.channel.call(METHOD.ownerAction, pb.OwnerActionRequest.encode({ log, action }))) }
  async adopt (request: Partial<pb.AdoptLogRequest> & Pick<pb.AdoptLogRequest, 'genesis' | 'action'>): Promise<{ seq: number, head?: Statement }> {
    const { seq, head } = pb.AdoptLogReply.decode(await this.channel.call(METHOD.adoptLog, pb.AdoptLogRequest.encode({ after: 0, entries: [], handovers: [], done: false, ...request })))
    return { seq, ...head === undefined ? {} : { head: verifyAttested(head).statement } }
  }

  async drop (log: Uint8Array): Promise<void> { await this.channel.call(METHOD.dropLog, pb.LogRequest.encode({ log })) }

  async grant (log: Uint8Array, ...grants: pb.Grant[]): Promise<void> { await this.channel.call(METHOD.grant, pb.GrantRequest.encode({ log, grants })) }
  async revoke (log: Uint8Array, ...keys: KeyBytes[]): Promise<void> { await this.channel.call(METHOD.revoke, pb.RevokeRequest.encode({ log, keys })) }
  async putManifest (manifest: Uint8Array): Promise<void> { await this.channel.call(METHOD.putManifest, pb.PutManifestRequest.encode({ manifest })) }
  async getManifest (account: KeyBytes): Promise<Uint8Array> { return pb.ManifestReply.decode(await this.channel.call(METHOD.getManifest, pb.AccountRequest.encode({ account }))).manifest }
  async findManifest (account: KeyBytes): Promise<Uint8Array[]> { return pb.FindManifestReply.decode(await this.channel.call(METHOD.findManifest, pb.AccountRequest.encode({ account }))).manifests }
  async putKeyPackages (...records: Uint8Array[]): Promise<pb.PutKeyPackagesReply> { return pb.PutKeyPackagesReply.decode(await this.channel.call(METHOD.putKeyPackages, pb.PutKeyPackagesRequest.encode({ records }))) }
  async getKeyPackage (account: KeyBytes, use: 0 | 1, device: KeyBytes = new Uint8Array(0)): Promise<pb.KeyPackageReply> { return pb.KeyPackageReply.decode(await this.channel.call(METHOD.getKeyPackage, pb.GetKeyPackageRequest.encode({ account, use, device }))) }
  async report (log: Uint8Array, note: string): Promise<void> { await this.channel.call(METHOD.report, pb.ReportRequest.encode({ log, seq: 1, message: new Uint8Array([1]), note })) }
  async deleteAccount (deletion: Uint8Array): Promise<void> { await this.channel.call(METHOD.deleteAccount, pb.DeleteAccountRequest.encode({ deletion })) }
  async listen (...addresses: Uint8Array[]): Promise<void> { await this.channel.call(METHOD.pipeListen, pb.PipeAddressesRequest.encode({ addresses, most: 0 })) }
  async unlisten (...addresses: Uint8Array[]): Promise<void> { await this.channel.call(METHOD.pipeUnlisten, pb.PipeAddressesRequest.encode({ addresses, most: 0 })) }
  async keepPipe (...addresses: Uint8Array[]): Promise<void> { await this.channel.call(METHOD.pipeKeep, pb.PipeAddressesRequest.encode({ addresses, most: 0 })) }
  async keepAgain (again: number, ...addresses: Uint8Array[]): Promise<void> { await this.channel.call(METHOD.pipeKeep, pb.PipeAddressesRequest.encode({ addresses, again })) }
  async keepFew (most: number, ...addresses: Uint8Array[]): Promise<void> { await this.channel.call(METHOD.pipeKeep, pb.PipeAddressesRequest.encode({ addresses, most })) }
  async forgetPipe (...addresses: Uint8Array[]): Promise<void> { await this.channel.call(METHOD.pipeForget, pb.PipeAddressesRequest.encode({ addresses, most: 0 })) }
  async postPipe (address: Uint8Array, frame: Uint8Array): Promise<void> { await this.channel.call(METHOD.pipePost, pb.PipeSendRequest.encode({ address, frame })) }
  async takenPipe (address: Uint8Array, through: number): Promise<void> { await this.channel.call(METHOD.pipeTaken, pb.PipeTakenRequest.encode({ address, through })) }
  async sendPipe (address: Uint8Array, frame: Uint8Array): Promise<void> { await this.channel.call(METHOD.pipeSend, pb.PipeSendRequest.encode({ address, frame })) }
  async usage (): Promise<pb.UsageReply> { return pb.UsageReply.decode(await this.channel.call(METHOD.usage, new Uint8Array())) }
}

const headOf = (body: Uint8Array): Statement => verifyAttested(pb.HeadReply.decode(body).head).statement

function errorOf ({ code, message, details }: pb.Failure): PetrelError {
  return errorFromCode(code, message, decodeCbor(details, 16_384) as ErrorDetails)
}

/** A data item. */
export function data (text = 'hello', change: Partial<Append> = {}): Append {
  return { id: entryId(), kind: 0, payload: new Uint8Array(Buffer.from(text)), ...change }
}

/** Pushes as they come, and a way to wait for them. */
export class Pushes {
  readonly entries: Array<{ log: Uint8Array, entries: pb.WireEntry[], head: Statement }> = []
  readonly frames: pb.PipePush[] = []
  readonly erased: pb.ErasedPush[] = []
  readonly manifests: Uint8Array[] = []
  readonly kept: pb.KeptPush[] = []
  readonly ended: Array<{ log: Uint8Array, error: PetrelError }> = []
  #wake: () => void = () => undefined

  readonly handler: PushHandler = ({ kind, body }) => {
    if (kind === 1) {
      const push = pb.EntriesPush.decode(body)
      this.entries.push({ log: push.log, entries: push.entries, head: verifyAttested(push.head).statement })
    } else if (kind === PUSH.pipe) {
      this.frames.push(pb.PipePush.decode(body))
    } else if (kind === PUSH.account) {
      this.manifests.push(pb.AccountPush.decode(body).manifest)
    } else if (kind === PUSH.kept) {
      this.kept.push(pb.KeptPush.decode(body))
    } else if (kind === PUSH.erased) {
      this.erased.push(pb.ErasedPush.decode(body))
    } else {
      const push = pb.UnfollowedPush.decode(body)
      this.ended.push({ log: push.log, error: errorOf(push.failure!) })
    }
    this.#wake()
    return undefined
  }

  /** Payload texts in order. */
  get texts (): string[] { return this.entries.flatMap(push => push.entries.map(entry => Buffer.from(entry.payload ?? []).toString())) }

  /** Waits until it is so. */
  async until (is: () => boolean): Promise<void> {
    while (!is()) await new Promise<void>(resolve => { this.#wake = resolve })
  }
}
