/** A whole relay: host, store, services, health pages and the operator's socket in one. */
import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { FEATURE, SessionError, signerFromSeed, UnavailableError, type KeyBytes } from '../protocol/wire/index.js'
import { makeDirectory, openLevelStore, systemClock, type Store } from '../store/index.js'
import { hostSources, type OpenSource } from './blob-streams/index.js'
import { Directory } from './dht/index.js'
import { GatewayService } from './gateway-handler.js'
import { beginGossip, gossipOptions } from './gossip/begin.js'
import { serveHealth } from './health/http.js'
import { Metrics } from './health/metrics.js'
import { directoryMetrics, processMetrics, visitMetrics } from './health/process-metrics.js'
import { loadIdentity, STORE_FOLDER } from './identity.js'
import { silentLogger, type Logger } from './logger.js'
import { hostDial, type DialHome } from './mirrors/dial.js'
import { createHost, listenGateway, serveBlobs, serveVisits, type GatewayListener, type Host } from './net/index.js'
import { runCommand, serveAdmin } from './operator/index.js'
import type { Admission, RelayOptions } from './options.js'
import { wireServices, type ServiceSet } from './services.js'
import { isLoopback } from './loopback.js'
import { Closers } from './closers.js'
import { Drain } from './drain.js'
import { hostAtLastAddress } from './last-address.js'
import type { RelayState, RelayStatus } from './status.js'

/** A running relay. */
export interface Relay {
  /** The relay's tagged key. */
  readonly key: KeyBytes
  /** The same as PeerId text. */
  readonly peerId: string
  /** Multiaddrs that end in /p2p/PEERID, ready to hand to people. */
  addresses (): string[]
  /** `http://127.0.0.1:PORT` of the health pages; undefined when they are off. */
  readonly healthUrl: string | undefined
  /** What `petrel relay status` shows. */
  status (): Promise<RelayStatus>
  /**
   * Drains and stops: readiness goes false, clients are told to move, calls in flight are answered,
   * the store is closed. Calling it again waits for the same end.
   */
  stop (): Promise<void>
  /** Resolves when the relay has stopped, whoever asked for it. */
  readonly stopped: Promise<void>
}

/**
 * What Level gathers in memory before it writes a table. Under load a relay spends 15 to 20% less CPU on an append with
 * this than with the store's own 16 MiB, since less is merged over and over; opening takes up to a second or two longer.
 */
const WRITE_BUFFER_BYTES = 64 * 1024 * 1024

const DEFAULTS = { http: { host: '127.0.0.1', port: 0 }, drainMs: 10_000, retryMs: 3000 } as const

/**
 * Starts a relay.
 *
 * @throws LockedError when another process runs on the directory
 * @throws FormatError, CorruptError for a store that cannot be opened, or an identity that is lost
 * @throws ForbiddenError when others may read the relay's key
 * @throws BadInputError for options that cannot be right, UnavailableError for a port that is taken
 */
