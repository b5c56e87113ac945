/** The links of one node. */
import { UnsupportedError, type KeyBytes, type PetrelError } from '../../protocol/wire/index.js'
import type { MovedNotice } from '../../relay/net/index.js'
import type { Dialer } from './dialer.js'
import type { RelayPool } from './types.js'

/** Tells of what happens on links, for a log file: never a key's secret, a token or a text. */
export type LinkLog = (event: { readonly event: string, readonly relay: string, readonly error?: PetrelError }) => void

/** What a pool is made from. */
export interface RelayPoolOptions {
  /** How relays are reached: {@link hostDialer} of this node's host. */
  readonly dialer: Dialer
  readonly account: KeyBytes
  /** The account's newest manifest, as signed bytes. */
  readonly manifest: () => Uint8Array
  /** The admission token for a relay, if there is one. */
  readonly token: (peer: KeyBytes) => string | undefined
  readonly timing?: Partial<LinkTiming>
  /** A number from 0 up to 1; spreads reconnects of many nodes. */
  readonly random?: () => number
  readonly log?: LinkLog
  /** Called when a relay asks this node to go elsewhere; an address of the same relay is followed by the link itself. */
  readonly onMoved?: (peer: KeyBytes, notice: MovedNotice) => void
}

/** The times a link lives by, in milliseconds. Each defaults to the value in LIMITS. */
export interface LinkTiming {
  /** Upper bound of the first wait before a new dial; doubles with each failure. */
  readonly retryBaseMs: number
  /** Upper bound of any wait between dials. */
  readonly retryCapMs: number
  /** A session that held this long ends the counting of failures. */
  readonly stableMs: number
  /** Wait before a refused link asks again by itself. */
  readonly refusedRetryMs: number
  /** One attempt to dial, shake hands and open a session. */
  readonly attemptMs: number
  /** After this long without a byte the relay is asked whether it is there… */
  readonly probeIdleMs: number
  /** …and must answer within this. */
  readonly probeAnswerMs: number
}

/** Makes a pool; no link is there yet. */
export function createRelayPool (options: RelayPoolOptions): RelayPool {
  throw new UnsupportedError(`no links to ${options.account.length} yet`)
}
