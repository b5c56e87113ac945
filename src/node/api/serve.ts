/** The local API's server: one socket for JSON-RPC lines, gRPC and Connect. DESIGN section 7. */
import type { Server, Socket } from 'node:net'
import { LIMITS, type Petrel } from '../../protocol/api/index.js'
import type { Logger } from '../../relay/index.js'
import { OWNER_GATE, tokenGate, type Gate } from './gate.js'
import { httpServers, type HttpServers } from './http/servers.js'
import { serveJsonRpc } from './json-rpc/connection.js'
import { listenTcp, listenUnix } from './listen.js'
import { sniff } from './sniff.js'
import type { ApiLimits, ApiServer, ServeApiOptions } from './types.js'

/**
 * Serves a node on a unix socket, on TCP, or on both.
 *
 * @throws ForbiddenError when other users can reach the socket's directory
 * @throws LockedError when another daemon answers on the socket
 * @throws ExistsError when something that is no socket is in its place
 * @throws BadInputError for a host that is not loopback, or a path that cannot be
 * @throws UnavailableError when the port is taken
 */
export async function serveApi (petrel: Petrel, options: ServeApiOptions): Promise<ApiServer> {
  const service = new ApiService(petrel, options)
  try {
    await service.listen(options)
  } catch (error) {
    await service.close()
    throw error
  }
  options.signal?.addEventListener('abort', () => { void service.close() }, { once: true })
  if (options.signal?.aborted === true) await service.close()
  return service
}

class ApiService implements ApiServer {
  readonly #petrel: Petrel
  readonly #limits: ApiLimits
  readonly #log: Logger
  readonly #draining = new AbortController()
  readonly #servers: Server[] = []
  readonly #http: HttpServers[] = []
  readonly #sockets = new Set<Socket>()
  #closing: Promise<void> | undefined
  socketPath: string | null = null
  port: number | null = null
  addresses: string[] = []

  constructor (petrel: Petrel, { limits, log }: ServeApiOptions) {
    this.#petrel = petrel
    this.#limits = { ...LIMITS, ...limits }
    this.#log = log ?? (() => undefined)
  }

  async listen ({ socketPath, tcp, env }: ServeApiOptions): Promise<void> {
    if (socketPath !== undefined) {
      const onSocket = this.#acceptor(() => OWNER_GATE)
      const { server, path } = await listenUnix(socketPath, env ?? process.env, this.#limits.apiConnections, onSocket)
      this.#servers.push(server)
      this.socketPath = path
      this.addresses.push(`unix:${path}`)
    }
    if (tcp !== undefined) {
      let port = tcp.port
      const onSocket = this.#acceptor(() => tokenGate(port, tcp.tokens))
      const listening = await listenTcp(tcp.host, tcp.port, this.#limits.apiConnections, onSocket)
      port = listening.port
      this.#servers.push(listening.server)
      this.port = port
      this.addresses.push(`tcp:${tcp.host === '::1' ? '[::1]' : tcp.host}:${port}`)
    }
  }

  /** Takes connections of one address. The gate is made with the first one, when the port is known. */
  #acceptor (makeGate: () => Gate): (socket: Socket) => void {
    let way: { gate: Gate, http: HttpServers } | undefined
    return socket => {
      if (way === undefined) {
        const gate = makeGate()
        way = { gate, http: httpServers(this.#context(gate)) }
        this.#http.push(way.http)
      }
      this.#sockets.add(socket)
      socket.once('close', () => { this.#sockets.delete(socket) })
      // A broken connection ends itself ('close' follows); nobody else need know.
      socket.on('error', () => undefined)
      socket.setNoDelay(true)
      void this.#serve(socket, way)
    }
  }

  #context (gate: Gate): Parameters<typeof httpServers>[0] {
    return { petrel: this.#petrel, gate, limits: this.#limits, log: this.#log, draining: this.#draining.signal }
  }

  async #serve (socket: Socket, { gate, http }: { gate: Gate, http: HttpServers }): Promise<void> {
    const spoken = await sniff(socket, this.#limits.apiSniffMs, this.#draining.signal)
    if (spoken === null) return
    if (spoken === 'json-rpc') await serveJsonRpc(socket, this.#context(gate))
    else http.accept(socket, spoken)
  }

  async close (): Promise<void> {
    this.#closing ??= this.#stop()
    await this.#closing
  }

  async #stop (): Promise<void> {
    const closed = this.#servers.map(async server => { await new Promise(resolve => { server.close(resolve) }) })
    this.#draining.abort()
    for (const http of this.#http) http.drain()
    const cut = setTimeout(() => { for (const socket of this.#sockets) socket.destroy() }, this.#limits.apiDrainMs)
    // net.Server closes when its last connection has closed.
    await Promise.all(closed)
    clearTimeout(cut)
  }
}
