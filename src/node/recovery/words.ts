/** What the 24 words give, for who has typed them: each time only the one thing that is needed. */
import { accountFromPhrase, vaultRecoveryKeys, type BackupUnlock } from '../../protocol/crypto/index.js'
import { peerIdText } from '../../protocol/wire/index.js'
import { makeRecoveryCard } from '../home/index.js'

/** The account of the words, and the card by which others seal to them. @throws BadInputError for wrong words */
export async function cardOfWords (words: string, now: number): Promise<{ readonly account: string, readonly card: Uint8Array }> {
  const phrase = accountFromPhrase(words)
  try {
    return { account: peerIdText(phrase.signer.key), card: await makeRecoveryCard(phrase, now) }
  } finally {
    phrase.recoverySeed.fill(0)
  }
}

/** What opens a backup with the words. @throws BadInputError for wrong words */
export async function unlockOfWords (words: string): Promise<BackupUnlock> {
  const { recoverySeed } = accountFromPhrase(words)
  try {
    return { kind: 'phrase', kem: (await vaultRecoveryKeys(recoverySeed)).kem.private }
  } finally {
    recoverySeed.fill(0)
  }
}
