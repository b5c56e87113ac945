/** The phrase's card, as the vault has it: it is made where the phrase is typed, and no device can make another. */
import type { Vault } from '../records/index.js'

/** The vault record's name. */
export const RECOVERY_RECORD = 'recovery'

/** The phrase's signed card; null for an account whose home was made before there were any. */
export function recoveryCard (vault: Vault): Uint8Array | null {
  const card = vault.get(RECOVERY_RECORD)
  return card instanceof Uint8Array ? card : null
}
