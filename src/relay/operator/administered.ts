/** What an operator's commands work on: the parts of a running relay, or of one that was opened only for them. */
import type { Clock, LevelStore, Store } from '../../store/index.js'
import type { BlobService } from '../blobs/index.js'
import type { QuotaLedger } from '../quota.js'
import type { Reports } from '../reports.js'
import type { Sessions } from '../session/sessions.js'
import type { Tokens } from '../session/tokens.js'
import type { RelayStatus } from '../status.js'
import type { Takedowns } from '../takedown.js'

/** How a running relay is emptied. */
export interface Draining {
  readonly begin: (to: readonly string[], stop: boolean) => void
  readonly undo: () => void
}

/** See the file's head. */
export interface Administered {
  readonly directory: string
  readonly store: Store & Partial<Pick<LevelStore, 'backup' | 'verify'>>
  readonly clock: Clock
  readonly home: Uint8Array
  readonly ledger: QuotaLedger
  readonly tokens: Tokens
  readonly reports: Reports
  readonly takedowns: Takedowns
  readonly blobs: Pick<BlobService, 'takeDown' | 'lift' | 'listDown'>
  /** Absent when the relay does not run, as is its status. */
  readonly sessions?: Pick<Sessions, 'live'>
  readonly status?: () => Promise<RelayStatus>
  readonly drain?: Draining
}
