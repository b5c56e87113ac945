/** The libp2p services of a host, as its options switch them on. */
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { LIMITS } from '../../protocol/wire/index.js'
import { listInOnePass, type ConnectionKeeper } from './connection-list.js'
import type { CircuitServerOptions, DhtOptions, GossipOptions, HostOptions } from './host-types.js'

/** The DHT of Petrel's relays; no other network's peers get into its tables. */
const DHT_PROTOCOL = '/petrel/kad/1.0.0'

/** What the library reckons for a topic of a neighbour, its name included. */
const TOPIC_COST = 1200

/** Gives the host its own listening addresses, which a node does not announce. */
export interface ListeningService { addresses (): string[] }

/** The part of libp2p's components that we look into. */
interface Components { readonly transportManager: { getAddrs (): readonly unknown[] } }

type Factory = (components: never) => unknown

/** The service factories for libp2p, by name. What is switched off is not loaded either: the DHT alone takes 2 MB. */
export async function hostServices (options: HostOptions): Promise<Record<string, Factory>> {
  const relay = options.role === 'relay'
  const dht = options.dht ?? (relay ? { server: true } : false)
  const gossip = options.gossip ?? (relay ? {} : false)
  const circuit = options.circuitServer ?? (relay ? {} : false)
  return {
    identify: identify(),
    ping: ping(),
    visiting: ({ upgrader }: { upgrader: unknown }) => ({ upgrader }),
    connections: ({ connectionManager }: { connectionManager: ConnectionKeeper }) => {
      listInOnePass(connectionManager)
      return {}
    },
    listening: (components: Components): ListeningService => ({
      addresses: () => components.transportManager.getAddrs().map(String)
    }),
    ...dht === false ? {} : { dht: await dhtService(dht) },
    ...gossip === false ? {} : { pubsub: await gossipService(gossip) },
    ...circuit === false ? {} : { circuit: await circuitService(circuit) },
    ...(options.holePunching ?? options.serves ?? false) ? { dcutr: (await import('@libp2p/dcutr')).dcutr() } : {},
    ...(options.autonat ?? relay) ? { autonat: (await import('@libp2p/autonat')).autoNAT() } : {}
  }
}

async function dhtService (options: DhtOptions): Promise<Factory> {
  const { kadDHT, passthroughMapper, removePrivateAddressesMapper } = await import('@libp2p/kad-dht')
  return kadDHT({
    protocol: DHT_PROTOCOL,
    clientMode: !options.server,
    // A relay that knows nobody says so at once.
    allowQueryWithZeroPeers: true,
    peerInfoMapper: options.privateNetwork === true ? passthroughMapper : removePrivateAddressesMapper,
    validators: { ...options.validators },
    selectors: { ...options.selectors }
  })
}

async function gossipService (options: GossipOptions): Promise<Factory> {
  const { gossipsub, StrictNoSign } = await import('@libp2p/gossipsub')
  const most = options.maxMessageBytes ?? LIMITS.gossipBytes
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    // Entries carry receipts of our own; what passes them on judges each message first (relay/gossip): one validator for all topics.
    asyncValidation: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    // A home hands its batches to a few, and those on: else it would pay for each reader, as a push does.
    floodPublish: false,
    doPX: false,
    maxInboundDataLength: most,
    maxTopicBytesPerPeer: LIMITS.gossipTopicsPerPeer * TOPIC_COST,
    scoreParams: {
      ...options.scoreOf === undefined ? {} : { appSpecificScore: options.scoreOf },
      IPColocationFactorWeight: options.ipColocationWeight ?? 0,
      IPColocationFactorThreshold: options.ipColocationThreshold ?? 10
    },
    ...options.settings
  })
}

async function circuitService (options: CircuitServerOptions): Promise<Factory> {
  const { circuitRelayServer } = await import('@libp2p/circuit-relay-v2')
  return circuitRelayServer({
    reservations: {
      maxReservations: options.maxReservations ?? LIMITS.circuitReservations,
      reservationTtl: options.reservationTtlMs ?? LIMITS.circuitReservationMs,
      defaultDurationLimit: options.durationMs ?? LIMITS.circuitDurationMs,
      defaultDataLimit: BigInt(options.dataBytes ?? LIMITS.circuitDataBytes)
    }
  })
}
