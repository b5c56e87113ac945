/** A whole relay: host, store, services, health pages and the operator's socket in one. */
import { UnsupportedError, type KeyBytes } from '../protocol/wire/index.js'
import type { RelayOptions } from './options.js'
import type { RelayStatus } from './status.js'

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
}

/**
 * Starts a relay.
 *
 * @throws LockedError when another process runs on the directory
 * @throws FormatError, CorruptError for a store that cannot be opened
 * @throws BadInputError for options that cannot be right
 */
export async function createRelay (options: RelayOptions): Promise<Relay> {
  throw new UnsupportedError(`the relay in ${options.directory} cannot start yet`)
}
