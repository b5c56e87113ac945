/** Gossip as the rest of a relay sees it. The log is the truth: whoever hears nothing here reads it there. DESIGN section 3. */
import type { Digest, KeyBytes, LogId, LogPosition, StoredEntry } from '../../protocol/wire/index.js'

/** Where a reader of a log stands, and whose word counts there. */
export interface ReaderPlace { readonly home: KeyBytes, readonly term: number, readonly seq: number, readonly hash: Digest }

/** Consecutive entries that follow a reader's place, the home's attested bytes for the last of them, and where they end. */
export interface GossipRun { readonly entries: readonly StoredEntry[], readonly head: Uint8Array, readonly to: LogPosition }

/** Who takes a log's entries from gossip. */
export interface GossipReader {
  /** Asked at each message. */
  readonly place: () => ReaderPlace
  /** Entries from place.seq + 1 on, verified by the chain from place.hash to what the home signed. */
  readonly onRun: (run: GossipRun) => void
  /**
   * The log has come as far as `seq`, says the home in the attested bytes `head`, and something before it is missing
   * here, or stands on another chain: read the log.
   */
  readonly onBehind?: (seq: number, head: Uint8Array) => void
}

/** Gossip of one host. */
export interface Gossip {
  /** Whether anything is published and heard at all. */
  readonly isOn: boolean
  /**
   * Takes what is published of a log.
   *
   * @param topic - the 32 bytes that the log's capability keys name
   * @returns the way to stop
   */
  subscribe (log: LogId, topic: Uint8Array, reader: GossipReader): () => void
  /** Publishes nothing more, hears nothing more. */
  close (): void
}

/** No gossip: everything comes by the logs. */
export const NO_GOSSIP: Gossip = { isOn: false, subscribe: () => () => undefined, close: () => undefined }
