/** A {@link RelayLink} made of its parts: the core that keeps a session, capabilities, calls and follows. */
import {
  DIGEST_LENGTH, LIMITS, METHOD, pb, PUSH, RIGHT, ROLE, sameBytes, UnsupportedError, WAY, type Append, type KeyBytes, type KeyPackageUse, type LogId, type PetrelError, type Right, type Role, type Signer
} from '../../protocol/wire/index.js'
import { errorFromFailure } from '../../relay/net/index.js'
import { appendRequest, appendResults } from './append.js'
import { Caller, decoded, type Call } from './caller.js'
import { Capabilities } from './capabilities.js'
import { patiently } from './clock.js'
import { Follows } from './follows.js'
import { KeptAddresses } from './kept-pipes.js'
import { PipeAddresses } from './pipes.js'
import { RelayBlobs } from './link-blobs.js'
import { LinkCore, type CoreEvents, type Credentials, type LinkWorld } from './link-core.js'
import type {
  AdoptPage, AppendOptions, AppendResult, DeviceSession, EntriesHandler, Follow, InboxGrant, InboxKey, KeptHandler, LinkCallOptions, LinkState, LinkStatus, LogPage, MirrorAnswer, MirrorAsk, PackagesLeft, PipeHandler, RelayLink, RelayUsage
} from './types.js'

type Options = LinkCallOptions | undefined
const NO_DEVICE = new Uint8Array(0)

/** See {@link RelayLink}. */
export class GatewayLink implements RelayLink {
  readonly #core: LinkCore
  readonly #world: LinkWorld
  readonly #capabilities = new Capabilities()
  readonly #caller: Caller
  readonly #follows: Follows
  readonly #pipes: PipeAddresses
  readonly #kept: KeptAddresses
  readonly blobs: RelayBlobs
  #features: readonly string[] | null = null
  #proving = false

