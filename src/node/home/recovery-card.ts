/** The phrase's card: what lets devices seal the vault to the 24 words without having them. Made where the words are typed. */
import { vaultRecoveryKeys, type PhraseAccount } from '../../protocol/crypto/index.js'
import { signRecoveryCard } from '../../protocol/message/index.js'

/** The card, signed by the account key. `time` in ms since 1970. */
export async function makeRecoveryCard ({ signer, recoverySeed }: PhraseAccount, time: number): Promise<Uint8Array> {
  const { kem, reader } = await vaultRecoveryKeys(recoverySeed)
  return signRecoveryCard({ v: 1, account: signer.key, kem: kem.public, reader: reader.key, time }, signer)
}
