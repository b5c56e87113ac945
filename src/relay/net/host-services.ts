/** The libp2p services of a host, as its options switch them on. */
import { autoNAT } from '@libp2p/autonat'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { dcutr } from '@libp2p/dcutr'
import { gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { LIMITS } from '../../protocol/wire/index.js'
import type { CircuitServerOptions, DhtOptions, GossipOptions, HostOptions } from './host-types.js'

/** The DHT of Petrel's relays; no other network's peers get into its tables. */
const DHT_PROTOCOL = '/petrel/kad/1.0.0'

/** What the library reckons for a topic of a neighbour, its name included. */
const TOPIC_COST = 1200

/** Gives the host its own listening addresses, which a node does not announce. */
export interface ListeningService { addresses (): string[] }

/** The part of libp2p's components that we look into. */
interface Components { readonly transportManager: { getAddrs (): readonly unknown[] } }

/** The service factories for libp2p, by name. */
export function hostServices (options: HostOptions): Record<string, (components: never) => unknown> {
  const relay = options.role === 'relay'
  const dht = options.dht ?? (relay ? { server: true } : false)
  const gossip = options.gossip ?? (relay ? {} : false)
  const circuit = options.circuitServer ?? (relay ? {} : false)
  return {
    identify: identify(),
    ping: ping(),
    visiting: ({ upgrader }: { upgrader: unknown }) => ({ upgrader }),
    listening: (components: Components): ListeningService => ({
      addresses: () => components.transportManager.getAddrs().map(String)
    }),
    ...dht === false ? {} : { dht: dhtService(dht) },
    ...gossip === false ? {} : { pubsub: gossipService(gossip) },
    ...circuit === false ? {} : { circuit: circuitService(circuit) },
    ...(options.holePunching ?? options.serves ?? false) ? { dcutr: dcutr() } : {},
    ...(options.autonat ?? relay) ? { autonat: autoNAT() } : {}
  }
}

function dhtService (options: DhtOptions): ReturnType<typeof kadDHT> {
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

function gossipService (options: GossipOptions): ReturnType<typeof gossipsub> {
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

function circuitService (options: CircuitServerOptions): ReturnType<typeof circuitRelayServer> {
  return circuitRelayServer({
    reservations: {
      maxReservations: options.maxReservations ?? LIMITS.circuitReservations,
      reservationTtl: options.reservationTtlMs ?? LIMITS.circuitReservationMs,
      defaultDurationLimit: options.durationMs ?? LIMITS.circuitDurationMs,
      defaultDataLimit: BigInt(options.dataBytes ?? LIMITS.circuitDataBytes)
    }
  })
}
