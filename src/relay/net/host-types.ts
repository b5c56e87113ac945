/** What a libp2p host of Petrel is made from, and what it offers. */
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { GossipSub, GossipsubOpts } from '@libp2p/gossipsub'
import type { KadDHT } from '@libp2p/kad-dht'
import type { Libp2pOptions } from 'libp2p'
import type { KeyBytes } from '../../protocol/wire/index.js'

/** Judges a DHT record; throws when it does not hold. */
export type DhtValidator = (key: Uint8Array, value: Uint8Array) => Promise<void>
/** The index of the better one of several valid DHT records. */
export type DhtSelector = (key: Uint8Array, records: Uint8Array[]) => number

/** The DHT of the relays. */
export interface DhtOptions {
  /** Serve records (relays) or only ask (nodes that want it). */
  readonly server: boolean
  /** Keep private addresses in the routing table: for LAN and test networks. Default false. */
  readonly privateNetwork?: boolean
  /** By the record key's first path part, for example `petrel-manifest`. */
  readonly validators?: Readonly<Record<string, DhtValidator>>
  readonly selectors?: Readonly<Record<string, DhtSelector>>
  /** Where the host keeps the DHT's records and the addresses of peers; in memory, without bounds, unless told. */
  readonly store?: NonNullable<Libp2pOptions['datastore']>
}

/** Gossipsub, StrictNoSign. */
export interface GossipOptions {
  /**
   * Weight of the penalty for peers behind one address. 0 (the default) turns it off: many
   * clients behind one NAT are normal, and the library's own weight silences 11 and more.
   */
  readonly ipColocationWeight?: number
  /** Peers behind one address that are free of the penalty. Default 10. */
  readonly ipColocationThreshold?: number
  /** Largest gossip message. Default LIMITS.gossipBytes. */
  readonly maxMessageBytes?: number
  /** What a peer (PeerId text) adds to its score: below zero for who behaves badly. */
  readonly scoreOf?: (peer: string) => number
  /** The library's own settings, over ours. */
  readonly settings?: Partial<GossipsubOpts>
}

/** A circuit-relay v2 server. The library's defaults (15 reservations, 128 KiB, 2 minutes) are far too low. */
export interface CircuitServerOptions {
  readonly maxReservations?: number
  /** A reservation outlives its connection, so it is short; clients ask again. */
  readonly reservationTtlMs?: number
  /** Longest life of one relayed connection. */
  readonly durationMs?: number
  /** Bytes one relayed connection may carry each way. */
  readonly dataBytes?: number
}

/** Bounds of connections. Each default is in LIMITS.connections…. */
export interface ConnectionLimits {
  readonly maxConnections?: number
  /** Inbound connections one address may have open. Behind a proxy all come from one: raise it to maxConnections. */
  readonly connectionsPerAddress?: number
  /** A relay closes a connection without a stream after this time. */
  readonly idleMs?: number
  /** Inbound connections that are not upgraded yet, in all. A newcomer over it displaces the oldest of the address that has most; while handshakes are slow fewer are taken on, and others refused. */
  readonly pendingUpgrades?: number
  /** The same, of one address. */
  readonly pendingUpgradesPerAddress?: number
  /** An inbound connection must be encrypted and multiplexed within this time; a silent socket is cut then. */
  readonly upgradeTimeoutMs?: number
  /** Inbound connections one address may open per second. */
  readonly inboundPerSecondPerAddress?: number
  /** An outbound dial, all addresses together. */
  readonly dialTimeoutMs?: number
}

/** Gives the connection to a home relay, made if need be, for a visiting host to dial through. */
export type Through = (signal: AbortSignal) => Promise<Connection>

/** How to build a host. */
export interface HostOptions {
  /** A relay serves others; a node is a person's own and tells nothing beyond the need. */
  readonly role: 'relay' | 'node'
  /** The 32-byte seed of the Ed25519 key that is this peer's identity. */
  readonly seed: Uint8Array
  /** Multiaddrs to listen on. Default none. */
  readonly listen?: readonly string[]
  /** Multiaddrs to announce in place of the listening ones (a relay behind NAT or a proxy). */
  readonly announce?: readonly string[]
  /** Default: on and serving for relays, off for nodes. */
  readonly dht?: DhtOptions | false
  /** Default: on for relays, off for nodes. */
  readonly gossip?: GossipOptions | false
  /** Default: on for relays, off for nodes. */
  readonly circuitServer?: CircuitServerOptions | false
  /** Default: on for relays, off for nodes. */
  readonly autonat?: boolean
  /** A node that serves others from its own home: whom it is connected with learns where it listens, and idle connections are cut as at a relay. Default false. */
  readonly serves?: boolean
  /** Replaces connections through a relay by direct ones where it can (DCUtR). Default: as `serves`. */
  readonly holePunching?: boolean
  readonly connections?: ConnectionLimits
  /** A visiting host: it dials through this connection to a home relay and in no other way, and listens nowhere. */
  readonly through?: Through
  /** Start at once. Default true. */
  readonly start?: boolean
}

/** A running libp2p host. */
export interface Host {
  readonly role: 'relay' | 'node'
  /** This peer's tagged key. */
  readonly key: KeyBytes
  /** The same as PeerId text. */
  readonly peerId: string
  /** The libp2p node, for what needs more than the gateway: gossip, DHT, other protocols. */
  readonly node: Libp2p<HostServices>
  /** Multiaddrs that end in /p2p/PEERID, ready to hand to others. */
  addresses (): string[]
  /** The same, where it is reached through relays: one for each address of each relay with a reservation. */
  circuitAddresses (): string[]
  /**
   * Asks a relay to pass on connections to this host, which holds while the connection to it does. With an address, it is
   * dialed when there is no connection.
   * @throws UnavailableError when it says no, or there is no connection
   */
  reserve (relay: KeyBytes, address?: string): Promise<void>
  /** Open connections, both directions. */
  connectionCount (): number
  start (): Promise<void>
  stop (): Promise<void>
}

/** The services of a host, as far as they are switched on. */
export interface HostServices extends Record<string, unknown> {
  readonly dht?: KadDHT
  readonly pubsub?: GossipSub
  readonly circuit?: CircuitRelayService
}
