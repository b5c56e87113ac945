/**
 * A network of simulated machines. Connections are as TCP gives them: in order, or stalled, or gone, with what was under
 * way; different ones overtake each other. A host has the few calls of libp2p that `relay/net` makes, so that the real
 * dialling, handshake, framing and probing run over it.
 */
import { ed25519Key, peerIdText, type KeyBytes } from '../../src/protocol/wire/index.js'
import type { Host } from '../../src/relay/net/index.js'
import type { Random } from './random.js'
import type { Machine, Scheduler } from './scheduler.js'

/** Bytes under way in one direction at which the sender is told to wait. */
const SEND_BUFFER = 256 * 1024

type Listener = (event: object) => void
type Handler = (stream: SimStream, connection: SimConnection) => void

/** The places and the paths between them. A place is a machine's name, whoever runs there. */
export class Network {
  readonly world: Scheduler
  readonly random: Random
  readonly hosts = new Map<string, SimHost>()
  /** Paths that carry nothing now. */
  readonly #stalled = new Set<string>()
  /** What waits for a path to carry again. */
  #held: Array<{ path: string, go: () => void }> = []
  /** Time on the way, least and most, in milliseconds. */
  latency = { least: 1, most: 40 }
  /** How often a packet is lost and comes a retransmission later. */
  loss = 0

  constructor (world: Scheduler, random: Random) {
    this.world = world
    this.random = random
  }

  path (a: string, b: string): string { return a < b ? `${a} ${b}` : `${b} ${a}` }

