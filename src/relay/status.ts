import type { StoreState } from '../store/index.js'
import type { DrainProgress } from './drain.js'
import type { BlobTotals } from './blobs/index.js'
import type { Admission } from './options.js'

/** `ready` serves; `read-only`: the disk refuses writes; `draining`: it is stopping, or being emptied. */
export type RelayState = 'ready' | 'read-only' | 'draining' | 'stopped'

/** What an operator sees of a running relay. No whole ids of accounts, no addresses of clients. */
export interface RelayStatus {
  readonly peerId: string
  readonly state: RelayState
  /** Why it is not ready. */
  readonly reason?: string
  readonly addresses: readonly string[]
  readonly healthUrl?: string
  readonly admission: Admission
  readonly pid: number
  /** When it was started, ms since 1970. */
  readonly started: number
  /** `copied`: when the backup it was restored from was made into this; `behind`: logs of which people had seen more; `quietUntil`: the others take appends from then on, ms. */
  readonly store: { readonly state: StoreState, readonly format: number, readonly created: number, readonly copied?: number, readonly behind?: number, readonly quietUntil?: number }
  /** Gateway channels open now. */
  readonly channels: number
  /** Sessions open now. */
  readonly sessions: number
  readonly accounts: number
  /** All of them; `moved` live elsewhere now and can be read here, `coming` are being brought here. */
  readonly logs: number
  readonly moved: number
  readonly coming: number
  /** Logs of other homes that are mirrored here; `broken`: of those, whose home was caught lying; the homes, and how many can be reached now. */
  readonly mirrors: { readonly logs: number, readonly broken: number, readonly homes: number, readonly connected: number }
  /** Bytes of all logs. */
  readonly bytes: number
  /** Files: leases and what accounts are charged for them and for open uploads; blocks, their bytes, and what they take on the disk; uploads that are open, and files that are being fetched. */
  readonly media: BlobTotals
  readonly reports: number
  /** While the operator empties it. */
  readonly drain?: DrainProgress
}
