/** What the shared vault works with. */
import type { UpdateEvent } from '../../protocol/api/index.js'
import type { KeyBytes, Signer } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Account } from '../account/index.js'
import type { RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { RecordKeys, Vault } from '../records/index.js'

/** See the file's head. */
export interface SharedVaultDeps {
  readonly vault: Vault
  readonly keys: RecordKeys
  readonly account: Account
  readonly device: Signer
  /** 32 bytes, from which this device's keys for the vault come. */
  readonly deviceSeed: Uint8Array
  /** What this device is called until somebody names it. */
  readonly deviceName: string
  readonly pool: RelayPool
  readonly now: () => number
  readonly log: NodeLog
  /** Writes changes of the vault and the updates that tell of them. */
  readonly write: (ops: readonly KeyValueOp[], events: readonly UpdateEvent[]) => Promise<void>
  /** How long a log stands in doubt before another is made, ms. Default LIMITS.vaultHealMs. */
  readonly healMs?: number | undefined
  /** What may be dead in the log beside twice what is live, in bytes. Default LIMITS.vaultSlackBytes. */
  readonly slackBytes?: number | undefined
  /** Whether a home has the newest manifest. */
  readonly isShown: (home: KeyBytes) => boolean
}
