/** Makes a key entry: a fresh vault key, sealed to the account's devices and to the phrase. */
import { newVaultKey, sealVaultKey, sealVaultSecret, systemRandom, vaultKeys } from '../../protocol/crypto/index.js'
import { openDeviceCard, openRecoveryCard, signVaultKey, type VaultKeyEntry } from '../../protocol/message/index.js'
import { ENTRY_ID_LENGTH, ENTRY_KIND, handOver, ProofError, randomSeed, signerFromSeed, type Append, type CheckedManifest, type KeyBytes, type Signer } from '../../protocol/wire/index.js'
import { logOf, type VaultLogState } from './log-state.js'

/** Who makes it, and for whom. */
export interface KeyEntryParts {
  readonly account: KeyBytes
  readonly device: Signer
  readonly manifest: CheckedManifest
  /** The devices' signed cards. */
  readonly cards: readonly Uint8Array[]
  /** The phrase's signed card; null when there is none. */
  readonly recovery: Uint8Array | null
  readonly time: number
}

/** The append that begins the next generation behind what was read. @throws BadInputError, ProofError for cards that do not hold, or when the log's keys are not known here */
export async function makeKeyEntry (state: VaultLogState, parts: KeyEntryParts): Promise<Append> {
  const log = logOf(state)
  const { place, generation: { number, key: before, owner, hash: prev, seq: base } } = state
  if (owner === null) throw new ProofError('the vault\'s newest key is not for this device: it cannot make another')
  const { account, device, manifest, cards, time } = parts
  const generation = number + 1
  const key = newVaultKey()
  const ownerSeed = randomSeed()
  const { append, read, inner } = vaultKeys(key, log)
  const at = { log, generation }
  const opened = cards.map(bytes => ({ bytes, card: openDeviceCard(bytes) }))
  const recovery = parts.recovery === null ? null : { bytes: parts.recovery, card: openRecoveryCard(parts.recovery, account) }
  const entry: VaultKeyEntry = {
    v: 1, account, log, generation, seq: place.seq, hash: place.hash, prev, manifest: manifest.bytes,
    seals: await Promise.all(opened.map(async ({ bytes, card }) => ({ card: bytes, sealed: await sealVaultKey(card.kem, key, at) }))),
    recovery: recovery === null ? null : { card: recovery.bytes, sealed: await sealVaultKey(recovery.card.kem, key, at) },
    owner: sealVaultSecret(inner, ownerSeed, 'owner', at),
    back: prev === null || before === null ? null : sealVaultSecret(inner, before, 'back', at),
    time
  }
  const mirrors = [...recovery === null ? [] : [recovery.card.reader], ...opened.map(({ card }) => card.reader)]
  const caps = handOver(log, { append: append.key, read: read.key, mirrors, owner: signerFromSeed(ownerSeed).key }, signerFromSeed(owner))
  return { id: systemRandom(ENTRY_ID_LENGTH), kind: ENTRY_KIND.commit, payload: signVaultKey(entry, device), base, expectHead: place.seq, caps }
}
