/** A tiny relay on a real libp2p host: logs in memory, sessions by channel, and a hand on everything that can go wrong. */
import { randomBytes } from 'node:crypto'
import {
  AdmissionError, attest, chainNext, chainStart, checkCapability, encodeCbor, encodeLeaf, entryHash, ForbiddenError, METHOD, NotFoundError, pb, type PetrelError, PUSH, SessionError,
  signerFromSeed, sha256Multihash, sha256, UnsupportedError, type Digest, type KeyBytes, type LogId, type Signer, type StoredEntry
} from '../../../src/protocol/wire/index.js'
import { listenGateway, type GatewayCall, type GatewayChannel, type GatewayListener, type Host } from '../../../src/relay/net/index.js'
import { quietHost } from '../../relay/net/support.js'

interface FakeLog { id: LogId, entries: StoredEntry[], hashes: Digest[], ids: Map<string, { seq: number, receipt: Uint8Array }>, read: KeyBytes | null }
interface FakeSession { account: Uint8Array, manifest: Uint8Array, until: number, proved: Set<string> }

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const failure = (error: PetrelError): pb.Failure => ({ code: error.code, message: error.message, details: encodeCbor(error.details) })

export class FakeRelay {
  readonly seed: Uint8Array
  readonly signer: Signer
  /** Settings a test turns. */
  sessionMs = 600_000
  token: string | undefined
  role = 1
  refuse: ((call: GatewayCall) => PetrelError | undefined) | undefined
  /** Changes what is pushed. */
  mangle: ((entries: pb.WireEntry[]) => pb.WireEntry[]) | undefined
  receiptFor: ((payload: Uint8Array) => Uint8Array) | undefined
  /** What happened. */
  readonly calls: number[] = []
  readonly proofs: number[] = []
  readonly manifests: Uint8Array[] = []
  readonly #logs = new Map<string, FakeLog>()
  #sessions = new Map<GatewayChannel, FakeSession>()
  readonly #follows = new Map<GatewayChannel, Map<string, AbortController>>()
  readonly #wakers = new Set<() => void>()
  readonly #waiting: Array<{ method: number, resolve: () => void }> = []
  host!: Host
  listener!: GatewayListener
  #listen = '/ip4/127.0.0.1/tcp/0'

  constructor (seed: Uint8Array = randomBytes(32)) {
    this.seed = seed
    this.signer = signerFromSeed(seed)
  }

  static async start (seed?: Uint8Array): Promise<FakeRelay> {
    const relay = new FakeRelay(seed)
    await relay.start()
    return relay
  }

  get addrs (): string[] { return this.host.addresses() }
  get key (): KeyBytes { return this.signer.key }

