/** What the log services share. */
import type { KeyBytes } from '../../protocol/wire/index.js'
import type { Clock, Store } from '../../store/index.js'
import type { Logger } from '../logger.js'
import type { QuotaLedger } from '../quota.js'
import type { Attester } from './attester.js'
import type { Erasures } from './erasures.js'
import type { Restored } from './restored.js'
import type { Scrubber } from './scrubber.js'
import type { SignedTime } from './signed-time.js'
import type { Whereabouts } from './whereabouts.js'

/** The parts a log service is made of. */
export interface LogContext {
  readonly store: Store
  readonly clock: Clock
  /** The time in all that is signed and hashed. */
  readonly time: SignedTime
  /** This home's key. */
  readonly home: KeyBytes
  readonly attester: Attester
  readonly ledger: QuotaLedger
  readonly log: Logger
  readonly restored: Restored
  readonly scrubber: Scrubber
  readonly whereabouts: Whereabouts
  readonly erasures: Erasures
}