  constructor (peer: KeyBytes, credentials: Credentials, world: LinkWorld, { onMoved, onManifest }: Pick<CoreEvents, 'onMoved' | 'onManifest'>) {
    this.#world = world
    this.#core = new LinkCore(peer, credentials, world, {
      onSession: session => {
        this.#features = session.channel.remoteHello.features
        this.#capabilities.proveAll(session)
        this.#follows.session()
        this.#pipes.session(session)
        this.#kept.session(session)
      },
      onLost: () => { this.#follows.lost() },
      onPush: push => {
        switch (push.kind) {
          case PUSH.pipe: return this.#pipes.push(push)
          case PUSH.kept: return this.#kept.push(push)
          case PUSH.account: onManifest(pb.AccountPush.decode(push.body).manifest); return undefined
          default: return this.#follows.push(push)
        }
      },
      onManifest, onMoved
    })
    this.#caller = new Caller(this.#core, this.#capabilities, world.clock)
    this.#pipes = new PipeAddresses(this.#core)
    this.#kept = new KeptAddresses(this.#core, this.#caller)
    const { dialer } = world
    this.blobs = new RelayBlobs(this.#core, this.#caller, async () => {
      if (dialer.blobs === undefined) throw new UnsupportedError('no blocks travel by the way to this relay')
      return await dialer.blobs(credentials.addrs.list, peer, {})
    })
    this.#follows = new Follows({ core: this.#core, caller: this.#caller, world })
  }

  get peer (): KeyBytes { return this.#core.peer }
  get address (): string | undefined { return this.#core.session?.channel.remoteAddress }

  get addrs (): readonly string[] { return this.#core.credentials.addrs.list }
  get features (): readonly string[] | null { return this.#features }
  get state (): LinkState { return this.#core.status.state }
  get role (): Role | null { return this.#core.status.role }
  get lastError (): PetrelError | null { return this.#core.status.lastError }

  onState (listener: (status: LinkStatus) => void): () => void { return this.#core.onState(listener) }

  /** Begins to dial. */
  start (): void { this.#core.start() }

  poke (): void { this.#core.poke() }

  async ready (options: { readonly signal?: AbortSignal } = {}): Promise<void> { await this.#core.whenReady(Infinity, options.signal) }

  setAddrs (addrs: readonly string[]): void {
    if (this.#core.credentials.addrs.replace(addrs)) this.#core.changed('addrs')
  }

  /** Addresses that somebody said: tried beside the known ones. */
  learnAddrs (said: readonly string[]): void {
    if (this.#core.credentials.addrs.learn(said)) this.#core.changed('addrs')
  }

  setToken (token: string | undefined): void {
    if (token === this.#core.credentials.token) return
    this.#core.credentials.token = token
    this.#core.changed('token')
  }

  setManifest (bytes: Uint8Array): void {
    if (sameBytes(bytes, this.#core.credentials.manifest)) return
    this.#core.credentials.manifest = bytes
    this.#core.changed('manifest')
  }

  setCapability (log: LogId, right: Right, key: Signer): void {
    this.#capabilities.set(log, right, key)
    if (this.#proving || this.#core.session === undefined) return
    // All that are set in one go are proved in one call.
    this.#proving = true
    queueMicrotask(() => {
      this.#proving = false
      const { session } = this.#core
      if (session !== undefined) this.#capabilities.proveAll(session)
    })
  }

  dropCapability (log: LogId, right: Right): void { this.#capabilities.drop(log, right) }

  async createLog (genesis: Uint8Array, open: Uint8Array, options?: LinkCallOptions): Promise<Uint8Array> {
    const reply = await this.#call({ method: METHOD.createLog, body: pb.CreateLogRequest.encode({ genesis, open }) }, options)
    return decoded('head', () => pb.HeadReply.decode(reply)).head
  }

  async append (log: LogId, items: readonly Append[], options: AppendOptions = {}): Promise<AppendResult[]> {
    const reply = await this.#call({ method: METHOD.append, body: appendRequest(log, items, options.pipeline), log }, options)
    return decoded('answer to an append', () => appendResults(log, items, reply))
  }

  async read (log: LogId, after: number, limit: number, options?: LinkCallOptions): Promise<LogPage> {
    const body = pb.ReadRequest.encode({ log, after, limit, maxBytes: LIMITS.readBytes })
    const reply = await this.#call({ method: METHOD.read, body, log }, options)
    const { entries, head, prev } = decoded('page', () => pb.ReadReply.decode(reply, { limits: { entries: LIMITS.readItems } }))
    return { entries: entries.map(({ leaf, payload }) => ({ leaf, payload: payload ?? null })), head, ...prev?.length === DIGEST_LENGTH ? { prev } : {} }
  }

  async head (log: LogId, options?: LinkCallOptions): Promise<Uint8Array> {
    const reply = await this.#call({ method: METHOD.head, body: pb.LogRequest.encode({ log }), log }, options)
    return decoded('head', () => pb.HeadReply.decode(reply)).head
  }

  async erase (log: LogId, seq: number, secret: Uint8Array, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.erase, body: pb.EraseRequest.encode({ log, seq, secret }), log }, options)
  }

  async ownerAction (log: LogId, action: Uint8Array, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.ownerAction, body: pb.OwnerActionRequest.encode({ log, action }), log }, options)
  }

  async adoptLog ({ entries, handovers = [], ...page }: AdoptPage, options?: LinkCallOptions): Promise<{ seq: number, head: Uint8Array | null }> {
    const body = pb.AdoptLogRequest.encode({ ...page, handovers: [...handovers], entries: entries.map(({ leaf, payload }) => payload === null ? { leaf } : { leaf, payload }) })
    const reply = await this.#call({ method: METHOD.adoptLog, body }, options)
    const { seq, head } = decoded('answer to a log that was brought', () => pb.AdoptLogReply.decode(reply))
    return { seq, head: head ?? null }
  }

  async dropLog (log: LogId, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.dropLog, body: pb.LogRequest.encode({ log }), log }, options)
  }

  async mirror ({ addrs, delegations, ...ask }: MirrorAsk, options?: LinkCallOptions): Promise<MirrorAnswer> {
    const reply = await this.#call({ method: METHOD.mirror, body: pb.MirrorRequest.encode({ ...ask, addrs: [...addrs], delegations: [...delegations] }) }, options)
    const { seq, current, trouble } = decoded('answer to a mirror', () => pb.MirrorReply.decode(reply))
    return { seq, current, trouble: trouble === undefined ? null : errorFromFailure(trouble) }
  }

  async unmirror (log: LogId, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.unmirror, body: pb.LogRequest.encode({ log }) }, options)
  }

  async grant (log: LogId, grants: readonly InboxGrant[], options?: LinkCallOptions): Promise<void> {
    const body = pb.GrantRequest.encode({ log, grants: grants.map(({ key, expiresAt }) => ({ key, expiresAt: expiresAt ?? 0 })) })
    await this.#call({ method: METHOD.grant, body, log }, options)
  }

  async revoke (log: LogId, keys: readonly KeyBytes[], options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.revoke, body: pb.RevokeRequest.encode({ log, keys: [...keys] }), log }, options)
  }

  follow (log: LogId, after: number, onEntries: EntriesHandler, onEnd: (error: PetrelError) => void): Follow {
    return this.#follows.follow({ log, after, onEntries, onEnd })
  }

  listenPipe (address: Uint8Array, onFrame: PipeHandler): () => void { return this.#pipes.listen(address, onFrame) }

  async sendPipe (address: Uint8Array, frame: Uint8Array, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.pipeSend, body: pb.PipeSendRequest.encode({ address, frame }) }, options)
  }

  onKept (handler: KeptHandler): void { this.#kept.onFrame(handler) }

  async keepPipes (addresses: readonly Uint8Array[], options?: LinkCallOptions & { most?: number, again?: boolean }): Promise<void> { await this.#kept.keep(addresses, options) }

  async forgetPipes (addresses: readonly Uint8Array[], options?: LinkCallOptions): Promise<void> { await this.#kept.forget(addresses, options) }

  async postPipe (address: Uint8Array, frame: Uint8Array, { by, ...options }: LinkCallOptions & { by?: InboxKey | undefined } = {}): Promise<void> {
    // A letter may be on its way by another one.
    if (by !== undefined && !this.#capabilities.has(by.log, RIGHT.append)) this.setCapability(by.log, RIGHT.append, by.key)
    await this.#call({ method: METHOD.pipePost, body: pb.PipeSendRequest.encode({ address, frame }), ...by === undefined ? {} : { log: by.log } }, options)
  }

  async putManifest (manifest: Uint8Array, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.putManifest, body: pb.PutManifestRequest.encode({ manifest }) }, options)
  }

  async getManifest (account: KeyBytes, options?: LinkCallOptions): Promise<Uint8Array> {
    const reply = await this.#call({ method: METHOD.getManifest, body: pb.AccountRequest.encode({ account }) }, options)
    return decoded('manifest', () => pb.ManifestReply.decode(reply)).manifest
  }

  async findManifest (account: KeyBytes, options?: LinkCallOptions): Promise<Uint8Array[]> {
    const reply = await this.#call({ method: METHOD.findManifest, body: pb.AccountRequest.encode({ account }) }, options)
    return decoded('manifests', () => pb.FindManifestReply.decode(reply, { limits: { manifests: 2 } })).manifests
  }

  async putKeyPackages (records: readonly Uint8Array[], options?: LinkCallOptions): Promise<PackagesLeft | null> {
    const reply = await this.#call({ method: METHOD.putKeyPackages, body: pb.PutKeyPackagesRequest.encode({ records: [...records] }) }, options)
    const { counted, left, lastResorts, lastResortAt } = decoded('key packages', () => pb.PutKeyPackagesReply.decode(reply, { limits: { left: LIMITS.keyPackagesOfDevice } }))
    return counted ? { left, lastResorts, lastResortAt } : null
  }

  async getKeyPackage (account: KeyBytes, use: KeyPackageUse, { device = NO_DEVICE, ...options }: LinkCallOptions & { device?: KeyBytes } = {}): Promise<{ record: Uint8Array, lastResort: boolean }> {
    const body = pb.GetKeyPackageRequest.encode({ account, use: use === 'cloud' ? 0 : 1, device })
    const reply = await this.#call({ method: METHOD.getKeyPackage, body }, options)
    return decoded('key package', () => pb.KeyPackageReply.decode(reply))
  }

  async report (report: { log: LogId, seq: number, message: Uint8Array, note: string }, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.report, body: pb.ReportRequest.encode(report), log: report.log }, options)
  }

  async deleteAccount (deletion: Uint8Array, options?: LinkCallOptions): Promise<void> {
    await this.#call({ method: METHOD.deleteAccount, body: pb.DeleteAccountRequest.encode({ deletion }) }, options)
  }

  async usage (options?: LinkCallOptions): Promise<RelayUsage> {
    const reply = await this.#call({ method: METHOD.usage, body: pb.Empty.encode({}) }, options)
    const { role, logs, bytes, quotaBytes } = decoded('usage', () => pb.UsageReply.decode(reply))
    return { role: role === ROLE.hosted ? ROLE.hosted : ROLE.guest, logs, bytes, quotaBytes }
  }

  async sessions (options?: LinkCallOptions): Promise<DeviceSession[]> {
    const reply = await this.#call({ method: METHOD.listSessions, body: pb.Empty.encode({}) }, options)
    const { sessions } = decoded('list of devices', () => pb.SessionsReply.decode(reply, { limits: { sessions: LIMITS.seenDevices } }))
    return sessions.map(({ device, seen, open, way }) => ({ device, seen, open, way: Object.values(WAY).find(known => known === way) ?? WAY.unknown }))
  }

  async close (options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#follows.close()
    const { clock } = this.#world
    await patiently(this.#core.close(), { clock, signal: options.signal, until: Infinity, late: () => this.#core.status.lastError as PetrelError })
  }

  async #call (call: Call, options: Options): Promise<Uint8Array> { return await this.#caller.call(call, options) }
}
