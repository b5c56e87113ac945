/** The parts that deal with the account's devices, put together. */
import type { UpdateEvent } from '../../protocol/api/index.js'
import type { PetrelError } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Account, Publisher } from '../account/index.js'
import type { LinkTiming, RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { Vault } from '../records/index.js'
import type { SharedVault } from '../vault/index.js'
import { Devices } from './devices.js'
import { Approvals } from './linking/approvals.js'
import { Revocation, type RevocationDeeds } from './revocation.js'

/** What they work with. */
export interface DevicePartsDeps {
  readonly account: Account
  readonly vault: Vault
  readonly publisher: Publisher
  readonly pool: RelayPool
  readonly shared: Pick<SharedVault, 'renew'>
  readonly write: (ops: readonly KeyValueOp[], events: readonly UpdateEvent[]) => Promise<void>
  readonly now: () => number
  readonly log: NodeLog
  readonly signal: AbortSignal
  readonly timing?: Partial<LinkTiming> | undefined
  /** What this device is called until it has a record. */
  readonly deviceName: string
  /** How the steps of a revocation are done that are not about the vault's key. */
  readonly deeds: Omit<RevocationDeeds, 'vault'>
}

/** See the file's head. */
export interface DeviceParts { readonly devices: Devices, readonly approvals: Approvals, readonly revocation: Revocation }

/** Puts them together. */
export function deviceParts (deps: DevicePartsDeps): DeviceParts {
  const { account, publisher, pool, shared, now, signal, timing, deeds, log, vault } = deps
  const devices = new Devices(deps)
  const approvals = new Approvals({
    account, publisher, pool, now, signal, timing,
    deviceName: () => devices.nameOf(account.device.key),
    share: async card => { await shared.renew({ cards: [card], signal }) },
    added: async (device, name, card) => { await devices.added(device, name, card) }
  })
  const revocation = new Revocation(vault, { ...deeds, vault: async stop => { await shared.renew({ signal: stop }) } })
  let before = account.manifest
  account.onManifest(after => {
    devices.manifestChanged(before, after).catch((error: unknown) => { log('warn', 'devices.told', { code: (error as PetrelError).code }) })
    before = after
  })
  return { devices, approvals, revocation }
}
