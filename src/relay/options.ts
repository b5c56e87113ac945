/** What a relay and its services can be told, with the defaults. */
import { LIMITS } from '../protocol/wire/index.js'
import type { ConnectionLimits, HostOptions } from './net/index.js'
import type { Clock, Store } from '../store/index.js'
import type { Logger } from './logger.js'

/**
 * Whom a relay hosts. `open`: everybody. `token`: who brings an admission token, once. `closed`: nobody new.
 * Others are guests: they may use logs whose capability they hold, and nothing else.
 */
export type Admission = 'open' | 'token' | 'closed'

/** What one account, and all together, may store. */
export interface QuotaOptions {
  /** Bytes of all logs of one account. */
  readonly accountBytes: number
  /** Logs of one account. */
  readonly accountLogs: number
  /** Bytes of all logs of the relay. */
  readonly totalBytes: number
  /** Bytes of the files that one account leases or uploads. */
  readonly mediaBytes: number
  /** Bytes of one file, sealed. */
  readonly mediaFileBytes: number
  /** Bytes of all blocks of the relay. */
  readonly mediaTotalBytes: number
}

/** A token bucket: `perSecond` on average, `burst` at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** How often what may be asked. */
export interface RateOptions {
  /** Calls of one connection. */
  readonly calls: Rate
  /** Appended entries of one connection. */
  readonly appends: Rate
  /** Sessions one device opens. */
  readonly sessions: Rate
  /** Key packages one device fetches: each fetch of a one-time package uses one up. */
  readonly keyPackages: Rate
  /** One-time key packages of one account that are given to whoever comes by one key to its inbox: a contact, or all with a link. */
  readonly oneTimePackages: Rate
  /** The same for all together who hold no key to the account's inbox: strangers. */
  readonly strangersPackages: Rate
  /** Accounts one device has looked up among the relays: each asks many of them. */
  readonly lookups: Rate
  /** Entries one device puts into the request logs of people who do not know it. */
  readonly requests: Rate
  /** Reports one device sends. */
  readonly reports: Rate
  /** Frames one connection sends by pipes. */
  readonly pipes: Rate
  /** Bytes of files that one hosted account gets. */
  readonly blobBytes: Rate
  /** The same of everybody else behind one address: other relays, which fetch for their people. */
  readonly guestBlobBytes: Rate
  /** Bytes that come to one connection by pipes: less at once than half its credit, which its logs need. */
  readonly pipeBytes: Rate
}

/** What the services need to be told. Every field has a default in {@link SERVICE_DEFAULTS}. */
export interface ServiceOptions {
  readonly admission: Admission
  /** A session's life in ms, renewed by the client; at most LIMITS.sessionMs. */
  readonly sessionMs: number
  readonly quota: QuotaOptions
  readonly rates: RateOptions
  /** A follow whose read key was replaced waits this long (ms) for the device to prove the new one, then ends. */
  readonly followGraceMs: number
  /** Within this time (ms) the bytes of what was erased or removed are off the disk. */
  readonly scrubMs: number
  /** How long (ms) a device that is here has to take a frame that would be kept for it before it is written; 0: it is written at once. */
  readonly handMs: number
  /** Reports kept for the operator; further ones are refused. */
  readonly reports: number
  /** Files nobody has leased anew or read for this long (ms) are kept no longer. Default: they are kept. */
  readonly mediaRetentionMs?: number
}

/** The defaults of {@link ServiceOptions}. */
export const SERVICE_DEFAULTS: ServiceOptions = {
  admission: 'token',
  sessionMs: LIMITS.sessionMs,
  quota: {
    accountBytes: 1024 ** 3, accountLogs: 10_000, totalBytes: 100 * 1024 ** 3,
    mediaBytes: 10 * 1024 ** 3, mediaFileBytes: LIMITS.blobTreeBytes, mediaTotalBytes: 100 * 1024 ** 3
  },
  rates: {
    calls: { perSecond: 2000, burst: 10_000 },
    appends: { perSecond: 1000, burst: 10_000 },
    sessions: { perSecond: 1, burst: 60 },
    keyPackages: { perSecond: 1, burst: 100 },
    oneTimePackages: { perSecond: 1 / 180, burst: 32 },
    strangersPackages: { perSecond: 1 / 180, burst: 20 },
    lookups: { perSecond: 1 / 5, burst: 30 },
    requests: { perSecond: 1 / 60, burst: 20 },
    reports: { perSecond: 1 / 60, burst: 10 },
    pipes: { perSecond: 50, burst: 500 },
    blobBytes: { perSecond: 256 * 1024 * 1024, burst: 8 * 1024 ** 3 },
    guestBlobBytes: { perSecond: 32 * 1024 * 1024, burst: 4 * 1024 ** 3 },
    pipeBytes: { perSecond: 256 * 1024, burst: 2 * 1024 * 1024 }
  },
  followGraceMs: 600_000,
  scrubMs: LIMITS.scrubMs,
  handMs: LIMITS.keptHandMs,
  reports: 1000
}

/** Service options as a caller gives them: any part may be left out. */
export type PartialServiceOptions = Partial<Omit<ServiceOptions, 'quota' | 'rates'>> & {
  readonly quota?: Partial<QuotaOptions>
  readonly rates?: Partial<RateOptions>
}

/** The options with every default filled in. */
export function serviceOptions (given: PartialServiceOptions = {}): ServiceOptions {
  return {
    ...SERVICE_DEFAULTS,
    ...given,
    sessionMs: Math.min(given.sessionMs ?? SERVICE_DEFAULTS.sessionMs, LIMITS.sessionMs),
    quota: { ...SERVICE_DEFAULTS.quota, ...given.quota },
    rates: { ...SERVICE_DEFAULTS.rates, ...given.rates }
  }
}

/** How to run a whole relay. */
export interface RelayOptions extends PartialServiceOptions {
  /** The relay's home: identity (0600), store, admin socket. Made when it is not there. */
  readonly directory: string
  /** Multiaddrs to listen on. Default: on loopback, at the port of the last time or any free one. */
  readonly listen?: readonly string[]
  /** Multiaddrs to announce in place of those, behind a NAT or a proxy. */
  readonly announce?: readonly string[]
  /** Default: `open` when every listen address is a loopback one, else `token`. */
  readonly admission?: Admission
  /** Where /livez, /readyz and /metrics answer. Default 127.0.0.1 and a free port; false: nowhere. */
  readonly http?: { readonly host?: string, readonly port?: number } | false
  /** How long `stop` waits for calls in flight, ms. Default 10,000. */
  readonly drainMs?: number
  /** Addresses of relays that clients are sent to when this one drains. Default none: they come back here. */
  readonly movedTo?: readonly string[]
  /** Whether people hosted here may visit relays in private networks through this one, and the DHT knows relays there. Default: only when every listen address is a loopback one. */
  readonly visitPrivateNetworks?: boolean
  /** Other relays to begin with in the relays' DHT, as multiaddrs that end in /p2p/PEER. Default none: it meets those that its people visit. */
  readonly peers?: readonly string[]
  /** Parts of the libp2p host. Defaults as in `relay/net` for the role relay. */
  readonly host?: Pick<HostOptions, 'dht' | 'gossip' | 'circuitServer' | 'autonat'> & { readonly connections?: ConnectionLimits }
  /** Takes the structured log. Default: silence. */
  readonly log?: Logger
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** An open store in place of the one in `directory`. It is closed by `stop`. */
  readonly store?: Store
}
