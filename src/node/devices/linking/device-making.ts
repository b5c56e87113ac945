/** Where a device that is being linked is to live: a home that is being made, or one that was restored from a backup and is not let in yet. */
import { systemRandom } from '../../../protocol/crypto/index.js'
import { BadInputError, lists, NotFoundError, ProofError, sameBytes, type KeyBytes, type Signer } from '../../../protocol/wire/index.js'
import { Account, accountCodec } from '../../account/index.js'
import { beginHome, unlockKindOf, type FirstRelays, type MakeHomeOptions } from '../../home/index.js'
import { openRestored } from '../../restored-home.js'

/** What the other device has said of the account. */
export interface LetIn { readonly account: KeyBytes, readonly name: string, readonly manifest: Uint8Array, readonly first: FirstRelays }

/** See the file's head. */
export interface DeviceMaking {
  readonly device: Signer
  /** The seed of its key, 32 bytes. */
  readonly deviceSeed: Uint8Array
  /** The account's home relays, as far as they are known here. */
  readonly relays: readonly string[]
  /** @throws BadInputError when what is here is of another account */
  requireOf (account: KeyBytes): void
  /** The device was let in: from then on the home is there, and the account's. */
  finish (letIn: LetIn): Promise<void>
  /** Ends it. What was not finished is gone, or as it was. */
  readonly close: () => Promise<void>
}

/** Begins. @throws ExistsError for a home that was let in already; as beginHome and openRestored */
export async function beginDevice (options: MakeHomeOptions): Promise<DeviceMaking> {
  const isThere = await unlockKindOf(options.dir).then(() => true, (error: unknown) => {
    if (error instanceof NotFoundError) return false
    throw error
  })
  return isThere ? await restored(options) : await fresh(options)
}

async function fresh (options: MakeHomeOptions): Promise<DeviceMaking> {
  const { random = systemRandom } = options
  const making = await beginHome(options)
  return {
    device: making.device,
    deviceSeed: making.deviceSeed,
    relays: [],
    requireOf: () => undefined,
    finish: async letIn => { await making.finish({ ...letIn, storeKey: random(32) }) },
    close: async () => { await making.close() }
  }
}

async function restored ({ dir, unlock, signal }: MakeHomeOptions): Promise<DeviceMaking> {
  const { home, vault, close } = await openRestored(dir, unlock, { signal })
  const { device, deviceSeed } = home
  const known = vault.get('relays')
  return {
    device,
    deviceSeed,
    relays: known === undefined ? [] : accountCodec.relays.decode(known).map(({ address }) => address),
    requireOf: account => { if (!sameBytes(account, home.account)) throw new BadInputError(`the home ${dir} is of another account than the device that answers; nothing was changed`) },
    finish: async ({ name, manifest, first }) => {
      // The backup's is of then, and the vault's records count more than those that lie here.
      const account = await Account.open(vault, device, { name, manifest: home.manifest })
      if (account.relays.length === 0) await vault.kv.batch([account.setRelays([...first.relays])])
      await account.takeManifest(manifest)
      if (!lists(account.manifest.manifest, device.key)) throw new ProofError('what the other device sent is older than what this home knows of its account')
    },
    close
  }
}
