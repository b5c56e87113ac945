/** The vault's log as the 24 words open it: read without any device, and then opened to one. */
import type { VaultReaderKeys } from '../../protocol/crypto/index.js'
import { ForbiddenError, ProofError, sameBytes, UnavailableError, type CheckedManifest, type Signer } from '../../protocol/wire/index.js'
import type { Account } from '../account/index.js'
import type { LinkCallOptions, RelayLink } from '../gateway/index.js'
import type { RecordKeys, Vault } from '../records/index.js'
import { adoptedLog } from './choose-log.js'
import { makeDeviceCard } from './device-record.js'
import { renew } from './upkeep.js'
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

  /** Opens it to a device that the account's manifest lists now, with a new vault key. @throws the link's errors; ProofError */
  async letIn (device: { readonly signer: Signer, readonly seed: Uint8Array }, account: Account, now: () => number, options: LinkCallOptions): Promise<void> {
    const { vault } = this.#deps
    const card = await makeDeviceCard(device.signer, device.seed, now())
    const isIn = (): boolean => this.#log.state.generation.devices.some(key => sameBytes(key, device.signer.key))
    // Another device may make one at the same time, which knows nothing of this one.
    for (let tries = 0; tries < TRIES && !isIn(); tries++) await renew(this.#log, { vault, account, device: device.signer, now }, { cards: [card], force: true }, options)
    if (!isIn()) throw new UnavailableError('another device of the account opens the vault anew again and again: try again')
  }

  /** Ends what is under way. */
  async close (): Promise<void> { await this.#log.stop() }
}
