/** The account's eraser seed: one for all its devices and for ever, or none of them could erase what another one wrote. */
import { ensureSecret, secretOf, type Vault } from './records/index.js'

const NAME = 'eraser'

/**
 * The seed, read from the vault whenever it is asked for. A device that makes one before it has read the vault goes by the
 * vault's as soon as that is here: the first one that stands there stays.
 */
export async function eraserSeed (vault: Vault): Promise<() => Uint8Array> {
  vault.mergeWith(NAME, (_name, mine, theirs) => theirs ?? mine)
  const own = await ensureSecret(vault, NAME)
  const view = vault.view(secretOf)
  return () => view.get(NAME) ?? own
}
