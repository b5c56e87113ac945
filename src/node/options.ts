/** What a node is made from. */
import type { HostOptions } from '../relay/net/index.js'
import type { LevelStoreOptions } from '../store/index.js'
import type { HeadTiming, MarkTiming, PipeTiming, PresenceSetting, RepairTiming } from './chats/index.js'
import type { LinkTiming } from './gateway/index.js'
import type { Unlock } from './home/index.js'
import type { NodeLog } from './log.js'
import type { FilesOptions, UploadTiming } from './media/index.js'
import type { LanOptions } from './own-home/index.js'

/** Options of {@link createNode}. */
export interface NodeOptions {
  /** The home directory, made before by {@link createHome}. */
  readonly dir: string
  /** What opens its keystore. Default: the key file in the home. */
  readonly unlock?: Unlock
  /** Multiaddrs to listen on for other peers. Default none: a node reaches out to its relays. */
  readonly listen?: readonly string[]
  /**
   * Others may find this node in its local network and dial it; it dials contacts' nodes, and is its own home while
   * there is no relay. Listens on all interfaces unless `listen` says otherwise (none: it is reached through relays only). Default false.
   */
  readonly lan?: LanOptions | boolean
  /** Bounds of the libp2p host. Defaults stand in LIMITS. */
  readonly connections?: HostOptions['connections']
  /** Times of the links to relays. Defaults stand in LIMITS. */
  readonly timing?: Partial<LinkTiming>
  /** Times of the chats' pipes: previews and heads. Defaults stand in LIMITS. */
  readonly pipes?: Partial<PipeTiming>
  /** Pauses of uploads that a relay refuses for now. Defaults stand in LIMITS. */
  readonly media?: Partial<UploadTiming>
  /** How much of others' files is kept, and what comes by itself. Defaults stand in LIMITS. */
  readonly files?: FilesOptions
  /** How seldom groups are told what was received and read. Defaults stand in LIMITS. */
  readonly marks?: Partial<MarkTiming>
  /** When the leaves of others that a revoked device may hold are repaired. Defaults stand in LIMITS. */
  readonly repair?: Partial<RepairTiming>
  /** When the heads of quiet chats are asked for. Defaults stand in LIMITS. */
  readonly heads?: Partial<HeadTiming>
  /** Bytes of a group's tree and manifests that go into a letter; with more they go into a file. Default LIMITS.letterRosterBytes. */
  readonly letterRosterBytes?: number
  /** One-time key packages for secret chats that this device leaves at its home relay. Default LIMITS.secretKeyPackages. */
  readonly secretKeyPackages?: number
  /** Whether chats that live at others' relays are used through this account's own relay, where that mirrors logs. Default 'on'; 'off': their homes are visited. */
  readonly mirrors?: 'on' | 'off'
  /** What contacts and members are told beside messages, and what is shown of them: that somebody is here and what is done in a chat ('on', the default), only the latter ('typing'), or nothing ('off'). */
  readonly presence?: PresenceSetting
  /** What this device is called among the account's own until it is named. Default: the machine's name. */
  readonly deviceName?: string
  /** Whether what the account's devices share goes to a log of their own. Default 'on'; 'off' is for tests of other parts. */
  readonly vault?: 'on' | 'off'
  /** Milliseconds since 1970. Default Date.now. */
  readonly now?: () => number
  /** Takes events without secrets. Default: none. */
  readonly log?: NodeLog
  /** How the store reaches the disk, for tests with faults. */
  readonly store?: Pick<LevelStoreOptions, 'makeLevel' | 'probe' | 'clock'>
  /** Ends the start early. */
  readonly signal?: AbortSignal
}