export async function createRelay (options: RelayOptions): Promise<Relay> {
  const closers = new Closers()
  try {
    return await start(options, closers)
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function start (options: RelayOptions, closers: Closers): Promise<Relay> {
  const { clock = systemClock, log = silentLogger } = options
  const directory = resolve(options.directory)
  const onlyHere = (options.listen ?? []).every(isLoopback)
  const admission: Admission = options.admission ?? (onlyHere ? 'open' : 'token')
  await makeDirectory(directory)
  const seed = await loadIdentity(directory)
  const signer = signerFromSeed(seed)
  const store = options.store ?? await openLevelStore(join(directory, STORE_FOLDER), { clock, writeBufferBytes: WRITE_BUFFER_BYTES })
  closers.add(() => store.close())
  const metrics = new Metrics()
  // The services come before the host, and the visits and streams of blocks after it.
  let endOf: (device: KeyBytes) => void = () => undefined
  const privateNetworks = options.visitPrivateNetworks ?? onlyHere
  const listing = new Directory({ clock, log, random: () => randomBytes(4).readUInt32BE() / 2 ** 32 })
  // Homes of mirrored logs are dialed by the host, which comes later.
  const own: { host?: Host } = {}
  const dial: DialHome = async (addrs, home, options) => {
    if (own.host === undefined) throw new UnavailableError('the relay is starting')
    return await hostDial(own.host, privateNetworks)(addrs, home, options)
  }
  const openSource: OpenSource = async (source, options) => {
    if (own.host === undefined) throw new UnavailableError('the relay is starting')
    return await hostSources(own.host, privateNetworks)(source, options)
  }
  const services = await wireServices({ store, signer, clock, log, metrics, dial, openSource, directory: listing, onRevoked: device => { endOf(device) } }, { ...options, admission })
  closers.add(async () => {
    services.follows.close()
    services.mirrors.close()
    services.keptPipes.close()
    await services.frameScrubber.close()
    await services.scrubber.close()
    await services.closeBlobs()
  })
  const gateway = new GatewayService(services)
  const { strikes, gossip } = gossipOptions(options.host?.gossip, clock)
  const hostAt = async (addresses: readonly string[]): Promise<Host> =>
    await createHost({ role: 'relay', seed, listen: addresses, dht: listing.dht(privateNetworks), ...options.announce === undefined ? {} : { announce: options.announce }, ...options.host, gossip })
  const host = options.listen === undefined ? await hostAtLastAddress(directory, hostAt, log) : await hostAt(options.listen)
  closers.add(() => host.stop())
  own.host = host
  beginGossip(services, host, strikes)
  closers.add(async () => { services.gossip.close() })
  const listener = await listenGateway(host, {
    handler: gateway.handler, onChannel: gateway.onChannel, agent: 'petrel-relay', features: [FEATURE.mirror],
    onRefused: error => { log('debug', 'channel.refused', { code: error.code }) }
  })
  endOf = await serveOthers(host, services, privateNetworks, metrics, closers)
  closers.add(() => listing.stop())
  directoryMetrics(metrics, listing)
  await listing.begin(host, { accounts: () => services.accounts.all(), manifest: account => services.manifests.find(account) }, options.peers ?? [])
  const running = new Running({ options, admission, directory, store, services, gateway, host, listener, closers, log })
  await running.open(metrics)
  log('info', 'relay.started', { peer: host.peerId, admission, logs: services.ledger.logs, accounts: services.accounts.count })
  if (store.info.copied !== undefined) log('warn', 'relay.restored', { copied: store.info.copied, quietUntil: services.restored.quietUntil, behind: services.restored.behind })
  return running
}

/** Serves visits and streams of blocks. Returns what ends those of a device that has no session any more. */
async function serveOthers (host: Host, services: ServiceSet, privateNetworks: boolean, metrics: Metrics, closers: Closers): Promise<(device: KeyBytes) => void> {
  const open = (): number => visits.open
  const visits = await serveVisits(host, { allow: device => services.sessions.hosts(device), privateNetworks, onBytes: visitMetrics(metrics, open) })
  closers.add(() => visits.close())
  const blocks = await serveBlobs(host, services.blobStreams.handler)
  closers.add(() => blocks.close())
  return device => {
    visits.end(device)
    blocks.end(device, new SessionError('the device has no session here any more'))
  }
}

interface Parts {
  readonly options: RelayOptions
  readonly admission: Admission
  readonly directory: string
  readonly store: Store
  readonly services: ServiceSet
  readonly gateway: GatewayService
  readonly host: Host
  readonly listener: GatewayListener
  readonly closers: Closers
  readonly log: Logger
}

class Running implements Relay {
  readonly key: KeyBytes
  readonly peerId: string
  readonly #parts: Parts
  readonly #started: number
  #healthUrl: string | undefined
  #stopping: Promise<void> | undefined
  #drain: Drain | undefined
  #isStopped = false
  #onStopped: () => void = () => undefined
  readonly stopped: Promise<void>

  constructor (parts: Parts) {
    this.#parts = parts
    this.key = parts.host.key
    this.peerId = parts.host.peerId
    this.#started = parts.services.clock.now()
    this.stopped = new Promise(resolve => { this.#onStopped = resolve })
  }

  get healthUrl (): string | undefined { return this.#healthUrl }

  addresses (): string[] { return this.#parts.host.addresses() }

  /** Opens what is for the machine's own eyes. */
  async open (metrics: Metrics): Promise<void> {
    const { options, directory, store, services, closers, log } = this.#parts
    const { sessions, follows, accounts, ledger, reports, restored, whereabouts } = services
    const stopMeasuring = processMetrics(metrics, {
      connections: () => this.#parts.host.connectionCount(), channels: () => services.peers.size, sessions: () => sessions.count, follows: () => follows.size,
      accounts: () => accounts.count, logs: () => ledger.logs, bytes: () => ledger.bytes, behind: () => restored.behind, moved: () => whereabouts.moved, coming: () => whereabouts.coming, mirrors: () => services.mirrors.counts, media: () => services.blobs.totals, reports: () => reports.count, storeState: () => store.state
    })
    closers.add(async () => { stopMeasuring() })
    const onSocketError = (where: string, error: Error): void => { log('error', 'socket.failed', { where, code: 'code' in error ? String(error.code) : error.name }) }
    if (options.http !== false) {
      const pages = await serveHealth({ ...DEFAULTS.http, ...options.http }, { notReady: () => this.#notReady(), metrics: () => metrics.text() }, error => { onSocketError('health', error) })
      closers.add(() => pages.close())
      this.#healthUrl = pages.url
    }
    const administered = { ...services, directory, status: () => this.status(), drain: this }
    const admin = await serveAdmin(directory, (command, args, signal) => {
      log('info', 'operator.command', { command: command.slice(0, 40) })
      return runCommand(administered, command, args, signal)
    }, error => { onSocketError('operator', error) })
    closers.add(() => admin.close())
    const unwatch = store.onState((state, reason) => { log(state === 'open' ? 'info' : 'error', 'store.state', { state, code: reason?.code }) })
    closers.add(async () => { unwatch() })
  }

  async status (): Promise<RelayStatus> {
    const { services, store, admission } = this.#parts
    const { format, created, copied } = store.info
    const reason = this.#notReady()
    return {
      peerId: this.peerId, state: this.#state(), ...reason === undefined ? {} : { reason }, addresses: this.addresses(),
      ...this.#healthUrl === undefined ? {} : { healthUrl: this.#healthUrl },
      admission, pid: process.pid, started: this.#started,
      store: { state: store.state, format, created, ...copied === undefined ? {} : { copied, behind: services.restored.behind, quietUntil: services.restored.quietUntil } },
      channels: services.peers.size, sessions: services.sessions.count, accounts: services.accounts.count,
      logs: services.ledger.logs, moved: services.whereabouts.moved, coming: services.whereabouts.coming, mirrors: services.mirrors.counts, bytes: services.ledger.bytes, media: services.blobs.totals, reports: services.reports.count, ...this.#drain === undefined ? {} : { drain: this.#drain.progress }
    }
  }

  /** Sends everybody away, to `to` if anywhere; `stop`: and stops once nobody is left. Begins anew when it does already. */
  begin (to: readonly string[], stop: boolean): void {
    if (this.#stopping !== undefined) throw new UnavailableError('the relay is stopping')
    const { services: { clock }, listener: { channels }, gateway, log } = this.#parts
    this.#drain?.undo()
    gateway.quiet = true
    this.#parts.services.blobStreams.isOpen = false
    log('info', 'relay.emptying', { channels: channels.size, stop })
    const drain = this.#drain = new Drain({ clock, channels, callsOf: channel => gateway.callsOf(channel), refuse: channel => { gateway.refuse(channel) } }, to)
    void drain.ended.then(isEmpty => {
      if (!isEmpty) return
      log('info', 'relay.empty')
      if (stop) void this.stop()
    })
  }

  /** Lets people in again. */
  undo (): void {
    this.#drain?.undo()
    this.#drain = undefined
    this.#parts.gateway.quiet = false
    this.#parts.services.blobStreams.isOpen = true
  }

  stop (): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop (): Promise<void> {
    const { listener, gateway, options, closers, log } = this.#parts
    this.#drain?.undo()
    log('info', 'relay.draining', { channels: listener.channels.size })
    for (const channel of listener.channels) channel.moved(options.movedTo ?? [], DEFAULTS.retryMs)
    await gateway.drain(options.drainMs ?? DEFAULTS.drainMs)
    await listener.close()
    await closers.close()
    this.#isStopped = true
    log('info', 'relay.stopped')
    this.#onStopped()
  }

  #state (): RelayState {
    if (this.#isStopped) return 'stopped'
    if (this.#stopping !== undefined || this.#drain !== undefined) return 'draining'
    return this.#parts.store.state === 'open' ? 'ready' : 'read-only'
  }

  #notReady (): string | undefined {
    const state = this.#state()
    if (state === 'ready') return undefined
    if (this.#drain !== undefined) return 'the operator empties the relay: it takes nobody'
    return state === 'read-only' ? this.#parts.store.reason?.message ?? 'the store refuses writes' : `the relay is ${state}`
  }
}
