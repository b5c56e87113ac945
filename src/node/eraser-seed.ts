/** The account's eraser seed: one for all its devices and for ever, or none of them could erase what another one wrote. */
import { systemRandom } from '../protocol/crypto/index.js'
import type { Vault } from './records/index.js'

const NAME = 'eraser'
const SEED_BYTES = 32

/**
 * The seed, read from the vault whenever it is asked for. A device that makes one before it has read the vault goes by the
 * vault's as soon as that is here: the first one that stands there stays.
 */
export async function eraserSeed (vault: Vault): Promise<() => Uint8Array> {
  vault.mergeWith(NAME, (_name, mine, theirs) => theirs ?? mine)
  const kept = (): Uint8Array | undefined => {
    const seed = vault.get(NAME)
    return seed instanceof Uint8Array && seed.length === SEED_BYTES ? seed : undefined
  }
  if (kept() === undefined) {
    // Of a device that is new, what stands in the vault is not here yet: until then its own messages carry what nobody can show.
    const own = systemRandom(SEED_BYTES)
    if (vault.soft) return () => kept() ?? own
    await vault.write(NAME, own)
  }
  return () => kept() ?? new Uint8Array(SEED_BYTES)
}
