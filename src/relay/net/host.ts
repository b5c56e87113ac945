/** The libp2p host of a relay or a node. */
import { RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Libp2pOptions } from 'libp2p'
import { BadInputError, ed25519Key, LIMITS, UnavailableError, UnsupportedError } from '../../protocol/wire/index.js'
import { CircuitClient } from './circuit.js'
import { createGate } from './gate.js'
import { closeIdleConnections } from './idle-connections.js'
import { hostServices } from './host-services.js'
import type { ListeningService } from './host-services.js'
import type { ConnectionLimits, Host, HostOptions, HostServices } from './host-types.js'
import { identityKey } from './identity-key.js'
import { libraryLog } from './library-log.js'
import { watchSockets } from './socket-watch.js'
import type { SocketWatch } from './socket-watch.js'
import { visitTransport } from './visit/index.js'
import { wholeNoise } from './whole-messages.js'

/** A yamux window that grows past this outruns the 4 MiB read buffer, and a paused reader then loses data. */
const STREAM_WINDOW = 2 * 1024 * 1024
/** Keeps NAT mappings alive; dead peers are the gateway's own business. */
const KEEP_ALIVE_MS = 45_000

type Bounds = Required<ConnectionLimits>

/**
 * Builds (and starts, unless told otherwise) the libp2p host of a relay or a node.
 *
 * @throws UnsupportedError under an old Node
 * @throws BadInputError for a seed that is not 32 bytes or a listen address that is no multiaddr
 * @throws UnavailableError when it cannot listen there
 */
export async function createHost (options: HostOptions): Promise<Host> {
  // Library users have no launcher that says it, and libp2p's own error would not.
  if (!('withResolvers' in Promise)) throw new UnsupportedError(`Petrel needs Node.js 22 or newer, and this is ${process.version}`)
  if (options.seed.length !== 32) throw new BadInputError(`a key seed is 32 bytes, not ${options.seed.length}`)
  const listen = (options.listen ?? []).map(parseAddress)
  for (const address of options.announce ?? []) parseAddress(address)
  const privateKey = await identityKey(options.seed)
  const bounds = connectionBounds(options)
  const circuit = new CircuitClient()
  let watch: SocketWatch | undefined
  let endIdle = (): void => undefined
  const pending = { total: bounds.pendingUpgrades, perAddress: bounds.pendingUpgradesPerAddress, deadlineMs: bounds.upgradeTimeoutMs }
  const gate = createGate({ ...pending, openPerAddress: bounds.connectionsPerAddress }, remote => {
    const { host, port } = endpointOf(remote)
    watch?.reached(host, port)
  })
  const node = await createLibp2p<HostServices>({
    privateKey, start: false, connectionGater: gate.gater, ...libraryLog(),
    ...typeof options.dht === 'object' && options.dht.store !== undefined ? { datastore: options.dht.store } : {},
    ...transports(options, bounds, circuit),
    ...addresses(options, listen),
    ...connections(bounds),
    nodeInfo: { name: 'petrel', version: '0', userAgent: options.role === 'relay' ? 'petrel-relay' : 'petrel' },
    services: await hostServices(options)
  } as Libp2pOptions<HostServices>)

  const peerId = node.peerId.toString()
  const listening = (): string[] => (node.services['listening'] as ListeningService).addresses()
  const host: Host = {
    role: options.role,
    key: ed25519Key(privateKey.publicKey.raw),
    peerId,
    node,
    addresses: () => ((options.announce?.length ?? 0) > 0 ? [...options.announce ?? []] : listening()).map(address => withPeerId(address, peerId)),
    circuitAddresses: () => circuit.addresses().map(address => withPeerId(address, peerId)),
    reserve: async (relay, address) => { await circuit.reserve(node, relay, address) },
    connectionCount: () => node.getConnections().length,
    start: async () => {
      try {
        await node.start()
      } catch (cause) {
        await node.stop()
        throw new UnavailableError(`cannot listen on ${(options.listen ?? []).join(', ')}: is another process there?`, { cause })
      }
      // Who only dials through circuits takes no connections by them: else any peer could make it listen at a relay of its choice.
      if (options.through === undefined && options.serves !== true && !listen.some(isCircuitAddress)) await node.unhandle(RELAY_V2_STOP_CODEC)
      if (options.role === 'relay' || options.serves === true) endIdle = closeIdleConnections({ getConnections: () => node.getConnections(), mayWait: peer => node.services.circuit?.reservations.has(peer) === true }, bounds.idleMs)
      const ports = webSocketPorts(listening())
      if (ports.size > 0) watch = watchSockets(ports, pending)
    },
    stop: async () => {
      endIdle()
      watch?.close()
      watch = undefined
      await node.stop()
    }
  }
  if (options.start !== false) await host.start()
  return host
}