  /** Carries nothing between two places until {@link heal}: nobody is told. */
  stall (a: string, b: string): void { this.#stalled.add(this.path(a, b)) }

  /** A path carries again. */
  release (a: string, b: string): void {
    const path = this.path(a, b)
    this.#stalled.delete(path)
    const held = this.#held.filter(one => one.path === path)
    this.#held = this.#held.filter(one => one.path !== path)
    for (const { go } of held) go()
  }

  /** Everything carries again. */
  heal (): void {
    this.#stalled.clear()
    for (const { go } of this.#held.splice(0)) go()
  }

  /** Calls `arrive` as the receiving machine when a packet has come through. */
  carry (from: string, to: SimHost, notBefore: number, what: string, arrive: () => void): number {
    const { world } = this
    const { least, most } = this.latency
    const lost = this.random.chance(this.loss) ? 200 + this.random.next() * 800 : 0
    const at = Math.max(notBefore, world.now + least + this.random.next() * (most - least) + lost)
    const path = this.path(from, to.place)
    const go = (): void => {
      if (this.#stalled.has(path)) this.#held.push({ path, go: () => { world.after(least, to.machine, what, go) } })
      else arrive()
    }
    world.after(at - world.now, to.machine, what, go)
    return at
  }
}

/** A host of a machine: what `relay/net` sees of libp2p. */
export class SimHost {
  readonly network: Network
  readonly machine: Machine
  readonly place: string
  readonly key: KeyBytes
  readonly peerId: string
  readonly handlers = new Map<string, Handler>()
  readonly connections = new Set<SimConnection>()

  constructor (network: Network, machine: Machine, place: string, key: KeyBytes) {
    this.network = network
    this.machine = machine
    this.place = place
    this.key = ed25519Key(key.subarray(2))
    this.peerId = peerIdText(key)
    network.hosts.set(this.peerId, this)
  }

  /** As the code under test takes it. */
  get host (): Host {
    const node = {
      dial: async (targets: unknown, options: { signal?: AbortSignal } = {}) => await this.#dial(targets, options.signal),
      handle: (protocol: string, handler: Handler) => { this.handlers.set(protocol, handler); return Promise.resolve() },
      unhandle: (protocol: string) => { this.handlers.delete(protocol); return Promise.resolve() },
      getConnections: () => [...this.connections]
    }
    return {
      role: 'node', key: this.key, peerId: this.peerId, node, addresses: () => [this.address], connectionCount: () => this.connections.size,
      start: () => Promise.resolve(), stop: () => Promise.resolve()
    } as unknown as Host
  }

  get address (): string { return `/ip4/192.0.2.1/tcp/4001/p2p/${this.peerId}` }

  /** All its connections are reset, at both ends or, after a power cut, without a word. */
  cut (silently = false): void { for (const connection of [...this.connections]) connection.reset(silently) }

  async #dial (targets: unknown, signal: AbortSignal | undefined): Promise<SimConnection> {
    const [first] = (Array.isArray(targets) ? targets : [targets]) as Array<{ toString: () => string }>
    const name = String(first).replace(/^.*\/p2p\//, '')
    const open = [...this.connections].find(c => c.remotePeer.toString() === name)
    if (open !== undefined) return open
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => { reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted')) }
      if (signal?.aborted === true) { onAbort(); return }
      signal?.addEventListener('abort', onAbort, { once: true })
      const { network } = this
      const remote = network.hosts.get(name)
      if (remote === undefined || !remote.machine.alive) {
        network.world.after(20, this.machine, 'refused', () => { reject(new Error('connection refused')) })
        return
      }
      // There and back. Whoever crashes meanwhile never answers.
      network.carry(this.place, remote, 0, 'dial', () => {
        network.carry(remote.place, this, 0, 'dialled', () => {
          signal?.removeEventListener('abort', onAbort)
          if (signal?.aborted === true) return
          const known = [...this.connections].find(c => c.remotePeer.toString() === name)
          resolve(known ?? SimConnection.between(this, remote))
        })
      })
    })
  }
}

/** One side of a connection. */
export class SimConnection {
  readonly local: SimHost
  readonly remote: SimHost
  readonly remotePeer: { toString: () => string }
  readonly remoteAddr: { toString: () => string }
  readonly streams = new Set<SimStream>()
  other!: SimConnection
  isOpen = true
  /** A stream cannot overtake what was sent on another of the same connection. */
  lastArrival = 0

  private constructor (local: SimHost, remote: SimHost) {
    this.local = local
    this.remote = remote
    this.remotePeer = { toString: () => remote.peerId }
    this.remoteAddr = { toString: () => remote.address }
  }

  static between (a: SimHost, b: SimHost): SimConnection {
    const [near, far] = [new SimConnection(a, b), new SimConnection(b, a)]
    near.other = far
    far.other = near
    a.connections.add(near)
    b.connections.add(far)
    return near
  }

  get network (): Network { return this.local.network }

  async newStream (protocol: string, { signal }: { signal?: AbortSignal } = {}): Promise<SimStream> {
    const near = new SimStream(this)
    const far = new SimStream(this.other)
    near.other = far
    far.other = near
    return await new Promise((resolve, reject) => {
      const fail = (error: Error): void => { near.abort(error); reject(error) }
      near.onBroken = fail
      const onAbort = (): void => { fail(signal?.reason instanceof Error ? signal.reason : new Error('aborted')) }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.send('open', () => {
        const handler = this.remote.handlers.get(protocol)
        if (handler === undefined) { far.abort(new Error('no such protocol')); return }
        this.other.send('opened', () => {
          near.onBroken = undefined
          signal?.removeEventListener('abort', onAbort)
          resolve(near)
        })
        handler(far, this.other)
      })
    })
  }

  /** Sends a packet to the other side, behind all that was sent before. It is lost when the connection ends meanwhile. */
  send (what: string, arrive: () => void): void {
    if (!this.isOpen) return
    this.lastArrival = this.network.carry(this.local.place, this.remote, this.lastArrival, what, () => { if (this.other.isOpen) arrive() })
  }

  /** Given up by this side; the other hears of it, if the path carries. */
  abort (error: Error): void {
    if (!this.isOpen) return
    this.#end(error)
    this.network.carry(this.local.place, this.remote, this.lastArrival, 'reset', () => { this.other.#end(new Error('reset by the peer')) })
  }

  close (): Promise<void> {
    this.abort(new Error('closed'))
    return Promise.resolve()
  }

  /** The network drops it: both sides hear of it at some time, or, silently, only this one's packets end. */
  reset (silently: boolean): void {
    const { world } = this.network
    if (silently) { this.isOpen = false; this.local.connections.delete(this); return }
    for (const side of [this, this.other]) world.after(this.network.random.next() * 50, side.local.machine, 'cut', () => { side.#end(new Error('connection lost')) })
  }

  #end (error: Error): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.local.connections.delete(this)
    for (const stream of [...this.streams]) stream.broken(error)
  }
}

/** One side of a stream: the part of libp2p's Stream that `relay/net` uses. */
export class SimStream {
  readonly connection: SimConnection
  other!: SimStream
  status: 'open' | 'closed' | 'aborted' | 'reset' = 'open'
  readableEnded = false
  writeBufferLength = 0
  maxWriteBufferLength = Infinity
  onBroken: ((error: Error) => void) | undefined
  readonly #listeners = new Map<string, Set<Listener>>()
  #writeEnded = false
  #waitsForDrain = false

  constructor (connection: SimConnection) {
    this.connection = connection
    connection.streams.add(this)
    if (!connection.isOpen) this.status = 'reset'
  }

  addEventListener (type: string, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
  }

  removeEventListener (type: string, listener: Listener): void { this.#listeners.get(type)?.delete(listener) }

  send (data: Uint8Array | { subarray: () => Uint8Array }): boolean {
    if (this.status !== 'open' || this.#writeEnded) throw new Error('the stream is not open')
    const bytes = data instanceof Uint8Array ? data.slice() : data.subarray().slice()
    this.writeBufferLength += bytes.length
    this.connection.send(`${bytes.length} bytes`, () => {
      this.#left(bytes.length)
      this.other.#arrived(bytes)
    })
    this.#waitsForDrain = this.writeBufferLength > SEND_BUFFER
    return !this.#waitsForDrain
  }

  /** Ends the writing half once what was written has left. */
  close (): Promise<void> {
    if (this.status === 'open' && !this.#writeEnded) {
      this.#writeEnded = true
      this.connection.send('end', () => { this.other.#ended() })
      this.#closeIfBothEnded()
    }
    return Promise.resolve()
  }

  abort (error: Error): void {
    if (this.status !== 'open') return
    this.status = 'aborted'
    this.connection.streams.delete(this)
    this.connection.send('abort', () => { this.other.broken(new Error('stream reset')) })
    this.#emit('close', { error, local: true })
  }

  broken (error: Error): void {
    if (this.status !== 'open') return
    this.status = 'reset'
    this.connection.streams.delete(this)
    this.onBroken?.(error)
    this.#emit('close', { error, local: false })
  }

  /** The connection has taken bytes: the sender may go on. */
  #left (bytes: number): void {
    const { machine, network } = this.connection.local
    this.writeBufferLength -= bytes
    if (!machine.alive || this.status !== 'open') return
    network.world.as(machine, () => {
      if (this.#waitsForDrain && this.writeBufferLength <= SEND_BUFFER / 2) {
        this.#waitsForDrain = false
        this.#emit('drain', {})
      }
      if (this.writeBufferLength === 0) this.#emit('idle', {})
    })
  }

  #arrived (bytes: Uint8Array): void { if (this.status === 'open') this.#emit('message', { data: bytes }) }

  #ended (): void {
    if (this.status !== 'open') return
    this.readableEnded = true
    this.#emit('end', {})
    this.#closeIfBothEnded()
  }

  #closeIfBothEnded (): void {
    if (!this.#writeEnded || !this.readableEnded || this.status !== 'open') return
    this.status = 'closed'
    this.connection.streams.delete(this)
    this.#emit('close', {})
  }

  #emit (type: string, event: object): void { for (const listener of [...this.#listeners.get(type) ?? []]) listener(event) }
}