  /** Starts (again) at the same address. */
  async start (): Promise<void> {
    this.host = await quietHost({ seed: this.seed, listen: [this.#listen] })
    this.#listen = this.host.addresses()[0]!.replace(/\/p2p\/.*/, '')
    this.listener = await listenGateway(this.host, { handler: async call => await this.#answer(call), onChannel: channel => { void channel.closed.then(() => { this.#forget(channel) }) } })
  }

  async stop (): Promise<void> {
    this.cut()
    await this.host.stop()
  }

  /** Cuts every connection, without a word. */
  cut (): void { for (const connection of this.host.node.getConnections()) connection.abort(new Error('cut')) }

  /** Forgets every session, as a restart would, but keeps the channels. */
  forgetSessions (): void { this.#sessions = new Map() }

  /** Ends the follows of all channels with an error. */
  endFollows (error: PetrelError): void {
    for (const [channel, follows] of this.#follows) {
      for (const [name, stop] of follows) {
        stop.abort()
        follows.delete(name)
        void channel.push(PUSH.unfollowed, pb.UnfollowedPush.encode({ log: Buffer.from(name, 'hex'), failure: failure(error) }))
      }
    }
  }

  follows (log: LogId): number { return [...this.#follows.values()].filter(follows => follows.has(text(log))).length }

  count (method: number): number { return this.calls.filter(one => one === method).length }

  /** Resolves with the next call of a method. */
  async next (method: number): Promise<void> { await new Promise<void>(resolve => { this.#waiting.push({ method, resolve }) }) }

  makeLog (read: KeyBytes | null = null): LogId {
    const id = sha256Multihash(sha256(randomBytes(16)))
    this.#logs.set(text(id), { id, entries: [], hashes: [chainStart(id, this.key)], ids: new Map(), read })
    return id
  }

  setRead (log: LogId, read: KeyBytes): void { this.#logs.get(text(log))!.read = read }

  entries (log: LogId): StoredEntry[] { return this.#logs.get(text(log))!.entries }

  /** Appends without a client. */
  add (log: LogId, count: number, size = 20): void {
    const there = this.#logs.get(text(log))!
    for (let i = 0; i < count; i++) this.#put(there, { id: randomBytes(16), kind: 0, payload: randomBytes(size), erasers: [] })
    for (const wake of [...this.#wakers]) wake()
  }

  #put (log: FakeLog, item: pb.AppendItem): { receipt: Uint8Array, duplicate: boolean } {
    const known = log.ids.get(text(item.id))
    if (known !== undefined) return { receipt: known.receipt, duplicate: true }
    const seq = log.entries.length + 1
    const time = Date.now()
    const leaf = encodeLeaf({ seq, id: item.id, kind: item.kind, base: item.base ?? null, caps: item.caps ?? null, erasers: item.erasers, time, entry: entryHash(item.payload) })
    const prev = log.hashes.at(-1)!
    const hash = chainNext(prev, leaf)
    log.entries.push({ leaf, payload: item.payload })
    log.hashes.push(hash)
    const entry = entryHash(this.receiptFor?.(item.payload) ?? item.payload)
    const [receipt] = attest([{ type: 'receipt', log: log.id, term: 1, seq, prev, hash, entry, time }], this.signer)
    log.ids.set(text(item.id), { seq, receipt: receipt! })
    return { receipt: receipt!, duplicate: false }
  }

  #head (log: FakeLog): Uint8Array {
    return attest([{ type: 'head', log: log.id, term: 1, seq: log.entries.length, hash: log.hashes.at(-1)!, time: Date.now() }], this.signer)[0]!
  }

  #forget (channel: GatewayChannel): void {
    this.#sessions.delete(channel)
    for (const stop of this.#follows.get(channel)?.values() ?? []) stop.abort()
    this.#follows.delete(channel)
  }

  #session (call: GatewayCall): FakeSession {
    const session = this.#sessions.get(call.channel)
    if (session === undefined) throw new SessionError('no session')
    if (session.until < Date.now()) throw new SessionError('the session has expired')
    return session
  }

  async #answer (call: GatewayCall): Promise<Uint8Array> {
    this.calls.push(call.method)
    for (const one of this.#waiting.filter(({ method }) => method === call.method)) {
      this.#waiting.splice(this.#waiting.indexOf(one), 1)
      one.resolve()
    }
    const refusal = this.refuse?.(call)
    if (refusal !== undefined) throw refusal
    switch (call.method) {
      case METHOD.openSession: return this.#open(call)
      case METHOD.renewSession: this.#session(call).until = Date.now() + this.sessionMs; return this.#granted()
      case METHOD.closeSession: this.#sessions.delete(call.channel); return new Uint8Array()
      case METHOD.prove: return this.#prove(call)
      case METHOD.usage: this.#session(call); return pb.UsageReply.encode({ role: this.role, logs: this.#logs.size, bytes: 7, quotaBytes: 9 })
      case METHOD.append: return this.#append(call)
      case METHOD.read: return this.#read(call)
      case METHOD.head: this.#session(call); return pb.HeadReply.encode({ head: this.#head(this.#log(pb.LogRequest.decode(call.body).log)) })
      case METHOD.follow: return this.#follow(call)
      case METHOD.unfollow: return this.#unfollow(call)
      default: throw new UnsupportedError(`no method ${call.method}`)
    }
  }

  #open (call: GatewayCall): Uint8Array {
    const { account, manifest, token } = pb.OpenSessionRequest.decode(call.body)
    if (this.token !== undefined && token !== this.token) throw new AdmissionError('this relay asks for a token')
    this.manifests.push(manifest)
    this.#sessions.set(call.channel, { account, manifest, until: Date.now() + this.sessionMs, proved: new Set() })
    return this.#granted()
  }

  #granted (): Uint8Array { return pb.SessionReply.encode({ id: randomBytes(16), expiresMs: this.sessionMs, role: this.role }) }

  #prove (call: GatewayCall): Uint8Array {
    const session = this.#session(call)
    const { proofs } = pb.ProveRequest.decode(call.body)
    this.proofs.push(proofs.length)
    const outcomes = proofs.map(({ log, right, key, signature }) => {
      const claim = { log, right: right as 1, verifier: this.key, prover: call.channel.remotePeer, nonce: call.channel.localHello.nonce }
      if (!checkCapability(claim, key, signature)) return { failure: failure(new ForbiddenError('the proof does not hold')) }
      const there = this.#logs.get(text(log))
      if (there === undefined) return { failure: failure(new NotFoundError('no such log')) }
      if (there.read !== null && text(there.read) !== text(key)) return { failure: failure(new ForbiddenError('not the key in force')) }
      session.proved.add(text(log))
      return {}
    })
    return pb.ProveReply.encode({ outcomes })
  }

  #log (id: Uint8Array): FakeLog {
    const log = this.#logs.get(text(id))
    if (log === undefined) throw new NotFoundError('no such log')
    return log
  }

  #readable (call: GatewayCall, id: Uint8Array): FakeLog {
    const session = this.#session(call)
    const log = this.#log(id)
    if (log.read !== null && !session.proved.has(text(id))) throw new ForbiddenError('prove the log\'s key first')
    return log
  }

  #append (call: GatewayCall): Uint8Array {
    const { log, items } = pb.AppendRequest.decode(call.body)
    const there = this.#readable(call, log)
    const outcomes = items.map(item => item.kind === 99 ? { duplicate: false, failure: failure(new ForbiddenError('kind 99')) } : this.#put(there, item))
    for (const wake of [...this.#wakers]) wake()
    return pb.AppendReply.encode({ outcomes })
  }

  #read (call: GatewayCall): Uint8Array {
    const { log, after, limit } = pb.ReadRequest.decode(call.body)
    const there = this.#readable(call, log)
    return pb.ReadReply.encode({ entries: there.entries.slice(after, after + limit).map(wire), head: this.#head(there) })
  }

  #follow (call: GatewayCall): Uint8Array {
    const { log, after } = pb.FollowRequest.decode(call.body)
    const there = this.#readable(call, log)
    const follows = this.#follows.get(call.channel) ?? new Map<string, AbortController>()
    follows.get(text(log))?.abort()
    const stop = new AbortController()
    this.#follows.set(call.channel, follows.set(text(log), stop))
    setImmediate(() => { void this.#feed(call.channel, there, after, stop.signal) })
    return new Uint8Array()
  }

  #unfollow (call: GatewayCall): Uint8Array {
    const { log } = pb.LogRequest.decode(call.body)
    this.#follows.get(call.channel)?.get(text(log))?.abort()
    this.#follows.get(call.channel)?.delete(text(log))
    return new Uint8Array()
  }

  async #feed (channel: GatewayChannel, log: FakeLog, after: number, signal: AbortSignal): Promise<void> {
    let position = after
    try {
      while (!signal.aborted) {
        const entries = log.entries.slice(position, position + 7).map(wire)
        if (entries.length === 0) await this.#changed(signal)
        else await channel.push(PUSH.entries, pb.EntriesPush.encode({ log: log.id, entries: this.mangle?.(entries) ?? entries, head: this.#head(log) }), { signal })
        position += entries.length
      }
    } catch {
      // The channel or the follow ended.
    }
  }

  async #changed (signal: AbortSignal): Promise<void> {
    await new Promise<void>(resolve => {
      const wake = (): void => {
        this.#wakers.delete(wake)
        resolve()
      }
      this.#wakers.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}

function wire ({ leaf, payload }: StoredEntry): pb.WireEntry { return { leaf, ...payload === null ? {} : { payload } } }
