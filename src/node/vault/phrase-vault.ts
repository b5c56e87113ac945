/** The vault's log as the 24 words open it: read without any device, and then opened to one. */
import type { VaultReaderKeys } from '../../protocol/crypto/index.js'
import { ForbiddenError, PetrelError, ProofError, sameBytes, UnavailableError, type CheckedManifest, type Signer } from '../../protocol/wire/index.js'
import type { Account } from '../account/index.js'
import type { LinkCallOptions, RelayLink } from '../gateway/index.js'
import type { RecordKeys, Vault } from '../records/index.js'
import { adoptedLog } from './choose-log.js'
import { deviceRecordName, keepOwnRecord, makeDeviceCard } from './device-record.js'
import { bring, renew, type RenewDeps } from './upkeep.js'
import { stateOp, VaultLog } from './vault-log.js'

const TRIES = 5

/** What it works with. */
export interface PhraseVaultDeps {
  /** Where the records go: the new device's own. */
  readonly vault: Vault
  readonly keys: RecordKeys
  /** What the phrase reads with. */
  readonly phrase: VaultReaderKeys
  /** The account's manifest, which names the log. */
  readonly manifest: CheckedManifest
  /** The link to the log's home: under a stranger's name first, then under the account's. */
  readonly link: () => RelayLink
}

/** The device that the words let in. `name`: what it is to be called, unless it has a name. */
export interface NewDevice { readonly signer: Signer, readonly seed: Uint8Array, readonly name: string }

/** See the file's head. */
export class PhraseVault {
  readonly #deps: PhraseVaultDeps
  readonly #log: VaultLog

  private constructor (deps: PhraseVaultDeps, log: VaultLog) {
    this.#deps = deps
    this.#log = log
  }

  /** Begins; what lies in the vault here gives way to what the log has. @throws BadInputError when the manifest names no log */
  static async open (deps: PhraseVaultDeps, genesis: Uint8Array): Promise<PhraseVault> {
    const { vault, keys, phrase, manifest } = deps
    const state = adoptedLog(genesis)
    vault.soft = true
    await vault.kv.batch([...vault.unsettle(true), stateOp(keys, state)])
    return new PhraseVault(deps, new VaultLog(state, {
      vault, keys, reader: { account: manifest.manifest.account, keys: phrase, device: null }, held: () => manifest, linkTo: deps.link, onRead: () => undefined,
      write: async ops => { await vault.kv.batch(ops) }
    }))
  }

  /**
   * Reads all of it.
   *
   * @throws ForbiddenError when it was never sealed to the phrase; ProofError when it was put back to an older state, or
   * altered; the link's errors
   */
  async read (options: LinkCallOptions): Promise<void> {
    try {
      await this.#log.catchUp(options)
    } catch (error) {
      const { hash, key } = this.#log.state.generation
      // Its home knows no such reader, or its newest key is for devices alone.
      if (error instanceof ForbiddenError || (error instanceof UnavailableError && hash !== null && key === null)) {
        throw new ForbiddenError('the account\'s vault was never opened to its 24 words: on a device of the account run petrel account recovery, or restore a backup', { cause: error })
      }
      throw error
    }
    if (!this.#log.state.whole) throw new ProofError('the relay\'s copy of the vault is not whole: it was put back to an older state, or the device that filled it was lost before it had done so')
    this.#deps.vault.soft = false
  }

  /**
   * Opens it to a device that the account's manifest lists now, with a new vault key, and has the account's other devices
   * know what it is called. @throws the link's errors; ProofError
   */
  async letIn (device: NewDevice, account: Account, now: () => number, options: LinkCallOptions): Promise<void> {
    const { vault } = this.#deps
    const deps: RenewDeps = { vault, account, device: device.signer, now }
    const card = await makeDeviceCard(device.signer, device.seed, now())
    const isIn = (): boolean => this.#log.state.generation.devices.some(key => sameBytes(key, device.signer.key))
    // Another device may make one at the same time, which knows nothing of this one.
    for (let tries = 0; tries < TRIES && !isIn(); tries++) await renew(this.#log, deps, { cards: [card], force: true }, options)
    if (!isIn()) throw new UnavailableError('another device of the account opens the vault anew again and again: try again')
    await keepOwnRecord(vault, { ...deps, deviceName: device.name }, card)
    try {
      // In a restored home more may wait: that goes when its node has read what the others did.
      await bring(this.#log, deps, { cards: [card] }, options, name => name === deviceRecordName(device.signer.key))
    } catch (error) {
      options.signal?.throwIfAborted()
      // It is in, and its node says it once more.
      if (!(error instanceof PetrelError)) throw error
    }
  }

  /** Ends what is under way. */
  async close (): Promise<void> { await this.#log.stop() }
}