function parseAddress (text: string): Multiaddr {
  try {
    return multiaddr(text)
  } catch (cause) {
    throw new BadInputError(`"${text.slice(0, 120)}" is not a multiaddr, for example /ip4/0.0.0.0/tcp/4001`, { cause })
  }
}

function isCircuitAddress (address: Multiaddr): boolean { return address.getComponents().some(c => c.name === 'p2p-circuit') }

function withPeerId (address: string, peerId: string): string {
  return address.includes('/p2p/') && !address.endsWith('/p2p-circuit') ? address : `${address}/p2p/${peerId}`
}

function endpointOf (address: Multiaddr): { host: string, port: number } {
  const [ip, transport] = address.getComponents()
  return { host: ip?.value ?? '', port: Number(transport?.value ?? 0) }
}

function webSocketPorts (addresses: readonly string[]): Set<number> {
  return new Set(addresses.filter(address => /\/wss?(\/|$)/.test(address)).map(address => endpointOf(multiaddr(address)).port))
}

function connectionBounds (options: HostOptions): Bounds {
  const own = options.connections ?? {}
  return {
    maxConnections: own.maxConnections ?? (options.role === 'relay' ? LIMITS.relayConnections : LIMITS.nodeConnections),
    connectionsPerAddress: own.connectionsPerAddress ?? (options.role === 'relay' ? LIMITS.relayConnectionsPerAddress : LIMITS.nodeConnections),
    idleMs: own.idleMs ?? LIMITS.idleConnectionMs,
    pendingUpgrades: own.pendingUpgrades ?? LIMITS.pendingUpgrades,
    pendingUpgradesPerAddress: own.pendingUpgradesPerAddress ?? LIMITS.pendingUpgradesPerAddress,
    upgradeTimeoutMs: own.upgradeTimeoutMs ?? LIMITS.upgradeTimeoutMs,
    inboundPerSecondPerAddress: own.inboundPerSecondPerAddress ?? LIMITS.inboundPerSecondPerAddress,
    dialTimeoutMs: own.dialTimeoutMs ?? LIMITS.dialTimeoutMs
  }
}

function transports (options: HostOptions, bounds: Bounds, circuit: CircuitClient): Partial<Libp2pOptions> {
  return {
    transports: options.through !== undefined ? [visitTransport(options.through)] : [
      tcp({ maxConnections: bounds.maxConnections + bounds.pendingUpgrades }),
      webSockets(),
      circuit.factory
    ],
    connectionEncrypters: [wholeNoise()],
    streamMuxers: [yamux({
      keepAliveInterval: KEEP_ALIVE_MS,
      streamOptions: { maxStreamWindowSize: STREAM_WINDOW, maxWriteBufferLength: LIMITS.writeBufferBytes }
    })]
  }
}

function addresses (options: HostOptions, listen: readonly Multiaddr[]): Partial<Libp2pOptions> {
  return {
    addresses: {
      listen: listen.map(String),
      announce: [...options.announce ?? []],
      // A person's node tells nobody where it is; who may know gets host.addresses() in a link.
      ...options.role === 'node' && options.serves !== true ? { announceFilter: () => [] } : {}
    }
  }
}

function connections (bounds: Bounds): Partial<Libp2pOptions> {
  return {
    connectionManager: {
      maxConnections: bounds.maxConnections,
      // The gate displaces at its own bound; this is the backstop behind it.
      maxIncomingPendingConnections: 2 * bounds.pendingUpgrades,
      inboundUpgradeTimeout: bounds.upgradeTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: bounds.upgradeTimeoutMs,
      inboundConnectionThreshold: bounds.inboundPerSecondPerAddress,
      dialTimeout: bounds.dialTimeoutMs,
      // Coming back is the node's decision, by its own schedule.
      reconnectRetries: 0
    },
    // Its pings cost 11% of a core per 500 connections and abort healthy ones.
    connectionMonitor: { enabled: false }
  }
}
